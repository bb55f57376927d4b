"""Tasks through the official FC SDK: submit and follow them."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from time import monotonic, sleep

from fctask.clients import Clients

FINAL = frozenset({"Succeeded", "Failed", "Stopped", "Expired", "Invalid"})


@dataclass(frozen=True)
class Submitted:
    """What Function Compute answered to an asynchronous invocation."""

    request_id: str
    task_id: str


@dataclass(frozen=True)
class TaskState:
    """One look at a task. `retries` counts the repeated attempts so far."""

    status: str
    retries: int
    destination: str

    @property
    def final(self) -> bool:
        """Whether the task will not change its status any more."""
        return self.status in FINAL


def submit(clients: Clients, payload: bytes, task_id: str | None = None) -> Submitted:
    """Invoke the function asynchronously; `payload` is the event, at most 128 KB."""
    from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
    from darabonba.runtime import RuntimeOptions

    headers = InvokeFunctionHeaders(x_fc_invocation_type="Async")
    if task_id is not None:
        headers.x_fc_async_task_id = task_id
    answer = clients.fc.invoke_function_with_options(
        clients.target.function_name,
        InvokeFunctionRequest(body=BytesIO(payload)),
        headers,
        RuntimeOptions(),
    )
    told = {name.lower(): value for name, value in (answer.headers or {}).items()}
    return Submitted(told["x-fc-request-id"], told.get("x-fc-async-task-id", ""))


def look(clients: Clients, task_id: str) -> TaskState:
    """The task as it is now."""
    from alibabacloud_fc20230330.models import GetAsyncTaskRequest

    task = clients.fc.get_async_task(
        clients.target.function_name, task_id, GetAsyncTaskRequest()
    ).body
    return TaskState(
        task.status or "", task.already_retried_times or 0, task.destination_status or ""
    )


def follow(
    clients: Clients, task_id: str, interval: float = 0.2
) -> Iterator[tuple[float, TaskState]]:
    """Each new state of the task with the seconds since the first look, until it is final.

    FC has no call that waits for a change, so this asks every `interval` seconds.
    """
    started = monotonic()
    last: TaskState | None = None
    while last is None or not last.final:
        state = look(clients, task_id)
        if state != last:
            yield monotonic() - started, state
            last = state
        if not state.final:
            sleep(interval)
