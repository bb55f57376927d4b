"""How attempts fail, told apart as FC does, and what follows: through the official SDK."""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, trail, wait_until

EXITED = "Process exited unexpectedly before completing request (duration: "


def hooked(body: str) -> str:
    """The source of a function whose initializer does that."""
    return f"def init(context):\n    {body}\ndef handler(event, context):\n    return 'never'\n"


@pytest.mark.parametrize(
    ("event", "message", "kind", "stack_of"),
    [
        ({"raise": "not today"}, "not today", "ValueError", "raise ValueError("),
        ({"exit": 1}, EXITED, None, None),
        ({"allocate": 400}, EXITED, "FunctionOOMError", None),
        ({"sleep": 9}, "Function timed out after 2 seconds (maxMemoryUsage: ", None, None),
    ],
    ids=["raised", "process exit", "out of memory", "timeout"],
)
def test_errors_of_a_handler_are_told_apart_and_zero_retries_is_one_attempt(
    stack: TaskStack, event: Any, message: str, kind: str | None, stack_of: str | None
) -> None:
    job = stack.function(timeout=2, memory_size=128, retries=0)
    told(stack.wait(job, stack.submit(job, event)), message, kind, stack_of)


@pytest.mark.parametrize(
    ("source", "handler", "message", "kind", "stack_of"),
    [
        (
            "def handler(event, context)\n    pass\n",
            "index.handler",
            "Syntax error in module 'index'",
            "UserCodeSyntaxError",
            "SyntaxError",
        ),
        (
            "def other(event, context): pass\n",
            "index.handler",
            "Handler 'handler' is missing on module 'index'",
            "HandlerNotFound",
            "[]",
        ),
        (
            "import no_such_module\n",
            "index.handler",
            "Unable to import module 'index': No module named 'no_such_module'",
            "ImportModuleError",
            "import no_such_module",
        ),
    ],
    ids=["syntax error", "handler not found", "import error"],
)
def test_code_that_cannot_run_fails_its_task(
    stack: TaskStack, source: str, handler: str, message: str, kind: str, stack_of: str
) -> None:
    job = stack.function(source=source, handler=handler)
    told(stack.wait(job, stack.submit(job)), message, kind, stack_of)


@pytest.mark.parametrize(
    ("body", "message", "kind", "stack_of"),
    [
        ("raise OSError('no database')", "no database", "OSError", "in init"),
        (
            "import time; time.sleep(9)",
            "Function initialization timed out after 1 seconds (maxMemoryUsage: ",
            None,
            None,
        ),
        ("import os; os._exit(3)", EXITED, None, None),
    ],
    ids=["raised", "timeout", "process exit"],
)
def test_an_initializer_that_fails_fails_its_task(
    stack: TaskStack, body: str, message: str, kind: str | None, stack_of: str | None
) -> None:
    hook = models.LifecycleHook(handler="index.init", timeout=1)
    hooks = models.InstanceLifecycleConfig(initializer=hook)
    job = stack.function(source=hooked(body), instance_lifecycle_config=hooks)
    told(stack.wait(job, stack.submit(job)), message, kind, stack_of)


def told(task: Any, message: str, kind: str | None, stack_of: str | None) -> None:
    """That the task failed at its first attempt, unhandled, with this payload."""
    assert (task.status, task.already_retried_times) == ("Failed", 0)
    assert task.task_error_message == "UnhandledInvocationError"
    payload = json.loads(task.return_payload)
    assert payload["errorMessage"].startswith(message)
    fields = {"errorMessage": True, "errorType": kind, "stackTrace": stack_of}
    assert list(payload) == [field for field, there in fields.items() if there]
    assert payload.get("errorType") == kind
    if stack_of:
        assert stack_of in json.dumps(payload["stackTrace"])
    detail = json.loads(task.events[-1].event_detail)
    assert detail["Error"] == "UnhandledInvocationError"
    assert detail["ErrorMessage"] == payload["errorMessage"]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
@pytest.mark.parametrize(
    ("does", "kind"),
    [
        ("callback(new TypeError('oops'))", "HandledInvocationError"),
        ("throw new TypeError('oops')", "UnhandledInvocationError"),
        ("return Promise.reject(new TypeError('oops'))", "UnhandledInvocationError"),
    ],
    ids=["given to the callback", "thrown", "rejected"],
)
def test_only_what_a_node_handler_gives_to_its_callback_is_handled(
    stack: TaskStack, does: str, kind: str
) -> None:
    source = f"exports.handler = (event, context, callback) => {{ {does}; }};"
    job = stack.function(source=source, file="index.js", runtime="nodejs20")
    task = stack.wait(job, stack.submit(job))
    assert (task.status, task.task_error_message) == ("Failed", kind)
    payload = json.loads(task.return_payload)
    assert (payload["errorMessage"], payload["errorType"]) == ("oops", "TypeError")
    assert any("/code/index.js" in line for line in payload["stackTrace"])
    assert stack.call(job).headers["x-fc-error-type"] == kind


def test_a_system_error_is_tried_again_after_half_a_second_and_uses_up_no_retry(
    stack: TaskStack, tmp_path: Path
) -> None:
    """A stop ends the instance, and with it whatever else runs there: that is not its fault."""
    job = stack.function(instance_concurrency=5, retries=0)
    body = models.PutConcurrencyInput(reserved_concurrency=2)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    note = tmp_path / "note"
    ids = [stack.submit(job, {"note": str(note), "sleep": 1.5}) for _ in range(2)]
    wait_until(lambda: note.exists() and len(note.read_text().split()) == 2)
    for task_id in ids:
        stack.wait(job, task_id, ("Running",))
    stack.stop(job, ids[0])
    assert stack.wait(job, ids[0]).status == "Stopped"
    spared = stack.wait(job, ids[1])
    assert trail(spared) == [
        *("Enqueued", "Dequeued", "Running", "Retrying"),
        *("Dequeued", "Running", "Succeeded"),
    ]
    lost = next(event for event in spared.events if event.status == "Retrying")
    told_why = json.loads(lost.event_detail)
    assert told_why["Error"] == "SystemError"
    assert "another invocation in it was stopped" in told_why["ErrorMessage"]
    assert 400 <= told_why["NextAttempt"] - lost.timestamp <= 600


def test_what_is_no_task_is_retried_and_reported_too(stack: TaskStack, tmp_path: Path) -> None:
    queue, note = stack.queue(), tmp_path / "note"
    role = stack.role(GUIDE_POLICY)
    job = stack.function(role=role, task=False, retries=1, failure=queue_arn(queue))
    request_id = stack.invoke(job, {"note": str(note), "raise": "no"})["x-fc-request-id"]
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == request_id
    assert message["requestContext"]["approximateInvokeCount"] == 2
    assert message["requestContext"]["condition"] == "InvocationError"
    assert note.read_text().split() == [request_id] * 2
    assert stack.tasks(job).tasks == []


def test_an_answer_of_more_than_1_mb_is_cut_and_that_is_told(stack: TaskStack) -> None:
    job = stack.function()
    task = stack.wait(job, stack.submit(job, {"answer": 1_200_000}))
    assert (task.status, task.task_error_message) == ("Succeeded", None)
    assert len(task.return_payload) == 1024 * 1024
    said = "the answer has 1200000 bytes, and a task keeps at most 1048576: the first 1048576 are"
    assert said in json.loads(task.events[-1].event_detail)["ReturnPayload"]
    assert f"{task.request_id} of {job}: {said}" in stack.cloud.stderr()


def test_pauses_between_the_attempts_of_a_failing_handler_grow(stack: TaskStack) -> None:
    job = stack.function(retries=2)
    begun = time.monotonic()
    task = stack.wait(job, stack.submit(job, {"raise": "again"}))
    assert time.monotonic() - begun >= 3
    assert (task.status, task.already_retried_times) == ("Failed", 2)
    retrying = [event for event in task.events if event.status == "Retrying"]
    pauses = [json.loads(one.event_detail)["NextAttempt"] - one.timestamp for one in retrying]
    assert pauses == [1000, 2000]
