"""InvokeFunction, ListAsyncTasks, GetAsyncTask and StopAsyncTask of FC 2023-03-30.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-invokefunction
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from localcloud.clock import Clock
from localcloud.fc import attempts, functions, submissions, tasks
from localcloud.fc.arns import function_arn
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.life_cycle import Status
from localcloud.fc.submissions import Submission, Submitter
from localcloud.fc.tasks import Desk
from localcloud.ram import access
from localcloud.refusal import Refusal
from localcloud.store import tasks as store
from localcloud.store.database import Database, Transaction
from localcloud.store.tasks import TaskRow
from localcloud.wire.exchange import Answer, Call, Route, json_answer

MAX_SYNC_PAYLOAD = 32 * 1024 * 1024  # bytes
DEFAULT_PAGE = 20
MOST_IN_A_PAGE = 100


class TasksApi:
    """The routes of invocations and their tasks; `submitter` also serves triggers."""

    def __init__(
        self, database: Database, clock: Clock, dispatcher: Dispatcher, submitter: Submitter
    ) -> None:
        self._database = database
        self._clock = clock
        self._dispatcher = dispatcher
        self._submitter = submitter
        function = "/2023-03-30/functions/{functionName}"
        task = function + "/async-tasks/{taskId}"
        self.routes: list[Route] = [
            Route("POST", function + "/invocations", "InvokeFunction", self.invoke),
            Route("GET", function + "/async-tasks", "ListAsyncTasks", self.list_tasks),
            Route("GET", task, "GetAsyncTask", self.get_task),
            Route("PUT", task + "/stop", "StopAsyncTask", self.stop_task),
        ]

    async def invoke(self, call: Call) -> Answer:
        """Synchronously unless X-Fc-Invocation-Type is Async: then 202 once it is durable."""
        function = call.variables["functionName"]
        qualifier = call.query.get("qualifier", "")
        self._require(call, "fc:InvokeFunction", function)
        kind = call.headers.get("x-fc-invocation-type", "Sync").lower()
        if kind == "async":
            return await self._invoke_async(call, function, qualifier)
        if kind == "sync":
            return await self._invoke_sync(call, function, qualifier)
        raise _invalid("X-Fc-Invocation-Type", kind, "Sync or Async")

    async def _invoke_async(self, call: Call, function: str, qualifier: str) -> Answer:
        task_id = call.headers.get("x-fc-async-task-id") or None
        if task_id is not None:
            submissions.check_task_id(task_id)
        submissions.check_payload(call.body)
        accepted = await self._submitter.submit(
            Submission(
                function=function,
                qualifier=qualifier,
                payload=call.body,
                request_id=submissions.new_request_id(),
                task_id=task_id,
                delay=_delay(call.headers),
            )
        )
        headers = {"x-fc-request-id": accepted.request_id}
        if accepted.task_id is not None:
            headers["X-Fc-Async-Task-Id"] = accepted.task_id
        return Answer(202, headers=headers)

    async def _invoke_sync(self, call: Call, function: str, qualifier: str) -> Answer:
        if len(call.body) > MAX_SYNC_PAYLOAD:
            raise Refusal(
                "EntityTooLarge",
                f"payload size exceeds maximum allowed size ({len(call.body)} bytes; a synchronous"
                f" invocation may carry {MAX_SYNC_PAYLOAD})",
                413,
            )
        for header in ("x-fc-async-task-id", "x-fc-async-delay"):
            if header in call.headers:
                raise Refusal(
                    "InvalidArgument", f"{header} is for X-Fc-Invocation-Type: Async only"
                )
        log_type = call.headers.get("x-fc-log-type", "None")
        if log_type.lower() not in ("none", "tail"):
            raise _invalid("X-Fc-Log-Type", log_type, "None or Tail")
        request_id = submissions.new_request_id()
        tail = log_type.lower() == "tail"
        called = await self._dispatcher.call(function, qualifier, call.body, request_id, tail=tail)
        outcome = called.outcome
        if outcome.ending in attempts.SYSTEM_ENDINGS:
            raise Refusal("ResourceExhausted", attempts.error_message(outcome), 429)
        headers = {
            "x-fc-request-id": request_id,
            "X-Fc-Instance-Id": outcome.instance_id,
            "X-Fc-Invocation-Service-Version": called.function.version,
            "X-Fc-Code-Checksum": called.function.code_checksum,
            "X-Fc-Invocation-Duration": str(outcome.duration),
            "X-Fc-Max-Memory-Usage": f"{outcome.peak_memory:.2f}",
        }
        if tail:
            headers["X-Fc-Log-Result"] = base64.b64encode(called.tail).decode()
        error = attempts.error_type(outcome)
        if error:
            headers["X-Fc-Error-Type"] = error
        kind = "application/json" if error else "application/octet-stream"
        return Answer(200, outcome.payload, kind, headers)

    async def list_tasks(self, call: Call) -> Answer:
        """One page of a function's tasks, by the time they were accepted."""
        function = call.variables["functionName"]
        self._require(call, "fc:ListAsyncTasks", function)
        query = call.query
        limit = _number(query, "limit", 1, MOST_IN_A_PAGE)
        order = query.get("sortOrderByTime", "desc").lower()
        if order not in ("asc", "desc"):
            raise _invalid("sortOrderByTime", order, "asc or desc")
        status = _status(query.get("status", ""))
        begin = _number(query, "startedTimeBegin", 0)
        end = _number(query, "startedTimeEnd", 0)
        prefix, qualifier = query.get("prefix", ""), query.get("qualifier", "")
        include_payload = _flag(query, "includePayload")
        token = query.get("nextToken", "")
        after = _read_token(token, order) if token else None
        limit = DEFAULT_PAGE if limit is None else limit

        def page(tx: Transaction) -> list[TaskRow]:
            return store.page(
                tx,
                function,
                prefix=prefix,
                status=status,
                qualifier=qualifier,
                begin=begin,
                end=end,
                after=after,
                descending=order == "desc",
                limit=limit + 1,
                include_payload=include_payload,
            )

        if prefix or qualifier:  # what no index holds together may have to be searched for
            rows = await self._database.read_aside(page)
        else:
            rows = self._database.read(page)
        if not rows:
            self._refuse_unknown(function)
        document: dict[str, Any] = {"tasks": [_document(row) for row in rows[:limit]]}
        if len(rows) > limit:
            document["nextToken"] = _token(rows[limit - 1], order)
        return json_answer(document)

    async def get_task(self, call: Call) -> Answer:
        """One task, with its payload, its result and all that happened to it."""
        function, task_id = call.variables["functionName"], call.variables["taskId"]
        self._require(call, "fc:GetAsyncTask", function)
        row = self._database.read(lambda tx: store.get(tx, function, task_id))
        if row is None or not _of_qualifier(row, call.query.get("qualifier", "")):
            self._refuse_unknown(function)
            raise tasks.not_found(function, task_id)
        return json_answer(_document(row))

    async def stop_task(self, call: Call) -> Answer:
        """Answers once the stop is durable: the task is Stopped, or Stopping until it is true."""
        function, task_id = call.variables["functionName"], call.variables["taskId"]
        qualifier = call.query.get("qualifier", "")
        self._require(call, "fc:StopAsyncTask", function)
        now = self._clock()

        def stop(tx: Transaction) -> None:
            row = store.get(tx, function, task_id)
            if row is None or not _of_qualifier(row, qualifier):
                raise tasks.not_found(function, task_id)
            task, status = tasks.stop(Desk(tx, now, self._dispatcher.wake), function, task_id)
            if status is Status.STOPPING:
                tx.after_commit(lambda: self._dispatcher.stop_requested(task))

        await self._database.write(stop)
        return json_answer({})

    def _require(self, call: Call, action: str, function: str) -> None:
        if call.caller.role_arn is None:
            return
        resource = function_arn(function) if action == "fc:InvokeFunction" else "*"
        self._database.read(lambda tx: access.require(tx, call.caller, action, resource))

    def _refuse_unknown(self, function: str) -> None:
        """Tasks outlive their function; without any, a function that is not there is an error."""
        self._database.read(
            lambda tx: store.has_tasks(tx, function) or functions.resolve(tx, function)
        )


def _of_qualifier(row: TaskRow, qualifier: str) -> bool:
    return not qualifier or row.qualifier == qualifier


def _document(row: TaskRow) -> dict[str, Any]:
    """FC's AsyncTask. `startedTime` is when the task was accepted (ours): it never changes, so
    that lists can be cut by it; when it began to run is in its events."""
    document: dict[str, Any] = {
        "taskId": row.task_id,
        "requestId": row.request_id,
        "functionArn": function_arn(row.function),
        "qualifier": row.qualifier,
        "status": row.status.value,
        "startedTime": row.enqueued_at,
        "alreadyRetriedTimes": max(0, row.attempts - 1),
        "events": [
            {
                "eventId": number,
                "status": event.status.value,
                "timestamp": event.at,
                "eventDetail": event.detail,
            }
            for number, event in enumerate(row.events, 1)
        ],
    }
    if row.ended_at is not None:
        document["endTime"] = row.ended_at
    if row.duration is not None:
        document["durationMs"] = row.duration
    if row.instance_id:
        document["instanceId"] = row.instance_id
    if row.error:
        document["taskErrorMessage"] = row.error
    if row.destination_status:
        document["destinationStatus"] = row.destination_status
    if row.payload is not None:
        document["taskPayload"] = row.payload.decode("utf-8", "replace")
    if row.result is not None:
        document["returnPayload"] = row.result.decode("utf-8", "replace")
    return document


def _token(row: TaskRow, order: str) -> str:
    return base64.urlsafe_b64encode(f"{order}:{row.enqueued_at}:{row.id}".encode()).decode()


def _read_token(token: str, order: str) -> tuple[int, int]:
    try:
        made_for, at, row = base64.urlsafe_b64decode(token.encode()).decode().split(":")
        place = (int(at), int(row))
    except (ValueError, binascii.Error):
        raise _invalid("nextToken", token, "what the page before gave") from None
    if made_for != order:
        raise Refusal(
            "InvalidArgument",
            f"nextToken was given for sortOrderByTime {made_for}, and is used with {order}",
        )
    return place


def _delay(headers: Mapping[str, str]) -> float:
    text = headers.get("x-fc-async-delay", "")
    if not text:
        return 0
    try:
        delay = float(text)
    except ValueError:
        delay = -1
    if not 0 < delay < submissions.MAX_DELAY_SECONDS:
        raise _invalid(
            "X-Fc-Async-Delay", text, f"seconds between 0 and {submissions.MAX_DELAY_SECONDS}"
        )
    return delay


def _number(query: Mapping[str, str], name: str, least: int, most: int | None = None) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    allowed = f"a whole number from {least}" + ("" if most is None else f" to {most}")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise _invalid(name, text, allowed)
    number = int(text)
    if number < least or (most is not None and number > most):
        raise _invalid(name, text, allowed)
    return number


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "") or "false"
    if text.lower() not in ("true", "false"):
        raise _invalid(name, text, "true or false")
    return text.lower() == "true"


def _status(text: str) -> Status | None:
    if not text:
        return None
    try:
        return Status(text)
    except ValueError:
        raise _invalid("status", text, ", ".join(status.value for status in Status)) from None


def _invalid(name: str, value: str, allowed: str) -> Refusal:
    return Refusal("InvalidArgument", f"{name} is {value[:200]!r}; allowed: {allowed}")
