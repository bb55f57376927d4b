"""Tables of functions' aliases."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE function_aliases (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        description TEXT NOT NULL,
        weights TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        PRIMARY KEY (function, name)
    )""",
)


@dataclass(frozen=True, slots=True)
class AliasRow:
    """An alias: the version it points at, and what part (0..1) of the calls goes elsewhere.

    `weights` has the parts by the numbers of the other versions. Times in ms.
    """

    function: str
    name: str
    version: int
    description: str
    weights: Mapping[str, float]
    created_at: int
    modified_at: int


def _alias(row: Any) -> AliasRow:
    return AliasRow(**{**dict(row), "weights": json.loads(row["weights"])})


def get_alias(tx: Transaction, function: str, name: str) -> AliasRow | None:
    """An alias, or None."""
    row = tx.execute(
        "SELECT * FROM function_aliases WHERE function = ? AND name = ?", (function, name)
    ).fetchone()
    return None if row is None else _alias(row)


def put_alias(tx: Transaction, alias: AliasRow) -> None:
    """Add an alias, or replace the one of that name."""
    tx.execute(
        "INSERT OR REPLACE INTO function_aliases (function, name, version, description, weights,"
        " created_at, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            alias.function,
            alias.name,
            alias.version,
            alias.description,
            json.dumps(dict(alias.weights)),
            alias.created_at,
            alias.modified_at,
        ),
    )


def delete_alias(tx: Transaction, function: str, name: str) -> None:
    """Remove an alias."""
    tx.execute("DELETE FROM function_aliases WHERE function = ? AND name = ?", (function, name))


def list_aliases(
    tx: Transaction, function: str, prefix: str, after: str, limit: int
) -> list[AliasRow]:
    """A function's aliases in order of their names."""
    rows = tx.execute(
        "SELECT * FROM function_aliases WHERE function = ? AND name > ?"
        " AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
        (function, after, len(prefix), prefix, limit),
    )
    return [_alias(row) for row in rows]
