"""Tasks of versions and aliases, and how many run at once, through the official SDK."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.function_packages import code_of, models, refusal_of
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, trail, wait_until

OVERLAP = """
import json, os, threading, time
def handler(event, context):
    wish = json.loads(event)
    with open(wish["trace"], "a") as trace:
        trace.write("+%d\\n" % os.getpid())
    time.sleep(wish["sleep"])
    with open(wish["trace"], "a") as trace:
        trace.write("-%d\\n" % os.getpid())
"""
"""Notes the process at its begin and end."""


def says(word: str) -> str:
    return f"def handler(event, context):\n    return {word!r}\n"


def publish(stack: TaskStack, job: str) -> str:
    return stack.fc.publish_function_version(
        job, models.PublishFunctionVersionRequest()
    ).body.version_id


def change(stack: TaskStack, job: str, source: str) -> None:
    body = models.UpdateFunctionInput(code=code_of(source))
    stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))


def alias(
    stack: TaskStack, job: str, name: str, version: str, weights: dict[str, float] | None = None
) -> None:
    body = models.CreateAliasInput(
        alias_name=name, version_id=version, additional_version_weight=weights
    )
    stack.fc.create_alias(job, models.CreateAliasRequest(body=body))


def configure(stack: TaskStack, job: str, qualifier: str, **config: Any) -> None:
    body = models.PutAsyncInvokeConfigInput(
        async_task=True, **{"max_async_retry_attempts": 0, **config}
    )
    stack.fc.put_async_invoke_config(
        job, models.PutAsyncInvokeConfigRequest(body=body, qualifier=qualifier)
    )


def reserve(stack: TaskStack, job: str, count: int) -> None:
    body = models.PutConcurrencyInput(reserved_concurrency=count)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))


def submit(stack: TaskStack, job: str, qualifier: str, event: bytes = b"{}") -> str:
    answer = stack.call(job, event, qualifier, x_fc_invocation_type="Async")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return headers["x-fc-async-task-id"]


@pytest.fixture
def two_versions(stack: TaskStack) -> str:
    """A function whose version 1 says "one", version 2 "two", and LATEST "latest"."""
    job = stack.function(source=says("one"))
    assert publish(stack, job) == "1"
    change(stack, job, says("two"))
    assert publish(stack, job) == "2"
    change(stack, job, says("latest"))
    return job


def test_a_task_runs_the_version_that_it_was_submitted_to(
    stack: TaskStack, two_versions: str
) -> None:
    job = two_versions
    for qualifier in ("1", "2"):
        configure(stack, job, qualifier)
    for qualifier, word in (("1", "one"), ("2", "two"), ("LATEST", "latest")):
        task = stack.wait(job, submit(stack, job, qualifier))
        assert (task.qualifier, task.return_payload) == (qualifier, word)
    listed = stack.tasks(job, qualifier="2").tasks
    assert [task.qualifier for task in listed] == ["2"]
    assert refusal_of(
        lambda: stack.fc.get_async_task(
            job, listed[0].task_id, models.GetAsyncTaskRequest(qualifier="1")
        )
    )[:2] == (404, "AsyncTaskNotFound")


def test_an_alias_has_a_configuration_of_its_own(stack: TaskStack) -> None:
    role, queue, other = stack.role(GUIDE_POLICY), stack.queue(), stack.queue()
    job = stack.function(source=says("one"), role=role, success=queue_arn(other))
    alias(stack, job, "prod", publish(stack, job))
    destination = models.Destination(destination=queue_arn(queue))
    configure(
        stack, job, "prod", destination_config=models.DestinationConfig(on_success=destination)
    )
    task = stack.wait(job, submit(stack, job, "prod"))
    assert (task.qualifier, task.destination_status) == ("prod", "Succeeded")
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == task.request_id


def test_an_alias_that_moves_takes_its_waiting_tasks_along(
    stack: TaskStack, two_versions: str
) -> None:
    job = two_versions
    alias(stack, job, "prod", "1")
    configure(stack, job, "prod")
    reserve(stack, job, 0)
    task_id = submit(stack, job, "prod")
    body = models.UpdateAliasInput(version_id="2")
    stack.fc.update_alias(job, "prod", models.UpdateAliasRequest(body=body))
    reserve(stack, job, 1)
    assert stack.wait(job, task_id).return_payload == "two"


def test_a_weighted_alias_shares_its_tasks_out(stack: TaskStack, two_versions: str) -> None:
    job = two_versions
    alias(stack, job, "canary", "1", {"2": 0.5})
    configure(stack, job, "canary")
    ids = [submit(stack, job, "canary") for _ in range(24)]
    words = {stack.wait(job, task_id).return_payload for task_id in ids}
    assert words == {"one", "two"}  # by chance all alike once in 8 million


def test_a_waiting_task_whose_version_is_deleted_is_invalid(
    stack: TaskStack, two_versions: str
) -> None:
    job = two_versions
    configure(stack, job, "1")
    reserve(stack, job, 0)
    task_id = submit(stack, job, "1")
    stack.fc.delete_function_version(job, "1")
    reserve(stack, job, 1)
    task = stack.wait(job, task_id)
    assert task.status == "Invalid"
    assert task.task_error_message.startswith("VersionNotFound: ")


def test_a_reservation_of_zero_holds_tasks_and_refuses_calls(stack: TaskStack) -> None:
    job = stack.function()
    reserve(stack, job, 0)
    task_id = stack.submit(job)
    assert refusal_of(lambda: stack.call(job))[:2] == (429, "ResourceThrottled")
    time.sleep(0.3)  # nothing tells that nothing happens
    assert trail(stack.task(job, task_id)) == ["Enqueued"]
    stack.fc.delete_concurrency_config(job)
    assert stack.wait(job, task_id, seconds=4).status == "Succeeded"


def test_a_disabled_function_holds_its_tasks_until_it_is_enabled(stack: TaskStack) -> None:
    job = stack.function()
    delayed = stack.submit(job, common_headers={"x-fc-async-delay": "1"})
    stack.fc.disable_function_invocation(
        job, models.DisableFunctionInvocationRequest(reason="repair")
    )
    time.sleep(1.3)  # its turn comes and goes
    assert trail(stack.task(job, delayed)) == ["Enqueued"]
    stack.fc.enable_function_invocation(job)
    assert stack.wait(job, delayed, seconds=4).status == "Succeeded"


def overlap(trace: Path) -> tuple[int, int]:
    """The most that ran at once, and in how many processes."""
    now = most = 0
    lines = trace.read_text().split()
    for line in lines:
        now += 1 if line[0] == "+" else -1
        most = max(most, now)
    return most, len({line[1:] for line in lines})


@pytest.mark.parametrize(
    ("instance_concurrency", "reserved", "most", "processes"), [(1, 2, 2, 2), (5, 5, 5, 1)]
)
def test_as_many_run_at_once_as_is_reserved_in_as_few_instances_as_will_do(
    stack: TaskStack,
    tmp_path: Path,
    instance_concurrency: int,
    reserved: int,
    most: int,
    processes: int,
) -> None:
    job = stack.function(source=OVERLAP, instance_concurrency=instance_concurrency)
    reserve(stack, job, reserved)
    trace = tmp_path / "trace"
    event = json.dumps({"trace": str(trace), "sleep": 0.3})
    ids = [submit(stack, job, "LATEST", event.encode()) for _ in range(10)]
    for task_id in ids:
        assert stack.wait(job, task_id).status == "Succeeded"
    assert overlap(trace) == (most, processes)


def test_running_tasks_of_a_full_function_do_not_hold_up_another(stack: TaskStack) -> None:
    busy, other = stack.function(), stack.function()
    reserve(stack, busy, 1)
    ids = [stack.submit(busy, {"sleep": 1}) for _ in range(20)]
    stack.wait(busy, ids[0], ("Running",))
    assert stack.wait(other, stack.submit(other), seconds=3).status == "Succeeded"
    for task_id in ids[1:]:
        stack.stop(busy, task_id)
    wait_until(lambda: not stack.tasks(busy, status="Running").tasks)
