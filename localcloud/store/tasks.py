"""Tables of tasks (asynchronous invocations) and their payloads, and how a row changes.

An invocation that is no task (asyncTask is not set) has a row without `task_id`, gone when it ends.
`due_at` is set exactly while a row waits for its turn; the two indexes on it hold nothing else, so
that finding the next one does not depend on how many have been kept. `events` is a list of
`[status, ms, detail]` in JSON without its brackets, so that one UPDATE can add to it.
"""

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.fc.life_cycle import FINAL, WAITING, Status, check
from localcloud.store import deleted_functions, outbox
from localcloud.store.database import Transaction

_MOST_ROWS = 32  # in a statement; each number of rows is a statement of its own, kept prepared

BY_QUALIFIER = """CREATE INDEX tasks_by_qualifier ON tasks (function, qualifier, enqueued_at, id)
    WHERE task_id IS NOT NULL AND qualifier <> 'LATEST'"""
"""Nearly every task is LATEST's: those cost no entry here."""

TABLES: tuple[str, ...] = (
    """CREATE TABLE tasks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        function TEXT NOT NULL,
        task_id TEXT,
        qualifier TEXT NOT NULL,
        request_id TEXT NOT NULL,
        status TEXT NOT NULL,
        enqueued_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        due_at INTEGER,
        ended_at INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        function_errors INTEGER NOT NULL DEFAULT 0,
        system_errors INTEGER NOT NULL DEFAULT 0,
        chain_depth INTEGER NOT NULL DEFAULT 0,
        instance_id TEXT NOT NULL DEFAULT '',
        duration INTEGER,
        error TEXT NOT NULL DEFAULT '',
        destination_status TEXT NOT NULL DEFAULT '',
        events TEXT NOT NULL,
        result BLOB,
        deleted_function INTEGER
    )""",
    # the payload is written once; the row above is written at every step, and stays small
    "CREATE TABLE task_payloads (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    "CREATE UNIQUE INDEX tasks_by_task_id ON tasks (function, task_id) WHERE task_id IS NOT NULL",
    """CREATE INDEX tasks_by_time ON tasks (function, enqueued_at, id, qualifier)
        WHERE task_id IS NOT NULL""",
    """CREATE INDEX tasks_by_status ON tasks (function, status, enqueued_at, id, qualifier)
        WHERE task_id IS NOT NULL""",
    BY_QUALIFIER,
    "CREATE INDEX tasks_due ON tasks (function, due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX tasks_in_hand ON tasks (id) WHERE status IN ('Dequeued', 'Running', 'Stopping')",
    *outbox.TABLES,
    *deleted_functions.TABLES,
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a task: the status it then had, when (ms), and what else."""

    status: Status
    at: int
    detail: str = ""


@dataclass(slots=True)
class NewTask:
    """An invocation that is to wait for its turn. Times in ms; `task_id` None: it is no task."""

    function: str
    task_id: str | None
    qualifier: str
    request_id: str
    payload: bytes
    enqueued_at: int
    due_at: int
    expires_at: int
    chain_depth: int = 0
    detail: str = ""


def event_text(events: Iterable[Event]) -> str:
    """Events as they stand in the column, without brackets around them."""
    return ",".join(
        json.dumps([event.status.value, event.at, event.detail], ensure_ascii=False)
        for event in events
    )


def is_taken(tx: Transaction, function: str, task_id: str) -> bool:
    """Whether a task of that function has this id."""
    found = tx.execute(
        "SELECT 1 FROM tasks WHERE function = ? AND task_id = ?", (function, task_id)
    ).fetchone()
    return found is not None


def insert(tx: Transaction, tasks: Sequence[NewTask]) -> None:
    """Put invocations into the queue, whose task ids are not taken; many by one statement."""
    for start in range(0, len(tasks), _MOST_ROWS):
        some = tasks[start : start + _MOST_ROWS]
        into_tasks, into_payloads = _inserts(len(some))
        values: list[Any] = []
        for task in some:
            values += (
                task.function,
                task.task_id,
                task.qualifier,
                task.request_id,
                task.enqueued_at,
                task.expires_at,
                task.due_at,
                task.chain_depth,
                f'["Enqueued", {task.enqueued_at}, {json.dumps(task.detail)}]',
            )
        last = tx.connection.execute(into_tasks, values).lastrowid or 0
        payloads: list[Any] = []
        for row, task in enumerate(some, last - len(some) + 1):  # AUTOINCREMENT: without a gap
            payloads += (row, task.payload)
        tx.connection.execute(into_payloads, payloads)


@functools.cache
def _inserts(rows: int) -> tuple[str, str]:
    return (
        "INSERT INTO tasks (function, task_id, qualifier, request_id, status, enqueued_at,"
        " expires_at, due_at, chain_depth, events) VALUES"
        + ",".join(["(?,?,?,?,'Enqueued',?,?,?,?,?)"] * rows),
        "INSERT INTO task_payloads VALUES" + ",".join(["(?,?)"] * rows),
    )


def move(
    tx: Transaction,
    task: int,
    before: Status,
    steps: Sequence[Event],
    *,
    due_at: int | None = None,
    changes: Mapping[str, Any] | None = None,
) -> bool:
    """Take a row that is `before` through `steps`; False, and nothing done, when it is not that.

    The only way a status changes. Every step is looked up in the table of the life cycle; a row
    that ends up waiting needs `due_at`, any other must have none. `changes` sets further columns.
    """
    after = before
    for step in steps:
        check(after, step.status)
        after = step.status
    if (due_at is not None) != (after in WAITING):
        raise ValueError(f"due_at is {due_at}, and the task becomes {after.value}")
    columns: dict[str, Any] = {"status": after.value, "due_at": due_at}
    if after in FINAL:
        columns["ended_at"] = steps[-1].at
    if changes:
        columns.update(changes)
    assignments = "".join(f"{name} = ?, " for name in columns)
    cursor = tx.connection.execute(
        f"UPDATE tasks SET {assignments}events = events || ',' || ?"  # noqa: S608 - our own names
        " WHERE id = ? AND status = ?",
        (*columns.values(), event_text(steps), task, before.value),
    )
    return cursor.rowcount == 1


def statuses(tx: Transaction, tasks: Sequence[int]) -> dict[int, tuple[Status, int | None]]:
    """Of each of these rows that still exists: the status, and which deleted function's it is."""
    if len(tasks) == 1:
        found = tx.execute(
            "SELECT id, status, deleted_function FROM tasks WHERE id = ?", (tasks[0],)
        )
    else:
        found = tx.execute(
            "SELECT id, status, deleted_function FROM tasks"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(tasks)),),
        )
    return {row[0]: (Status(row[1]), row[2]) for row in found}


def remove(tx: Transaction, tasks: Sequence[int]) -> None:
    """Delete rows and their payloads; what waits in the outbox stays."""
    ids = json.dumps(list(tasks))
    tx.execute("DELETE FROM tasks WHERE id IN (SELECT value FROM json_each(?))", (ids,))
    tx.execute("DELETE FROM task_payloads WHERE id IN (SELECT value FROM json_each(?))", (ids,))


def add_event(tx: Transaction, task: int, at: int, detail: str, destination_status: str) -> None:
    """Note what became of a task's delivery, under the status that it has; none there is fine."""
    tx.execute(
        "UPDATE tasks SET destination_status = ?,"
        " events = events || ',' || json_array(status, ?, ?) WHERE id = ?",
        (destination_status, at, detail, task),
    )


def old_rows(tx: Transaction, after: int, limit: int) -> list[tuple[int, int, int | None]]:
    """The `limit` oldest rows behind row `after`: id, when accepted, when ended (ms or None)."""
    rows = tx.execute(
        "SELECT id, enqueued_at, ended_at FROM tasks WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [tuple(row) for row in rows]
