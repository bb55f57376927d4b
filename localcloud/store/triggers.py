"""Tables of triggers; a timer's next time is a column, so that a restart forgets none."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE IF NOT EXISTS triggers (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        name TEXT NOT NULL,
        trigger_id TEXT NOT NULL,
        type TEXT NOT NULL,
        qualifier TEXT NOT NULL,
        settings TEXT NOT NULL,
        config TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        next_fire_at INTEGER,
        PRIMARY KEY (function, name)
    )""",
    "CREATE INDEX IF NOT EXISTS triggers_by_next_fire"
    " ON triggers (next_fire_at) WHERE next_fire_at IS NOT NULL",
)


@dataclass(frozen=True, slots=True)
class TriggerRow:
    """A trigger. `config` is its triggerConfig, a JSON text, exactly as it was sent.

    `settings` holds what else the user set (description, invocationRole, sourceArn). `next_fire_at`
    in ms, None for a trigger that does not fire by the clock.
    """

    function: str
    name: str
    trigger_id: str
    type: str
    qualifier: str
    settings: Mapping[str, Any]
    config: str
    created_at: int
    modified_at: int
    next_fire_at: int | None


def _trigger(row: Any) -> TriggerRow:
    return TriggerRow(**{**dict(row), "settings": json.loads(row["settings"])})


def get_trigger(tx: Transaction, function: str, name: str) -> TriggerRow | None:
    """A trigger, or None."""
    row = tx.execute(
        "SELECT * FROM triggers WHERE function = ? AND name = ?", (function, name)
    ).fetchone()
    return None if row is None else _trigger(row)


def put_trigger(tx: Transaction, trigger: TriggerRow) -> None:
    """Add a trigger, or replace the one of that name."""
    tx.execute(
        "INSERT OR REPLACE INTO triggers (function, name, trigger_id, type, qualifier, settings,"
        " config, created_at, modified_at, next_fire_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            trigger.function,
            trigger.name,
            trigger.trigger_id,
            trigger.type,
            trigger.qualifier,
            json.dumps(dict(trigger.settings)),
            trigger.config,
            trigger.created_at,
            trigger.modified_at,
            trigger.next_fire_at,
        ),
    )


def delete_trigger(tx: Transaction, function: str, name: str) -> None:
    """Remove a trigger."""
    tx.execute("DELETE FROM triggers WHERE function = ? AND name = ?", (function, name))


def list_triggers(
    tx: Transaction, function: str, prefix: str, after: str, limit: int
) -> list[TriggerRow]:
    """A function's triggers in order of their names."""
    rows = tx.execute(
        "SELECT * FROM triggers WHERE function = ? AND name > ? AND substr(name, 1, ?) = ?"
        " ORDER BY name LIMIT ?",
        (function, after, len(prefix), prefix, limit),
    )
    return [_trigger(row) for row in rows]


def due_triggers(tx: Transaction, now: int, limit: int) -> list[TriggerRow]:
    """The timers whose time has come, earliest first."""
    rows = tx.execute(
        "SELECT * FROM triggers WHERE next_fire_at <= ? ORDER BY next_fire_at LIMIT ?",
        (now, limit),
    )
    return [_trigger(row) for row in rows]


def earliest_fire(tx: Transaction) -> int | None:
    """When the next timer is due, in ms; None when there is none."""
    return tx.execute(
        "SELECT min(next_fire_at) FROM triggers WHERE next_fire_at IS NOT NULL"
    ).fetchone()[0]


def set_next_fire(tx: Transaction, function: str, name: str, at: int | None) -> None:
    """When a timer is due next, in ms; None: never."""
    tx.execute(
        "UPDATE triggers SET next_fire_at = ? WHERE function = ? AND name = ?", (at, function, name)
    )
