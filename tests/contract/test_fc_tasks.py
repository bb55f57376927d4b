"""The life of tasks through the official SDK: run, retried, stopped, listed, ended."""

import json
import os
from pathlib import Path

import pytest

from tests.contract.function_packages import models, refusal_of
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, trail, wait_until
from tests.running_cloud import ACCOUNT_ID, REGION


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    return stack.function()


@pytest.fixture(scope="module")
def role(stack: TaskStack) -> str:
    """A role with the guide's policy."""
    return stack.role(GUIDE_POLICY)


def test_the_guides_three_observations_are_on_every_task(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, success=queue_arn(queue))
    task_id = stack.submit(job, {"n": 1})
    task = stack.wait(job, task_id)
    # taken from the queue, execution triggered, and (with the end) sent to the destination
    assert trail(task) == ["Enqueued", "Dequeued", "Running", "Succeeded"]
    times = [event.timestamp for event in task.events]
    assert times == sorted(times)
    sent = json.loads(task.events[-1].event_detail)
    assert (sent["Destination"], sent["DestinationStatus"]) == (queue_arn(queue), "Succeeded")
    assert task.destination_status == "Succeeded"


def test_a_task_tells_all_that_fc_documents(stack: TaskStack, job: str) -> None:
    task_id = stack.submit(job, {"n": 2})
    task = stack.wait(job, task_id)
    assert (task.status, task.task_id, task.qualifier) == ("Succeeded", task_id, "LATEST")
    assert task.function_arn == f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{job}"
    assert json.loads(task.task_payload) == {"n": 2}
    assert json.loads(task.return_payload) == {"n": 2}
    assert task.already_retried_times == 0
    assert task.instance_id
    assert 0 <= task.duration_ms < 5000
    assert task.started_time <= task.end_time
    assert task.task_error_message is None


def test_the_guides_failing_task(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    arn = queue_arn(queue)
    job = stack.function(role=role, success=arn, failure=arn, retries=1, timeout=1, memory_size=128)
    headers = stack.invoke(job, {"sleep": 60})
    task = stack.wait(job, headers["x-fc-async-task-id"])
    assert trail(task) == [
        "Enqueued",
        "Dequeued",
        "Running",
        "Retrying",
        "Dequeued",
        "Running",
        "Failed",
    ]
    assert (task.status, task.already_retried_times) == ("Failed", 1)
    assert task.task_error_message == "UnhandledInvocationError"
    (message,) = stack.messages(queue, 1)
    assert isinstance(message.pop("timestamp"), int)
    response = json.loads(message.pop("responsePayload"))
    assert list(response) == ["errorMessage"]
    assert response["errorMessage"].startswith(
        "Function timed out after 1 seconds (maxMemoryUsage: "
    )
    assert message == {
        "requestContext": {
            "requestId": headers["x-fc-request-id"],
            "functionArn": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{job}",
            "condition": "InvocationError",
            "approximateInvokeCount": 2,
        },
        "requestPayload": '{"sleep": 60}',
        "responseContext": {"statusCode": 200, "functionError": "InvocationError"},
    }


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()


def test_a_running_task_is_stopped_with_every_process_it_started(
    stack: TaskStack, role: str, tmp_path: Path
) -> None:
    queue = stack.queue()
    job = stack.function(role=role, failure=queue_arn(queue), timeout=600)
    pid_file = tmp_path / "pid"
    headers = stack.invoke(job, {"children": str(pid_file)})
    task_id = headers["x-fc-async-task-id"]
    wait_until(lambda: pid_file.exists() and pid_file.read_text())
    child = int(pid_file.read_text())
    assert alive(child)
    assert stack.task(job, task_id).status == "Running"
    stack.stop(job, task_id)
    assert stack.task(job, task_id).status in ("Stopping", "Stopped")
    task = stack.wait(job, task_id)
    assert task.status == "Stopped"
    assert not alive(child), "a process that called setsid outlived the stop"
    assert trail(task) == ["Enqueued", "Dequeued", "Running", "Stopping", "Stopped"]
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"] == {
        "requestId": headers["x-fc-request-id"],
        "functionArn": f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{job}",
        "condition": "",
        "approximateInvokeCount": 1,
    }
    assert message["responseContext"] == {"statusCode": 200, "functionError": ""}


def test_a_queued_task_that_is_stopped_never_starts(stack: TaskStack, tmp_path: Path) -> None:
    job = stack.function()
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    note = tmp_path / "note"
    first = stack.submit(job, {"sleep": 1})
    second = stack.submit(job, {"note": str(note)})
    third = stack.submit(job)
    stack.stop(job, second)
    assert stack.task(job, second).status == "Stopped"
    assert stack.wait(job, first).status == "Succeeded"
    assert stack.wait(job, third).status == "Succeeded"
    assert not note.exists()
    assert trail(stack.task(job, second)) == ["Enqueued", "Stopped"]


def test_a_retrying_task_can_be_stopped(stack: TaskStack) -> None:
    job = stack.function(retries=8)
    task_id = stack.submit(job, {"raise": "again"})
    stack.wait(job, task_id, ("Retrying",))
    stack.stop(job, task_id)
    task = stack.task(job, task_id)
    assert task.status in ("Stopped", "Stopping")
    assert stack.wait(job, task_id).status == "Stopped"


def test_a_task_at_its_end_cannot_be_stopped(stack: TaskStack, job: str) -> None:
    task_id = stack.submit(job)
    stack.wait(job, task_id)
    status, code, message = refusal_of(lambda: stack.stop(job, task_id))
    assert (status, code) == (409, "AsyncTaskAlreadyEnded")
    assert "is Succeeded" in message
    assert stack.task(job, task_id).status == "Succeeded"


def test_what_is_not_there_is_not_found(stack: TaskStack, job: str) -> None:
    for call in (stack.task, stack.stop):
        assert refusal_of(lambda call=call: call(job, "nothing"))[:2] == (404, "AsyncTaskNotFound")
    assert refusal_of(lambda: stack.tasks("nobody"))[:2] == (404, "FunctionNotFound")
    assert refusal_of(lambda: stack.task("nobody", "x"))[:2] == (404, "FunctionNotFound")


def test_an_event_that_waits_too_long_expires(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, failure=queue_arn(queue), age=1)
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    stack.submit(job, {"sleep": 3})
    late = stack.submit(job)
    task = stack.wait(job, late, seconds=2.9)
    assert (task.status, trail(task)) == ("Expired", ["Enqueued", "Expired"])
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["condition"] == "Expired"
    assert message["requestContext"]["approximateInvokeCount"] == 0


def test_raising_the_reservation_starts_more_at_once(stack: TaskStack) -> None:
    job = stack.function()

    def reserve(count: int) -> None:
        body = models.PutConcurrencyInput(reserved_concurrency=count)
        stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))

    reserve(1)
    ids = [stack.submit(job, {"sleep": 3}) for _ in range(3)]
    stack.wait(job, ids[0], ("Running",))
    assert [stack.task(job, task_id).status for task_id in ids[1:]] == ["Enqueued", "Enqueued"]
    reserve(3)
    for task_id in ids[1:]:
        stack.wait(job, task_id, ("Running",), seconds=2)


def test_running_tasks_end_on_the_old_code_and_new_ones_run_the_new(stack: TaskStack) -> None:
    from tests.contract.function_packages import code_of

    old = "import time\ndef handler(event, context):\n    time.sleep(1)\n    return 'old'\n"
    new = "def handler(event, context):\n    return 'new'\n"
    job = stack.function(source=old)
    first = stack.submit(job)
    stack.wait(job, first, ("Running",))
    body = models.UpdateFunctionInput(code=code_of(new))
    stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))
    second = stack.wait(job, stack.submit(job))
    assert second.return_payload.strip('"') == "new"
    assert stack.wait(job, first).return_payload.strip('"') == "old"


def test_tasks_of_a_deleted_function_have_an_end_that_can_be_seen(
    stack: TaskStack, role: str
) -> None:
    queue = stack.queue()
    arn = queue_arn(queue)
    job = stack.function(role=role, failure=arn, success=arn, retries=8)
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    # slow enough for nothing to be taken from the queue ahead of its place
    retrying = stack.submit(job, {"sleep": 0.4, "raise": "again"})
    stack.wait(job, retrying, ("Retrying",))
    running = stack.submit(job, {"sleep": 600})
    stack.wait(job, running, ("Running",))
    delayed = stack.submit(job, common_headers={"x-fc-async-delay": "3000"})
    waiting = stack.submit(job)
    assert stack.task(job, waiting).status == "Enqueued"
    stack.fc.delete_function(job)
    for task_id in (retrying, delayed, waiting):
        task = stack.wait(job, task_id, seconds=5)
        assert task.status == "Invalid"
        assert "FunctionNotFound" in task.task_error_message
        assert task.destination_status == "Succeeded"
    ended = stack.wait(job, running, seconds=5)  # its instance goes with the function, as at FC
    assert (ended.status, ended.destination_status) == ("Failed", "Succeeded")
    assert "function was deleted" in ended.events[-1].event_detail
    conditions = [m["requestContext"]["condition"] for m in stack.messages(queue, 4)]
    assert sorted(conditions) == ["Invalid", "Invalid", "Invalid", "InvocationError"]
