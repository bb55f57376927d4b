"""Tables of tasks: asynchronous invocations, their payloads, and the outbox of their results.

An invocation that is no task (asyncTask is not set) has a row without `task_id`, gone when it ends.
`due_at` is set exactly while a row waits for its turn; the two indexes on it hold nothing else, so
that finding the next one does not depend on how many have been kept. `events` is a list of
`[status, ms, detail]` in JSON without its brackets, so that one UPDATE can add to it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.fc.life_cycle import FINAL, WAITING, Status, check
from localcloud.store.database import Transaction

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
        system_errors_since INTEGER,
        chain_depth INTEGER NOT NULL DEFAULT 0,
        instance_id TEXT NOT NULL DEFAULT '',
        duration INTEGER,
        error TEXT NOT NULL DEFAULT '',
        destination_status TEXT NOT NULL DEFAULT '',
        events TEXT NOT NULL,
        result BLOB,
        deleted_function INTEGER
    )""",
    # what the last messages of a deleted function's tasks need of it
    """CREATE TABLE deleted_functions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        deleted_at INTEGER NOT NULL,
        destinations TEXT NOT NULL
    )""",
    "CREATE INDEX tasks_of_deleted ON tasks (deleted_function) WHERE deleted_function IS NOT NULL",
    # the payload is written once; the row above is written at every step, and stays small
    "CREATE TABLE task_payloads (id INTEGER PRIMARY KEY, payload BLOB NOT NULL)",
    "CREATE UNIQUE INDEX tasks_by_task_id ON tasks (function, task_id) WHERE task_id IS NOT NULL",
    """CREATE INDEX tasks_by_time ON tasks (function, enqueued_at, id, qualifier)
        WHERE task_id IS NOT NULL""",
    """CREATE INDEX tasks_by_status ON tasks (function, status, enqueued_at, id, qualifier)
        WHERE task_id IS NOT NULL""",
    "CREATE INDEX tasks_due ON tasks (function, due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX tasks_expiring ON tasks (expires_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX tasks_in_hand ON tasks (id) WHERE status IN ('Dequeued', 'Running', 'Stopping')",
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        task INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        role TEXT NOT NULL,
        destination TEXT NOT NULL,
        chain_depth INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    "CREATE INDEX outbox_due ON outbox (due_at)",
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a task: the status it then had, when (ms), and what else."""

    status: Status
    at: int
    detail: str = ""


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
    system_errors_since: int | None
    chain_depth: int
    instance_id: str
    duration: int | None
    error: str
    destination_status: str
    events: tuple[Event, ...]
    result: bytes | None
    payload: bytes | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """What taking a row from the queue needs of it, and no more."""

    id: int
    task_id: str | None
    qualifier: str
    request_id: str
    status: Status
    enqueued_at: int
    expires_at: int
    attempts: int
    function_errors: int
    system_errors: int
    system_errors_since: int | None
    chain_depth: int
    payload: bytes
    function: str
    deleted_function: int | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A result that is still to be delivered; `tries` so far, `due_at` (ms) for the next one."""

    id: int
    task: int
    request_id: str
    due_at: int
    tries: int
    role: str
    destination: str
    chain_depth: int
    body: bytes


def _event_text(events: Iterable[Event]) -> str:
    return ",".join(
        json.dumps([event.status.value, event.at, event.detail], ensure_ascii=False)
        for event in events
    )


def insert(
    tx: Transaction,
    *,
    function: str,
    task_id: str | None,
    qualifier: str,
    request_id: str,
    payload: bytes,
    now: int,
    due_at: int,
    expires_at: int,
    chain_depth: int,
    detail: str = "",
) -> bool:
    """Put an invocation into the queue; False, and nothing done, when its task id is taken."""
    cursor = tx.connection.execute(
        "INSERT INTO tasks (function, task_id, qualifier, request_id, status, enqueued_at,"
        " expires_at, due_at, chain_depth, events) VALUES (?,?,?,?,'Enqueued',?,?,?,?,?)"
        " ON CONFLICT (function, task_id) WHERE task_id IS NOT NULL DO NOTHING",
        (
            function,
            task_id,
            qualifier,
            request_id,
            now,
            expires_at,
            due_at,
            chain_depth,
            f'["Enqueued", {now}, {json.dumps(detail)}]',
        ),
    )
    if cursor.rowcount == 0:
        return False
    tx.connection.execute("INSERT INTO task_payloads VALUES (?, ?)", (cursor.lastrowid, payload))
    return True


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
        (*columns.values(), _event_text(steps), task, before.value),
    )
    return cursor.rowcount == 1


def take(tx: Transaction, function: str, limit: int, now: int) -> list[WaitingRow]:
    """Take up to `limit` rows of a function whose turn has come, in order; they become Dequeued."""
    rows = [
        _waiting(row)
        for row in tx.execute(
            f"SELECT {_WAITING_COLUMNS} FROM tasks t JOIN task_payloads p ON p.id = t.id"  # noqa: S608
            " WHERE t.function = ? AND t.due_at <= ? ORDER BY t.due_at, t.id LIMIT ?",
            (function, now, limit),
        )
    ]
    if rows:
        for row in rows:
            check(row.status, Status.DEQUEUED)
        tx.execute(
            "UPDATE tasks SET status = 'Dequeued', due_at = NULL, events = events || ?"
            " WHERE id IN (SELECT value FROM json_each(?))",
            ("," + _event_text([Event(Status.DEQUEUED, now)]), json.dumps([r.id for r in rows])),
        )
    return rows


_WAITING_COLUMNS = """t.id, t.task_id, t.qualifier, t.request_id, t.status, t.enqueued_at,
    t.expires_at, t.attempts, t.function_errors, t.system_errors, t.system_errors_since,
    t.chain_depth, p.payload, t.function, t.deleted_function"""


def _waiting(row: Any) -> WaitingRow:
    values = tuple(row)
    return WaitingRow(*values[:4], Status(values[4]), *values[5:])


def waiting_of(tx: Transaction, function: str, limit: int) -> list[WaitingRow]:
    """Rows of a function that wait, due or not, in order of their turn."""
    return [
        _waiting(row)
        for row in tx.execute(
            f"SELECT {_WAITING_COLUMNS} FROM tasks t JOIN task_payloads p ON p.id = t.id"  # noqa: S608
            " WHERE t.function = ? AND t.due_at IS NOT NULL ORDER BY t.due_at, t.id LIMIT ?",
            (function, limit),
        )
    ]


def waiting_row(tx: Transaction, task: int) -> WaitingRow | None:
    """One row as the queue sees it, whatever its status; None where there is none."""
    row = tx.execute(
        f"SELECT {_WAITING_COLUMNS} FROM tasks t JOIN task_payloads p ON p.id = t.id"  # noqa: S608
        " WHERE t.id = ?",
        (task,),
    ).fetchone()
    return None if row is None else _waiting(row)


def expired(tx: Transaction, now: int, limit: int) -> list[WaitingRow]:
    """Rows that wait and are older than they may be."""
    return [
        _waiting(row)
        for row in tx.execute(
            f"SELECT {_WAITING_COLUMNS} FROM tasks t INDEXED BY tasks_expiring"  # noqa: S608
            " JOIN task_payloads p ON p.id = t.id"
            " WHERE t.due_at IS NOT NULL AND t.expires_at <= ? ORDER BY t.expires_at LIMIT ?",
            (now, limit),
        )
    ]


def next_expiry(tx: Transaction) -> int | None:
    """When the next waiting row gets too old (ms), or None where nothing waits."""
    row = tx.execute(
        "SELECT min(expires_at) FROM tasks INDEXED BY tasks_expiring WHERE due_at IS NOT NULL"
    ).fetchone()
    return row[0]


def next_due(tx: Transaction, function: str) -> int | None:
    """When the next turn of a function's waiting rows comes (ms), or None where none waits."""
    row = tx.execute(
        "SELECT due_at FROM tasks WHERE function = ? AND due_at IS NOT NULL"
        " ORDER BY due_at LIMIT 1",
        (function,),
    ).fetchone()
    return None if row is None else row[0]


def functions_waiting(tx: Transaction) -> list[str]:
    """Names of the functions that have rows waiting; one look at the index for each."""
    rows = tx.execute(
        """WITH RECURSIVE waiting (name) AS (
            SELECT (SELECT min(function) FROM tasks INDEXED BY tasks_due WHERE due_at IS NOT NULL)
            UNION ALL
            SELECT (SELECT min(function) FROM tasks INDEXED BY tasks_due
                WHERE due_at IS NOT NULL AND function > waiting.name)
            FROM waiting WHERE waiting.name IS NOT NULL
        ) SELECT name FROM waiting WHERE name IS NOT NULL"""
    )
    return [row[0] for row in rows]


def statuses(tx: Transaction, tasks: Sequence[int]) -> dict[int, tuple[Status, bool]]:
    """Of each of these rows that still exists: the status, and whether its function was deleted."""
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
    return {row[0]: (Status(row[1]), row[2] is not None) for row in found}


def in_hand(tx: Transaction, after: int, limit: int) -> list[WaitingRow]:
    """Rows out of the queue and not at their end, by id, after the row `after`."""
    rows = tx.execute(
        f"SELECT {_WAITING_COLUMNS} FROM tasks t INDEXED BY tasks_in_hand"  # noqa: S608
        " JOIN task_payloads p ON p.id = t.id"
        " WHERE t.status IN ('Dequeued', 'Running', 'Stopping') AND t.id > ?"
        " ORDER BY t.id LIMIT ?",
        (after, limit),
    )
    return [_waiting(row) for row in rows]


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


_TASK_COLUMNS = """t.id, t.function, t.task_id, t.qualifier, t.request_id, t.status, t.enqueued_at,
    t.expires_at, t.due_at, t.ended_at, t.attempts, t.function_errors, t.system_errors,
    t.system_errors_since, t.chain_depth, t.instance_id, t.duration, t.error, t.destination_status,
    t.events"""


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


_FEW_MATCHES = 1000  # up to here, sorting what a prefix finds beats walking all tasks by time


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


def mark_deleted(
    tx: Transaction, function: str, destinations: Mapping[str, tuple[str, str]], now: int
) -> None:
    """Tie what a function has in the queue and in hand to its end.

    `destinations`: for each qualifier role and ARN of the failure destination. The rows that wait
    are due at once, so that whoever looks at the queue next ends them.
    """
    number = tx.execute(
        "INSERT INTO deleted_functions (deleted_at, destinations) VALUES (?, ?)",
        (now, json.dumps(destinations)),
    ).lastrowid
    tx.execute(
        "UPDATE tasks SET deleted_function = ?, due_at = 0"
        " WHERE function = ? AND due_at IS NOT NULL AND deleted_function IS NULL",
        (number, function),
    )
    tx.execute(
        "UPDATE tasks SET deleted_function = ? WHERE id IN"
        " (SELECT id FROM tasks INDEXED BY tasks_in_hand"
        "  WHERE status IN ('Dequeued', 'Running', 'Stopping'))"
        " AND function = ? AND deleted_function IS NULL",
        (number, function),
    )


def failure_destination_of_deleted(
    tx: Transaction, number: int, qualifier: str
) -> tuple[str, str] | None:
    """Role and failure destination that a deleted function had for a qualifier, or None."""
    row = tx.execute("SELECT destinations FROM deleted_functions WHERE id = ?", (number,)).fetchone()
    found = None if row is None else json.loads(row[0]).get(qualifier)
    return None if found is None else (found[0], found[1])


def forget_deleted(tx: Transaction, before: int) -> None:
    """Forget functions deleted before that time (ms) whose tasks are all forgotten."""
    tx.execute(
        "DELETE FROM deleted_functions WHERE deleted_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM tasks WHERE deleted_function = deleted_functions.id)",
        (before,),
    )


def old_rows(tx: Transaction, after: int, limit: int) -> list[tuple[int, int, int | None]]:
    """The `limit` oldest rows behind row `after`: id, when accepted, when ended (ms or None)."""
    rows = tx.execute(
        "SELECT id, enqueued_at, ended_at FROM tasks WHERE id > ? ORDER BY id LIMIT ?",
        (after, limit),
    )
    return [tuple(row) for row in rows]


def put_outbox(
    tx: Transaction,
    *,
    task: int,
    request_id: str,
    due_at: int,
    role: str,
    destination: str,
    chain_depth: int,
    body: bytes,
) -> None:
    """Keep a result that could not be delivered at once."""
    tx.execute(
        "INSERT INTO outbox (task, request_id, due_at, tries, role, destination, chain_depth, body)"
        " VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
        (task, request_id, due_at, role, destination, chain_depth, body),
    )


def outbox_due(tx: Transaction, now: int, limit: int) -> list[OutboxRow]:
    """Results whose next try has come."""
    rows = tx.execute(
        "SELECT * FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?", (now, limit)
    )
    return [OutboxRow(**dict(row)) for row in rows]


def next_delivery(tx: Transaction) -> int | None:
    """When the outbox's next try comes (ms), or None where it is empty."""
    return tx.execute("SELECT min(due_at) FROM outbox").fetchone()[0]


def postpone(tx: Transaction, outbox_row: int, due_at: int) -> None:
    """A try failed: the next one at `due_at`."""
    tx.execute("UPDATE outbox SET due_at = ?, tries = tries + 1 WHERE id = ?", (due_at, outbox_row))


def delivered(tx: Transaction, outbox_row: int) -> None:
    """Take a result out of the outbox: it is delivered, or given up."""
    tx.execute("DELETE FROM outbox WHERE id = ?", (outbox_row,))
