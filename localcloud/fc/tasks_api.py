"""ListAsyncTasks, GetAsyncTask and StopAsyncTask of FC 2023-03-30.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-listasynctasks
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from localcloud.clock import Clock
from localcloud.fc import functions, tasks
from localcloud.fc.arns import function_arn
from localcloud.fc.desk import Desk
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.invoke_api import invalid, require
from localcloud.fc.life_cycle import Status
from localcloud.refusal import Refusal
from localcloud.store import task_records
from localcloud.store.database import Database, Transaction
from localcloud.store.task_records import TaskRow
from localcloud.whole_number import whole_number
from localcloud.wire.exchange import Answer, Call, Route, json_answer

DEFAULT_PAGE = 20
MOST_IN_A_PAGE = 100


class TasksApi:
    """The routes of tasks that were submitted."""

    def __init__(self, database: Database, clock: Clock, dispatcher: Dispatcher) -> None:
        self._database = database
        self._clock = clock
        self._dispatcher = dispatcher
        function = "/2023-03-30/functions/{functionName}"
        task = function + "/async-tasks/{taskId}"
        self.routes: list[Route] = [
            Route("GET", function + "/async-tasks", "ListAsyncTasks", self.list_tasks),
            Route("GET", task, "GetAsyncTask", self.get_task),
            Route("PUT", task + "/stop", "StopAsyncTask", self.stop_task),
        ]

    async def list_tasks(self, call: Call) -> Answer:
        """One page of a function's tasks, by the time they were accepted."""
        function = call.variables["functionName"]
        require(self._database, call, "fc:ListAsyncTasks", function)
        query = call.query
        limit = _number(query, "limit", 1, MOST_IN_A_PAGE)
        order = query.get("sortOrderByTime", "desc").lower()
        if order not in ("asc", "desc"):
            raise invalid("sortOrderByTime", order, "asc or desc")
        status = _status(query.get("status", ""))
        begin = _number(query, "startedTimeBegin", 0)
        end = _number(query, "startedTimeEnd", 0)
        prefix, qualifier = query.get("prefix", ""), query.get("qualifier", "")
        include_payload = _flag(query, "includePayload")
        token = query.get("nextToken", "")
        after = _read_token(token, order) if token else None
        limit = DEFAULT_PAGE if limit is None else limit

        def page(tx: Transaction) -> list[TaskRow]:
            return task_records.page(
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
        require(self._database, call, "fc:GetAsyncTask", function)
        row = self._database.read(lambda tx: task_records.get(tx, function, task_id))
        if row is None or not _of_qualifier(row, call.query.get("qualifier", "")):
            self._refuse_unknown(function)
            raise tasks.not_found(function, task_id)
        return json_answer(_document(row))

    async def stop_task(self, call: Call) -> Answer:
        """Answers once the stop is durable: the task is Stopped, or Stopping until it is true."""
        function, task_id = call.variables["functionName"], call.variables["taskId"]
        qualifier = call.query.get("qualifier", "")
        require(self._database, call, "fc:StopAsyncTask", function)
        now = self._clock()

        def stop(tx: Transaction) -> None:
            row = task_records.get(tx, function, task_id)
            if row is None or not _of_qualifier(row, qualifier):
                raise tasks.not_found(function, task_id)
            task, status = tasks.stop(Desk(tx, now, self._dispatcher.submitted), function, task_id)
            if status is Status.STOPPING:
                tx.after_commit(lambda: self._dispatcher.stop_requested(task))

        await self._database.write(stop)
        return json_answer({})

    def _refuse_unknown(self, function: str) -> None:
        """Tasks outlive their function; without any, a function that is not there is an error."""
        self._database.read(
            lambda tx: task_records.has_tasks(tx, function) or functions.resolve(tx, function)
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
    except (ValueError, binascii.Error):
        made_for = at = row = ""
    place = whole_number(at), whole_number(row)
    if place[0] is None or place[1] is None:
        raise invalid("nextToken", token, "what the page before gave")
    if made_for != order:
        raise Refusal(
            "InvalidArgument",
            f"nextToken was given for sortOrderByTime {made_for}, and is used with {order}",
        )
    return place[0], place[1]


def _number(query: Mapping[str, str], name: str, least: int, most: int | None = None) -> int | None:
    text = query.get(name, "")
    if not text:
        return None
    allowed = f"a whole number from {least}" + ("" if most is None else f" to {most}")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise invalid(name, text, allowed)
    number = int(text)
    if number < least or (most is not None and number > most):
        raise invalid(name, text, allowed)
    return number


def _flag(query: Mapping[str, str], name: str) -> bool:
    text = query.get(name, "") or "false"
    if text.lower() not in ("true", "false"):
        raise invalid(name, text, "true or false")
    return text.lower() == "true"


def _status(text: str) -> Status | None:
    if not text:
        return None
    try:
        return Status(text)
    except ValueError:
        raise invalid("status", text, ", ".join(status.value for status in Status)) from None
