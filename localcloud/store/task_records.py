"""Tasks as they are looked at: one with all it has, or pages of them by time."""

import json
from dataclasses import dataclass
from typing import Any

from localcloud.fc.life_cycle import Status
from localcloud.store.database import Transaction
from localcloud.store.tasks import Event

_TASK_COLUMNS = """t.id, t.function, t.task_id, t.qualifier, t.request_id, t.status, t.enqueued_at,
    t.expires_at, t.due_at, t.ended_at, t.attempts, t.function_errors, t.system_errors,
    t.chain_depth, t.instance_id, t.duration, t.error, t.destination_status,
    t.events"""

_FEW_MATCHES = 1000  # up to here, sorting what a prefix finds beats walking all tasks by time


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One row. Times in ms, `duration` (of the last attempt) too; `task_id` None: it is no task."""

    id: int
    function: str
    task_id: str | None
    qualifier: str
    request_id: str
    status: Status
    enqueued_at: int
    expires_at: int
    due_at: int | None
    ended_at: int | None
    attempts: int
    function_errors: int
    system_errors: int
    chain_depth: int
    instance_id: str
    duration: int | None
    error: str
    destination_status: str
    events: tuple[Event, ...]
    result: bytes | None
    payload: bytes | None


def _task(row: Any, payload: bytes | None) -> TaskRow:
    values = dict(row)
    values.pop("payload", None)
    values["status"] = Status(values["status"])
    values["events"] = tuple(
        Event(Status(status), at, detail)
        for status, at, detail in json.loads(f"[{values['events']}]")
    )
    return TaskRow(**values, payload=payload)


def get(tx: Transaction, function: str, task_id: str) -> TaskRow | None:
    """A task with its payload, or None."""
    row = tx.execute(
        f"SELECT {_TASK_COLUMNS}, t.result, p.payload FROM tasks t JOIN task_payloads p"  # noqa: S608
        " ON p.id = t.id WHERE t.function = ? AND t.task_id = ?",
        (function, task_id),
    ).fetchone()
    return None if row is None else _task(row, row["payload"])


def has_tasks(tx: Transaction, function: str) -> bool:
    """Whether any task of that function is kept."""
    row = tx.execute(
        "SELECT 1 FROM tasks WHERE function = ? AND task_id IS NOT NULL LIMIT 1", (function,)
    ).fetchone()
    return row is not None


def page(
    tx: Transaction,
    function: str,
    *,
    prefix: str = "",
    status: Status | None = None,
    qualifier: str = "",
    begin: int | None = None,
    end: int | None = None,
    after: tuple[int, int] | None = None,
    descending: bool = True,
    limit: int = 20,
    include_payload: bool = False,
) -> list[TaskRow]:
    """Tasks of a function by the time they were accepted; `after` is (time, id) of the last one.

    `begin` and `end` (ms) both belong to the range.
    """
    where = ["t.function = ?", "t.task_id IS NOT NULL"]
    parameters: list[Any] = [function]
    index = "tasks_by_time"
    if status is not None:
        index = "tasks_by_status"
        where.append("t.status = ?")
        parameters.append(status.value)
    if begin is not None:
        where.append("t.enqueued_at >= ?")
        parameters.append(begin)
    if end is not None:
        where.append("t.enqueued_at <= ?")
        parameters.append(end)
    if qualifier:
        where.append("t.qualifier = ?")
        parameters.append(qualifier)
        if qualifier != "LATEST":
            index = "tasks_by_qualifier"
            where.append("t.qualifier <> 'LATEST'")  # what the index is made for
    if prefix:
        upper = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        few = tx.execute(
            "SELECT count(*) FROM (SELECT 1 FROM tasks WHERE function = ? AND task_id >= ?"
            " AND task_id < ? LIMIT ?)",
            (function, prefix, upper, _FEW_MATCHES + 1),
        ).fetchone()[0]
        if few <= _FEW_MATCHES:
            index = "tasks_by_task_id"
        where.append("t.task_id >= ? AND t.task_id < ?")
        parameters += [prefix, upper]
    if after is not None:
        where.append(f"(t.enqueued_at, t.id) {'<' if descending else '>'} (?, ?)")
        parameters += after
    order = "DESC" if descending else "ASC"
    source, blobs = f"tasks t INDEXED BY {index}", "NULL AS result"
    if include_payload:
        source += " JOIN task_payloads p ON p.id = t.id"
        blobs = "t.result, p.payload"
    rows = tx.execute(
        f"SELECT {_TASK_COLUMNS}, {blobs} FROM {source} WHERE {' AND '.join(where)}"  # noqa: S608
        f" ORDER BY t.enqueued_at {order}, t.id {order} LIMIT ?",
        (*parameters, limit),
    )
    return [_task(row, row["payload"] if include_payload else None) for row in rows]
