"""InvokeFunction through the official SDK: what is accepted, answered and refused."""

import base64
import json
import re
import time
from typing import Any

import pytest

from tests.contract.function_packages import ECHO, function_client, models, refusal_of
from tests.contract.task_stack import TaskStack, wait_until
from tests.running_cloud import RunningCloud


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    """A task function that does what its event says."""
    return stack.function()


@pytest.fixture(scope="module")
def plain(stack: TaskStack) -> str:
    """A function whose asynchronous invocations are no tasks."""
    return stack.function(task=False)


def headers_of(answer: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.headers.items()}


def test_an_asynchronous_invocation_is_accepted_with_its_ids(stack: TaskStack, job: str) -> None:
    headers = stack.invoke(job)
    assert re.fullmatch(r"1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}", headers["x-fc-request-id"])
    # "If you set the request ID but do not set the task ID, the task ID is the request ID"
    assert headers["x-fc-async-task-id"] == headers["x-fc-request-id"]
    task = stack.wait(job, headers["x-fc-async-task-id"])
    assert task.request_id == headers["x-fc-request-id"]


def test_a_task_id_of_ones_own_is_kept(stack: TaskStack, job: str) -> None:
    headers = stack.invoke(job, x_fc_async_task_id="_my-Task_1")
    assert headers["x-fc-async-task-id"] == "_my-Task_1"
    assert stack.wait(job, "_my-Task_1").status == "Succeeded"


def test_a_used_task_id_is_refused_for_this_function_only(stack: TaskStack, job: str) -> None:
    stack.submit(job, x_fc_async_task_id="once")
    status, code, message = refusal_of(lambda: stack.submit(job, x_fc_async_task_id="once"))
    assert (status, code) == (409, "AsyncTaskAlreadyExists")
    assert "once" in message
    assert stack.submit(stack.function(), x_fc_async_task_id="once") == "once"


@pytest.mark.parametrize("task_id", ["1st", "-a", "a b", "a.b", "x" * 129, "é"])
def test_a_task_id_of_another_form_is_refused(stack: TaskStack, job: str, task_id: str) -> None:
    status, code, message = refusal_of(lambda: stack.submit(job, x_fc_async_task_id=task_id))
    assert (status, code) == (400, "InvalidArgument")
    assert "letter or _" in message


def test_the_longest_task_id_is_accepted(stack: TaskStack, job: str) -> None:
    assert stack.submit(job, x_fc_async_task_id="x" * 128) == "x" * 128


def test_a_task_id_without_async_task_is_refused(stack: TaskStack, plain: str) -> None:
    status, code, message = refusal_of(lambda: stack.submit(plain, x_fc_async_task_id="mine"))
    assert (status, code) == (400, "InvalidArgument")
    assert "asyncTask is not enabled" in message


def test_without_async_task_it_runs_and_is_no_task(
    stack: TaskStack, plain: str, tmp_path: Any
) -> None:
    note = tmp_path / "note"
    headers = stack.invoke(plain, {"note": str(note)})
    assert "x-fc-async-task-id" not in headers
    wait_until(note.exists)
    assert note.read_text().split() == [headers["x-fc-request-id"]]
    assert stack.tasks(plain).tasks == []


@pytest.mark.parametrize(("size", "accepted"), [(128 * 1024, True), (128 * 1024 + 1, False)])
def test_an_asynchronous_payload_has_at_most_128_kb(
    stack: TaskStack, job: str, size: int, accepted: bool
) -> None:
    event = b'"' + b"x" * (size - 2) + b'"'
    if accepted:
        stack.invoke(job, event)
        return
    status, code, message = refusal_of(lambda: stack.invoke(job, event))
    assert (status, code) == (413, "EntityTooLarge")
    assert "payload size exceeds maximum allowed size" in message


def test_a_delay_holds_the_task_back(stack: TaskStack, job: str) -> None:
    begun = time.monotonic()
    task_id = stack.submit(job, common_headers={"x-fc-async-delay": "1"})
    assert stack.task(job, task_id).status == "Enqueued"
    stack.wait(job, task_id)
    assert time.monotonic() - begun >= 1
    for wrong in ("0", "3600", "soon"):
        status, code, _ = refusal_of(
            lambda wrong=wrong: stack.submit(job, common_headers={"x-fc-async-delay": wrong})
        )
        assert (status, code) == (400, "InvalidArgument")


def test_what_does_not_exist_is_not_found(stack: TaskStack, job: str) -> None:
    for kind in ("Sync", "Async"):
        assert refusal_of(lambda kind=kind: stack.call("nobody", x_fc_invocation_type=kind))[
            :2
        ] == (
            404,
            "FunctionNotFound",
        )
        assert refusal_of(lambda kind=kind: stack.call(job, b"", "7", x_fc_invocation_type=kind))[
            :2
        ] == (404, "VersionNotFound")
    status, code, message = refusal_of(lambda: stack.call(job, x_fc_invocation_type="Later"))
    assert (status, code) == (400, "InvalidArgument")
    assert "Sync or Async" in message


def test_a_synchronous_invocation_answers_what_the_handler_returns(
    stack: TaskStack, job: str
) -> None:
    answer = stack.call(job, b'{"a": 1}')
    assert json.loads(answer.body.read()) == {"a": 1}
    headers = headers_of(answer)
    assert answer.status_code == 200
    assert "x-fc-error-type" not in headers
    assert headers["x-fc-instance-id"]
    assert (
        headers["x-fc-code-checksum"]
        == stack.fc.get_function_code(job, models.GetFunctionCodeRequest()).body.checksum
    )
    assert float(headers["x-fc-max-memory-usage"]) > 1


@pytest.mark.parametrize(
    ("event", "kind", "says"),
    [
        ({"raise": "no way"}, "UnhandledInvocationError", "no way"),
        ({"exit": 3}, "UnhandledInvocationError", "exited"),
        ({"sleep": 60}, "UnhandledInvocationError", "timed out after 1 seconds"),
    ],
)
def test_an_error_of_the_function_is_status_200_with_its_type(
    stack: TaskStack, event: Any, kind: str, says: str
) -> None:
    job = stack.function(timeout=1)
    answer = stack.call(job, json.dumps(event).encode())
    assert (answer.status_code, headers_of(answer)["x-fc-error-type"]) == (200, kind)
    assert says in json.loads(answer.body.read())["errorMessage"]


def test_the_tail_of_the_log_comes_with_the_answer_where_it_is_wanted(
    stack: TaskStack, job: str
) -> None:
    answer = headers_of(stack.call(job, x_fc_log_type="Tail"))
    lines = base64.b64decode(answer["x-fc-log-result"]).decode().splitlines()
    request_id = answer["x-fc-request-id"]
    assert lines[0] == f"FC Invoke Start RequestId: {request_id}"
    assert lines[1] == f"handling {request_id}"
    assert lines[2] == f"FC Invoke End RequestId: {request_id}"
    assert re.fullmatch(
        r"Duration: [\d.]+ ms, Billed Duration: \d+ ms, Memory Size: 512 MB,"
        r" Max Memory Used: [\d.]+ MB",
        lines[3],
    )
    assert "x-fc-log-result" not in headers_of(stack.call(job, x_fc_log_type="None"))


def test_the_tail_of_a_long_log_is_its_last_4_kb(stack: TaskStack) -> None:
    source = "def handler(event, context):\n    for n in range(2000): print('line', n)\n"
    answer = headers_of(stack.call(stack.function(source=source), x_fc_log_type="Tail"))
    tail = base64.b64decode(answer["x-fc-log-result"])
    assert len(tail) <= 4096
    assert b"line 1999\n" in tail
    assert b"line 1\n" not in tail


def test_a_synchronous_payload_has_at_most_32_mb(stack: TaskStack) -> None:
    echo = stack.function(source="def handler(event, context):\n    return str(len(event))\n")
    largest = 32 * 1024 * 1024
    assert stack.call(echo, b"x" * largest).body.read() == str(largest).encode()
    status, code, message = refusal_of(lambda: stack.call(echo, b"x" * (largest + 1)))
    assert (status, code) == (413, "EntityTooLarge")
    assert str(largest) in message


def test_reserved_concurrency_throttles_synchronous_invocations(
    stack: TaskStack, tmp_path: Any
) -> None:
    job = stack.function()
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    note = tmp_path / "note"
    running = stack.submit(job, {"note": str(note), "sleep": 2})
    wait_until(note.exists)
    status, code, message = refusal_of(lambda: stack.call(job))
    assert (status, code) == (429, "ResourceThrottled")
    assert "reserved concurrency of 1" in message
    assert stack.wait(job, running).status == "Succeeded"
    assert stack.call(job).status_code == 200


def test_an_invocation_whose_caller_hangs_up_goes_on_to_its_end(
    stack: TaskStack, cloud: RunningCloud, tmp_path: Any
) -> None:
    job = stack.function()
    note = tmp_path / "note"
    event = json.dumps({"sleep": 1, "note_at_the_end": str(note)}).encode()
    with pytest.raises(Exception, match=r"(?i)timed out"):
        stack.call(job, event, seconds=0.2)
    assert not note.exists()
    wait_until(note.exists)
    assert cloud.own("health")["status"] == "ok"
    assert stack.call(job).status_code == 200


def test_a_disabled_function_is_not_invoked(stack: TaskStack) -> None:
    job = stack.function()
    stack.fc.disable_function_invocation(
        job, models.DisableFunctionInvocationRequest(reason="repair")
    )
    for kind in ("Sync", "Async"):
        status, code, message = refusal_of(
            lambda kind=kind: stack.call(job, x_fc_invocation_type=kind)
        )
        assert (status, code) == (403, "FunctionInvocationDisabled")
        assert "repair" in message
    stack.fc.enable_function_invocation(job)
    assert stack.call(job).status_code == 200


@pytest.fixture(scope="module")
def echo(stack: TaskStack) -> str:
    return stack.function(source=ECHO)


def test_bytes_come_back_as_they_went(stack: TaskStack, echo: str) -> None:
    event = bytes(range(256))
    assert stack.call(echo, event).body.read() == event


def test_the_handlers_credentials_may_what_its_role_may_and_nothing_else(
    stack: TaskStack, cloud: RunningCloud
) -> None:
    source = (
        "def handler(event, context):\n"
        "    key = context.credentials\n"
        "    return [key.access_key_id, key.access_key_secret, key.security_token]\n"
    )
    other = stack.function()
    job = stack.function(source=source, role=stack.role(["fc:InvokeFunction"]))
    key, secret, token = json.loads(stack.call(job).body.read())
    as_role: Any = function_client(
        cloud.config(access_key_id=key, access_key_secret=secret, security_token=token)
    )
    answer = as_role.invoke_function(other, models.InvokeFunctionRequest(body=b"{}"))
    assert answer.status_code == 200
    for call in (
        lambda: as_role.list_async_tasks(other, models.ListAsyncTasksRequest()),
        lambda: as_role.stop_async_task(other, "x", models.StopAsyncTaskRequest()),
        lambda: as_role.get_async_task(other, "x", models.GetAsyncTaskRequest()),
    ):
        status, code, message = refusal_of(call)
        assert (status, code) == (403, "AccessDenied")
        assert "may not do fc:" in message


@pytest.mark.parametrize("megabytes", [512, 10240])
def test_no_file_of_an_instance_grows_past_its_disk_size(stack: TaskStack, megabytes: int) -> None:
    source = (
        "import os, tempfile\n"
        "def handler(event, context):\n"
        "    with tempfile.TemporaryFile() as file:\n"
        "        file.truncate(int(event))\n"  # takes no room: it is a hole
    )
    job = stack.function(source=source, disk_size=megabytes)
    largest = megabytes << 20
    assert stack.call(job, str(largest).encode()).body.read() == b"null"
    answer = stack.call(job, str(largest + 1).encode())
    assert "File too large" in json.loads(answer.body.read())["errorMessage"]
