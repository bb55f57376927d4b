"""Tasks through the official FC SDK: submit, look, list, follow."""

import base64
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from time import monotonic, sleep
from typing import Any

from fctask import calling, errors
from fctask.calling import not_a_task_function
from fctask.clients import Clients
from fctask.task import Task, task_of

MOST_IN_A_PAGE = 100
LONGEST_CALL = 86_400_000  # ms; FC's longest timeout, which a synchronous invocation may take


@dataclass(frozen=True)
class Submitted:
    """What Function Compute answered to an asynchronous invocation.

    `task_id` is "" where the function has no asyncTask: then nothing can follow the invocation.
    """

    request_id: str
    task_id: str

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {"taskId": self.task_id, "requestId": self.request_id}


@dataclass(frozen=True)
class Answered:
    """The result of a synchronous invocation. `error` is "" unless the function failed."""

    request_id: str
    result: bytes
    error: str
    log_tail: str


@dataclass(frozen=True)
class TaskQuery:
    """Which tasks: all conditions hold. Times in ms since 1970, both ends included."""

    prefix: str = ""
    status: str = ""
    qualifier: str = ""
    begin: int | None = None
    end: int | None = None
    newest_first: bool = True
    include_payload: bool = False


@dataclass(frozen=True)
class Page:
    """Tasks in order, and the token of the page after this one ("" after the last)."""

    tasks: tuple[Task, ...]
    next_token: str


def submit(
    clients: Clients, payload: bytes, task_id: str | None = None, qualifier: str = ""
) -> Submitted:
    """Invoke the function asynchronously; `payload` is the event, at most 128 KB.

    With a `task_id` of one's own it is safe to repeat: AlreadyExists says it was accepted before.
    Raises NotATaskFunction where a task id is given and the function takes none.
    """
    headers: dict[str, Any] = {"x_fc_invocation_type": "Async"}
    if task_id is not None:
        headers["x_fc_async_task_id"] = task_id
    try:
        told = _invoked(clients, payload, qualifier, headers, None)[0]
    except (errors.AlreadyExists, errors.Throttled):
        raise
    except errors.ServiceRefused as refused:
        if task_id is not None and "Invalid" in str(refused.details.get("code")):
            require_task_function(clients)  # says so where that is the reason
        raise
    return Submitted(told.get("x-fc-request-id", ""), told.get("x-fc-async-task-id", ""))


def call(clients: Clients, payload: bytes, qualifier: str = "") -> Answered:
    """Invoke the function synchronously and wait for its answer; at most 32 MB, no task."""
    headers = {"x_fc_invocation_type": "Sync", "x_fc_log_type": "Tail"}
    told, body = _invoked(clients, payload, qualifier, headers, LONGEST_CALL)
    tail = base64.b64decode(told.get("x-fc-log-result", "")).decode("utf-8", "replace")
    return Answered(told.get("x-fc-request-id", ""), body, told.get("x-fc-error-type", ""), tail)


def _invoked(
    clients: Clients,
    payload: bytes,
    qualifier: str,
    headers: dict[str, Any],
    read_timeout: int | None,
) -> tuple[dict[str, str], bytes]:
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import InvokeFunctionHeaders, InvokeFunctionRequest
    from darabonba.runtime import RuntimeOptions

    runtime: Any = RuntimeOptions()
    runtime.read_timeout = read_timeout
    request: Any = InvokeFunctionRequest(body=BytesIO(payload))
    if qualifier:
        request.qualifier = qualifier
    with calling.calling("fc:InvokeFunction", name):
        answer: Any = fc.invoke_function_with_options(
            name, request, InvokeFunctionHeaders(**headers), runtime
        )
        body = answer.body.read() if answer.body is not None else b""
    told = {key.lower(): str(value) for key, value in (answer.headers or {}).items()}
    return told, body


def get(clients: Clients, task_id: str) -> Task:
    """The task as it is now, with payload, result and events. Raises NoSuchTask."""
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import GetAsyncTaskRequest

    with calling.calling("fc:GetAsyncTask", task_id):
        answer: Any = fc.get_async_task(name, task_id, GetAsyncTaskRequest())
    return task_of(answer.body)


def page(
    clients: Clients, query: TaskQuery, next_token: str = "", limit: int = MOST_IN_A_PAGE
) -> Page:
    """One page of the function's tasks; `limit` 1 to 100.

    Raises NotATaskFunction where there is none and the function's invocations are no tasks.
    """
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import ListAsyncTasksRequest

    request: Any = ListAsyncTasksRequest(
        limit=limit, sort_order_by_time="desc" if query.newest_first else "asc"
    )
    request.prefix = query.prefix or None
    request.status = query.status or None
    request.qualifier = query.qualifier or None
    request.started_time_begin = query.begin
    request.started_time_end = query.end
    request.include_payload = query.include_payload or None
    request.next_token = next_token or None
    with calling.calling("fc:ListAsyncTasks", name):
        answer: Any = fc.list_async_tasks(name, request)
    return Page(
        tuple(task_of(one) for one in answer.body.tasks or []), answer.body.next_token or ""
    )


def listing(
    clients: Clients, query: TaskQuery, statuses: Sequence[str] = (), limit: int | None = None
) -> Iterator[Task]:
    """All tasks that match, page by page, as they are taken; any of `statuses` where given."""
    if len(statuses) > 1:
        sign = -1 if query.newest_first else 1
        parts = [
            _pages(clients, replace(query, status=status), limit)
            for status in dict.fromkeys(statuses)
        ]
        found: Iterator[Task] = heapq.merge(*parts, key=lambda task: sign * (task.started_at or 0))
    else:
        found = _pages(clients, replace(query, status=(statuses or (query.status,))[0]), limit)
    for number, task in enumerate(found, 1):
        yield task
        if limit is not None and number >= limit:
            return


def _pages(clients: Clients, query: TaskQuery, limit: int | None) -> Iterator[Task]:
    token, left = "", limit
    while left is None or left > 0:
        size = MOST_IN_A_PAGE if left is None else min(left, MOST_IN_A_PAGE)
        got = page(clients, query, token, size)
        yield from got.tasks
        if left is not None:
            left -= len(got.tasks)
        token = got.next_token
        if not token:
            return


def require_task_function(clients: Clients) -> None:
    """Raise NotATaskFunction (or NoSuchFunction) where the function's invocations are no tasks.

    For when a list is empty: FC does not say why it is.
    """
    from fctask.function import async_configuration

    if not async_configuration(clients).async_task:
        raise not_a_task_function(clients.target.function_name)


def follow(
    clients: Clients, task_id: str, interval: float = 0.2, first: Task | None = None
) -> Iterator[tuple[float, Task]]:
    """Each new status of the task with the seconds since the first look, until it is final.

    FC has no call that waits for a change, so this asks every `interval` seconds. A look that gets
    no answer, or is one too many for the service, is tried again for a minute.
    """
    started = monotonic()
    task = first or get(clients, task_id)
    yield 0.0, task
    lost_at: float | None = None
    while not task.final:
        sleep(interval)
        try:
            seen = get(clients, task_id)
        except (errors.Unreachable, errors.Throttled):
            lost_at = lost_at or monotonic()
            if monotonic() - lost_at > 60:
                raise
            continue
        lost_at = None
        if (seen.status, seen.retries) != (task.status, task.retries):
            yield monotonic() - started, seen
        task = seen
