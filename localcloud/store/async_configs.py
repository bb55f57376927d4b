"""Tables of asynchronous configurations: one for each qualifier of a function that has one.

A configuration is one JSON document of what its user set, without defaults: what nobody set must
not be given back as if it were.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE async_invoke_configs (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        qualifier TEXT NOT NULL,
        config TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        PRIMARY KEY (function, qualifier)
    )""",
)


@dataclass(frozen=True, slots=True)
class AsyncConfigRow:
    """An asynchronous configuration of one qualifier, as its user set it. Times in ms."""

    function: str
    qualifier: str
    config: Mapping[str, Any]
    created_at: int
    modified_at: int


def _async_config(row: Any) -> AsyncConfigRow:
    return AsyncConfigRow(**{**dict(row), "config": json.loads(row["config"])})


def get_async_config(tx: Transaction, function: str, qualifier: str) -> AsyncConfigRow | None:
    """The asynchronous configuration of exactly that qualifier, or None."""
    row = tx.execute(
        "SELECT * FROM async_invoke_configs WHERE function = ? AND qualifier = ?",
        (function, qualifier),
    ).fetchone()
    return None if row is None else _async_config(row)


def put_async_config(
    tx: Transaction, function: str, qualifier: str, config: Mapping[str, Any], now: int
) -> None:
    """Set the asynchronous configuration of a qualifier; the first one's time of creation stays."""
    tx.execute(
        "INSERT INTO async_invoke_configs (function, qualifier, config, created_at, modified_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (function, qualifier)"
        " DO UPDATE SET config = excluded.config, modified_at = excluded.modified_at",
        (function, qualifier, json.dumps(dict(config)), now, now),
    )


def delete_async_config(tx: Transaction, function: str, qualifier: str) -> None:
    """Remove the asynchronous configuration of a qualifier."""
    tx.execute(
        "DELETE FROM async_invoke_configs WHERE function = ? AND qualifier = ?",
        (function, qualifier),
    )


def list_async_configs(
    tx: Transaction, function: str, after: tuple[str, str], limit: int
) -> list[AsyncConfigRow]:
    """Configurations in order of function and qualifier; of one function only when it is named."""
    rows = tx.execute(
        "SELECT * FROM async_invoke_configs WHERE (function, qualifier) > (?, ?)"
        " AND (? = '' OR function = ?) ORDER BY function, qualifier LIMIT ?",
        (*after, function, function, limit),
    )
    return [_async_config(row) for row in rows]
