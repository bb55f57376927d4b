"""The queue: tasks that wait for their turn, and those that were taken from it."""

import json
from dataclasses import dataclass
from typing import Any

from localcloud.fc.life_cycle import Status, check
from localcloud.store.database import Transaction
from localcloud.store.tasks import Event, event_text

_WAITING_COLUMNS = """t.id, t.task_id, t.qualifier, t.request_id, t.status, t.enqueued_at,
    t.expires_at, t.attempts, t.function_errors, t.system_errors,
    t.chain_depth, p.payload, t.function, t.deleted_function"""


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
    chain_depth: int
    payload: bytes
    function: str
    deleted_function: int | None


def _waiting(row: Any) -> WaitingRow:
    values: list[Any] = list(row)
    values[4] = Status(values[4])
    return WaitingRow(*values)


def take(tx: Transaction, function: str, limit: int, now: int) -> list[WaitingRow]:
    """Take up to `limit` rows of a function whose turn has come, in order; they become Dequeued.

    A row that is too old is not taken, whoever is to end it.
    """
    rows = [
        _waiting(row)
        for row in tx.execute(
            f"SELECT {_WAITING_COLUMNS} FROM tasks t JOIN task_payloads p ON p.id = t.id"  # noqa: S608
            " WHERE t.function = ? AND t.due_at <= ? AND t.expires_at > ?"
            " ORDER BY t.due_at, t.id LIMIT ?",
            (function, now, now, limit),
        )
    ]
    if rows:
        for row in rows:
            check(row.status, Status.DEQUEUED)
        tx.execute(
            "UPDATE tasks SET status = 'Dequeued', due_at = NULL, events = events || ?"
            " WHERE id IN (SELECT value FROM json_each(?))",
            ("," + event_text([Event(Status.DEQUEUED, now)]), json.dumps([r.id for r in rows])),
        )
    return rows


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
