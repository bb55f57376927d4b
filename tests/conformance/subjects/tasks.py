"""Asynchronous tasks: their life, their messages, and what a role must be allowed."""

import base64
import json
from collections.abc import Callable
from typing import Any

from tests.conformance.run import Run, there
from tests.conformance.subjects.functions import active, invoke, make_function, models
from tests.conformance.subjects.logs import STORE, make_logstore
from tests.conformance.subjects.queues import make_queue, queue_arn
from tests.conformance.subjects.roles import attach, make_policy, make_role

_FINAL = ("Succeeded", "Failed", "Stopped", "Expired", "Invalid")


def tasks(run: Run) -> None:
    """Submit, watch, stop, and read the messages of the ends."""
    role, name, queue = run.name("runner"), run.name("job"), run.name("results")
    fc = run.side.fc
    run.need("CreateRole", lambda: make_role(run, role))
    policy = run.name("runner")
    run.need(
        "CreatePolicy",
        lambda: make_policy(run, policy, ["mns:SendMessage", "log:PostLogStoreLogs"]),
    )
    run.need("AttachPolicyToRole", lambda: attach(run, role, policy))
    run.need("CreateQueue", lambda: make_queue(run, queue))
    make_logstore(run, run.name("joblogs"))
    arn = f"acs:ram::{run.side.keys.account_id}:role/{role}"
    run.need(
        "CreateFunction",
        lambda: make_function(
            run,
            name,
            role=arn,
            log_config=models.LogConfig(project=run.name("joblogs"), logstore=STORE),
        ),
        until=there,  # a new role and project are not known at once
    )
    run.need(
        "GetFunction", lambda: fc.get_function(name, models.GetFunctionRequest()), until=active
    )
    _configuration(run, name, queue)
    _ends(run, name, queue)
    _stop(run, name)
    _lists(run, name)
    _denied(run, queue)


def _destination(arn: str) -> Any:
    return models.Destination(destination=arn)


def _put(run: Run, name: str, **settings: Any) -> Any:
    body = models.PutAsyncInvokeConfigInput(**settings)
    return run.side.fc.put_async_invoke_config(name, models.PutAsyncInvokeConfigRequest(body=body))


def _configuration(run: Run, name: str, queue: str) -> None:
    fc, to_queue = run.side.fc, _destination(queue_arn(run, queue))
    run.see("PutAsyncInvokeConfig, 9 retries", lambda: _put(run, name, max_async_retry_attempts=9))
    run.see(
        "PutAsyncInvokeConfig, an age of 8 days",
        lambda: _put(run, name, max_async_event_age_in_seconds=691_200),
    )
    run.see(
        "PutAsyncInvokeConfig, an empty destination",
        lambda: _put(
            run, name, destination_config=models.DestinationConfig(on_success=_destination(""))
        ),
    )
    run.make(
        f"asynchronous configuration of {name}",
        lambda: fc.delete_async_invoke_config(name, models.DeleteAsyncInvokeConfigRequest()),
    )
    run.need(
        "PutAsyncInvokeConfig",
        lambda: _put(
            run,
            name,
            async_task=True,
            max_async_retry_attempts=0,
            max_async_event_age_in_seconds=3600,
            destination_config=models.DestinationConfig(on_success=to_queue, on_failure=to_queue),
        ),
    )
    run.see(
        "GetAsyncInvokeConfig",
        lambda: fc.get_async_invoke_config(name, models.GetAsyncInvokeConfigRequest()),
    )


def _submit(run: Run, name: str, task_id: str, event: bytes) -> Callable[[], Any]:
    return lambda: invoke(
        run, name, event, x_fc_invocation_type="Async", x_fc_async_task_id=task_id
    )


def _get(run: Run, name: str, task_id: str) -> Callable[[], Any]:
    return lambda: run.side.fc.get_async_task(name, task_id, models.GetAsyncTaskRequest())


def _final(answer: Any) -> bool:
    return answer is not None and answer.body.status in _FINAL


def _message(run: Run, queue: str) -> Callable[[], Any]:
    handle: Any = run.side.smq.get_queue(queue)
    handle.set_encoding(False)

    def receive() -> Any:
        message = handle.receive_message(5)
        handle.delete_message(message.receipt_handle)
        return message

    return receive


def _content(message: Any) -> dict[str, Any]:
    """The message that FC sent, and whether it lay in the queue as it is or in Base64."""
    body: str = message.message_body
    plain = body.lstrip().startswith("{")
    content = json.loads(body if plain else base64.b64decode(body))
    return {"encoding": "as it is" if plain else "Base64", "message": content}


def _ends(run: Run, name: str, queue: str) -> None:
    """A task that succeeds and one that fails, each with its message."""
    for how, event in (("succeeds", b'{"n": 1}'), ("fails", b'{"raise": "not today"}')):
        task = f"task-{how}"
        run.need(f"InvokeFunction of a task that {how}", _submit(run, name, task, event))
        run.see(f"GetAsyncTask that {how}", _get(run, name, task), until=_final)
        run.see(f"message of the task that {how}", _message(run, queue), until=there, show=_content)
    run.see(
        "InvokeFunction with a task id that was used",
        _submit(run, name, "task-succeeds", b"{}"),
    )
    run.see("InvokeFunction with a task id that is none", _submit(run, name, "7 of 9", b"{}"))
    run.see(
        "InvokeFunction of a task with 128 KB and a byte",
        _submit(run, name, "task-large", b'"' + b"x" * 131_071 + b'"'),
    )
    run.see(
        "StopAsyncTask of one that ended",
        lambda: run.side.fc.stop_async_task(name, "task-succeeds", models.StopAsyncTaskRequest()),
    )
    run.see("GetAsyncTask of none", _get(run, name, "task-none"))


def _stop(run: Run, name: str) -> None:
    """A running task that is stopped."""
    run.need("InvokeFunction of a long task", _submit(run, name, "task-long", b'{"sleep": 4}'))
    run.see(
        "GetAsyncTask that runs",
        _get(run, name, "task-long"),
        until=lambda answer: answer is not None and answer.body.status == "Running",
    )
    run.see(
        "StopAsyncTask",
        lambda: run.side.fc.stop_async_task(name, "task-long", models.StopAsyncTaskRequest()),
    )
    run.see("GetAsyncTask that was stopped", _get(run, name, "task-long"), until=_final)


def _lists(run: Run, name: str) -> None:
    fc = run.side.fc
    filters: dict[str, dict[str, Any]] = {
        "all": {},
        "by status": {"status": "Failed"},
        "by prefix, with payload": {"prefix": "task-s", "include_payload": True},
        "a page of one": {"limit": 1, "sort_order_by_time": "asc"},
        "by a status that is none": {"status": "Done"},
        "101 at a time": {"limit": 101},
    }
    for which, settings in filters.items():
        run.see(
            f"ListAsyncTasks, {which}",
            lambda settings=settings: fc.list_async_tasks(
                name, models.ListAsyncTasksRequest(**settings)
            ),
        )


def _denied(run: Run, queue: str) -> None:
    """A task whose role may not send to the queue: how it ends, and what it tells of it."""
    role, name = run.name("powerless"), run.name("denied")
    arn = f"acs:ram::{run.side.keys.account_id}:role/{role}"
    run.need("CreateRole that may do nothing", lambda: make_role(run, role))
    run.need(
        "CreateFunction with a role that may do nothing",
        lambda: make_function(run, name, role=arn),
        until=there,
    )
    run.need(
        "GetFunction with a role that may do nothing",
        lambda: run.side.fc.get_function(name, models.GetFunctionRequest()),
        until=active,
    )
    run.make(
        f"asynchronous configuration of {name}",
        lambda: run.side.fc.delete_async_invoke_config(
            name, models.DeleteAsyncInvokeConfigRequest()
        ),
    )
    to_queue = _destination(queue_arn(run, queue))
    run.need(
        "PutAsyncInvokeConfig with a destination that is denied",
        lambda: _put(
            run,
            name,
            async_task=True,
            max_async_retry_attempts=0,
            destination_config=models.DestinationConfig(on_success=to_queue),
        ),
    )
    run.need("InvokeFunction of a task that is denied", _submit(run, name, "task-denied", b"{}"))
    run.see(
        "GetAsyncTask that is denied its destination",
        _get(run, name, "task-denied"),
        until=lambda answer: _final(answer) and answer.body.destination_status,
    )
