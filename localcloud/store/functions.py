"""Tables of functions: each as it is now.

A function's configuration is one JSON document of what its user set (camelCase, as FC's API names
it), without code and without defaults: what nobody set must not be given back as if it were.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE functions (
        name TEXT PRIMARY KEY,
        function_id TEXT NOT NULL,
        config TEXT NOT NULL,
        code TEXT NOT NULL,
        code_size INTEGER NOT NULL,
        code_checksum TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        last_version INTEGER NOT NULL DEFAULT 0,
        reserved_concurrency INTEGER,
        disabled_at INTEGER,
        disabled_reason TEXT NOT NULL DEFAULT '',
        restriction_changed_at INTEGER
    )""",
    "CREATE INDEX functions_by_code ON functions (code)",
    "CREATE TABLE function_revisions (last INTEGER NOT NULL)",
    "INSERT INTO function_revisions VALUES (0)",
)

LATEST = "LATEST"


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One function as it is now, or as one of its versions froze it.

    `version` is LATEST or a number as text. `code` names the unpacked folder by content, "" for a
    function without a code package; `code_size` in bytes. Times in ms. The fields from
    `reserved_concurrency` on belong to the function as a whole, whatever the version.
    """

    name: str
    version: str
    function_id: str
    config: Mapping[str, Any]
    code: str
    code_size: int
    code_checksum: str
    created_at: int
    modified_at: int
    revision: int
    last_version: int
    reserved_concurrency: int | None
    disabled: bool
    disabled_reason: str
    restriction_changed_at: int | None


def next_revision(tx: Transaction) -> int:
    """A number that no function or version has had before, greater than all of them."""
    tx.execute("UPDATE function_revisions SET last = last + 1")
    revision: int = tx.execute("SELECT last FROM function_revisions").fetchone()[0]
    return revision


_LATEST_COLUMNS = """name, 'LATEST' AS version, function_id, config, code, code_size, code_checksum,
    created_at, modified_at, revision, last_version, reserved_concurrency, disabled_at,
    disabled_reason, restriction_changed_at"""

_VERSION_COLUMNS = """f.name, CAST(v.version AS TEXT) AS version, f.function_id, v.config, v.code,
    v.code_size, v.code_checksum, v.created_at, v.created_at AS modified_at, v.revision,
    f.last_version, f.reserved_concurrency, f.disabled_at, f.disabled_reason,
    f.restriction_changed_at"""


def _function(row: Any) -> FunctionRow:
    return FunctionRow(
        name=row["name"],
        version=row["version"],
        function_id=row["function_id"],
        config=json.loads(row["config"]),
        code=row["code"],
        code_size=row["code_size"],
        code_checksum=row["code_checksum"],
        created_at=row["created_at"],
        modified_at=row["modified_at"],
        revision=row["revision"],
        last_version=row["last_version"],
        reserved_concurrency=row["reserved_concurrency"],
        disabled=row["disabled_at"] is not None,
        disabled_reason=row["disabled_reason"],
        restriction_changed_at=row["restriction_changed_at"],
    )


def get_function(tx: Transaction, name: str) -> FunctionRow | None:
    """The function as it is now (version LATEST), or None."""
    row = tx.execute(f"SELECT {_LATEST_COLUMNS} FROM functions WHERE name = ?", (name,)).fetchone()  # noqa: S608
    return None if row is None else _function(row)


def get_function_at(tx: Transaction, name: str, version: int) -> FunctionRow | None:
    """The function as its published version froze it, or None."""
    row = tx.execute(
        f"SELECT {_VERSION_COLUMNS} FROM function_versions v"  # noqa: S608
        " JOIN functions f ON f.name = v.function WHERE v.function = ? AND v.version = ?",
        (name, version),
    ).fetchone()
    return None if row is None else _function(row)


def insert_function(
    tx: Transaction,
    name: str,
    function_id: str,
    config: Mapping[str, Any],
    code: tuple[str, int, str],
    now: int,
) -> None:
    """Add a function. `code` is its folder's name, size in bytes and checksum."""
    tx.execute(
        "INSERT INTO functions (name, function_id, config, code, code_size, code_checksum,"
        " created_at, modified_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (name, function_id, json.dumps(config), *code, now, now, next_revision(tx)),
    )


def replace_function(
    tx: Transaction, name: str, config: Mapping[str, Any], code: tuple[str, int, str], now: int
) -> None:
    """Give a function a new configuration and code, and with them a new revision."""
    tx.execute(
        "UPDATE functions SET config = ?, code = ?, code_size = ?, code_checksum = ?,"
        " modified_at = ?, revision = ? WHERE name = ?",
        (json.dumps(config), *code, now, next_revision(tx), name),
    )


def delete_function(tx: Transaction, name: str) -> None:
    """Remove a function and all that hangs on it."""
    tx.execute("DELETE FROM functions WHERE name = ?", (name,))


def list_functions(tx: Transaction, prefix: str, after: str, limit: int) -> list[FunctionRow]:
    """Functions in order of their names: those that begin with `prefix`, after the name `after`."""
    rows = tx.execute(
        f"SELECT {_LATEST_COLUMNS} FROM functions"  # noqa: S608
        " WHERE name > ? AND name >= ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?",
        (after, prefix, len(prefix), prefix, limit),
    )
    return [_function(row) for row in rows]


def set_reserved_concurrency(tx: Transaction, name: str, reserved: int | None) -> None:
    """Reserve that many concurrent calls for a function; None takes the reservation away."""
    tx.execute("UPDATE functions SET reserved_concurrency = ? WHERE name = ?", (reserved, name))


def list_reserved(tx: Transaction, after: str, limit: int) -> list[tuple[str, int]]:
    """Names and reservations of the functions that have one, in order of their names."""
    rows = tx.execute(
        "SELECT name, reserved_concurrency FROM functions"
        " WHERE name > ? AND reserved_concurrency IS NOT NULL ORDER BY name LIMIT ?",
        (after, limit),
    )
    return [(row[0], row[1]) for row in rows]


def set_disabled(tx: Transaction, name: str, disabled: bool, reason: str, now: int) -> None:
    """Disable or enable invocation of a function."""
    tx.execute(
        "UPDATE functions SET disabled_at = ?, disabled_reason = ?, restriction_changed_at = ?"
        " WHERE name = ?",
        (now if disabled else None, reason, now, name),
    )
