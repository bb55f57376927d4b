"""What outlives a deleted function: where the ends of its last tasks are to be told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE deleted_functions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        deleted_at INTEGER NOT NULL,
        destinations TEXT NOT NULL
    )""",
    "CREATE INDEX tasks_of_deleted ON tasks (deleted_function) WHERE deleted_function IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class LastSettings:
    """What a function had for one qualifier when it was deleted: its role, and destination ARNs.

    `answers` says for role, action and resource why the role could not do it then, or "".
    """

    role: str
    on_success: str | None
    on_failure: str | None
    answers: Mapping[tuple[str, str, str], str]


def mark(tx: Transaction, function: str, settings: Mapping[str, LastSettings], now: int) -> None:
    """Tie what a function has in the queue and in hand to its end; `settings` by qualifier.

    The rows that wait are due at once, so that whoever looks at the queue next ends them.
    """
    number = tx.execute(
        "INSERT INTO deleted_functions (deleted_at, destinations) VALUES (?, ?)",
        (now, json.dumps({qualifier: _written(last) for qualifier, last in settings.items()})),
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


def _written(last: LastSettings) -> list[object]:
    answers = [[*question, answer] for question, answer in last.answers.items()]
    return [last.role, last.on_failure, last.on_success, answers]


def last_settings(tx: Transaction, number: int, qualifier: str) -> LastSettings | None:
    """What a deleted function had for a qualifier, or None where it had no destination."""
    row = tx.execute(
        "SELECT destinations FROM deleted_functions WHERE id = ?", (number,)
    ).fetchone()
    found: list[Any] | None = None if row is None else json.loads(row[0]).get(qualifier)
    if found is None:
        return None
    if len(found) == 2:  # an earlier localcloud kept role and failure destination alone
        return LastSettings(found[0], None, found[1], {})
    answers = {(role, action, resource): answer for role, action, resource, answer in found[3]}
    return LastSettings(found[0], found[2], found[1], answers)


def forget(tx: Transaction, before: int) -> None:
    """Forget functions deleted before that time (ms) whose tasks are all forgotten."""
    tx.execute(
        "DELETE FROM deleted_functions WHERE deleted_at < ? AND NOT EXISTS"
        " (SELECT 1 FROM tasks WHERE deleted_function = deleted_functions.id)",
        (before,),
    )
