"""What outlives a deleted function: where the ends of its last tasks are to be told."""

import json
from collections.abc import Mapping

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE deleted_functions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        deleted_at INTEGER NOT NULL,
        destinations TEXT NOT NULL
    )""",
    "CREATE INDEX tasks_of_deleted ON tasks (deleted_function) WHERE deleted_function IS NOT NULL",
)


def mark(
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


def failure_destination(tx: Transaction, number: int, qualifier: str) -> tuple[str, str] | None:
    """Role and failure destination that a deleted function had for a qualifier, or None."""
    row = tx.execute(
        "SELECT destinations FROM deleted_functions WHERE id = ?", (number,)
    ).fetchone()
    found = None if row is None else json.loads(row[0]).get(qualifier)
    return None if found is None else (found[0], found[1])


def forget(tx: Transaction, before: int) -> None:
    """Forget functions deleted before that time (ms) whose tasks are all forgotten."""
    tx.execute(
        "DELETE FROM deleted_functions WHERE deleted_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM tasks WHERE deleted_function = deleted_functions.id)",
        (before,),
    )
