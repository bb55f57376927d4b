"""Tables of functions, their versions, aliases, asynchronous configurations and tags.

A function's configuration is one JSON document of what its user set (camelCase, as FC's API names
it), without code and without defaults: what nobody set must not be given back as if it were.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.store import layers, triggers
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
    """CREATE TABLE function_versions (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        config TEXT NOT NULL,
        code TEXT NOT NULL,
        code_size INTEGER NOT NULL,
        code_checksum TEXT NOT NULL,
        description TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        PRIMARY KEY (function, version)
    )""",
    "CREATE INDEX function_versions_by_code ON function_versions (code)",
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
    """CREATE TABLE async_invoke_configs (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        qualifier TEXT NOT NULL,
        config TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        PRIMARY KEY (function, qualifier)
    )""",
    """CREATE TABLE function_tags (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (function, key)
    )""",
    "CREATE TABLE function_revisions (last INTEGER NOT NULL)",
    "INSERT INTO function_revisions VALUES (0)",
    *triggers.TABLES,
    *layers.TABLES,
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


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version: when, and with which description of its own."""

    function: str
    version: int
    description: str
    created_at: int


@dataclass(frozen=True, slots=True)
class AliasRow:
    """An alias: the version it points at, and what part (0..1) of the calls goes elsewhere."""

    function: str
    name: str
    version: int
    description: str
    weights: Mapping[str, float]
    created_at: int
    modified_at: int


@dataclass(frozen=True, slots=True)
class AsyncConfigRow:
    """An asynchronous configuration of one qualifier, as its user set it."""

    function: str
    qualifier: str
    config: Mapping[str, Any]
    created_at: int
    modified_at: int


def data_folder(tx: Transaction) -> Path:
    """The data folder: the one that holds the database's file."""
    for row in tx.execute("PRAGMA database_list"):
        if row["name"] == "main":
            return Path(row["file"]).parent
    raise AssertionError("SQLite always lists main")


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


def insert_version(tx: Transaction, row: FunctionRow, description: str, now: int) -> int:
    """Freeze the function as it is now; returns the version's number, one above the last one."""
    version = row.last_version + 1
    tx.execute(
        "INSERT INTO function_versions (function, version, config, code, code_size, code_checksum,"
        " description, created_at, revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.name,
            version,
            json.dumps(dict(row.config)),
            row.code,
            row.code_size,
            row.code_checksum,
            description,
            now,
            next_revision(tx),
        ),
    )
    tx.execute("UPDATE functions SET last_version = ? WHERE name = ?", (version, row.name))
    return version


def get_version(tx: Transaction, function: str, version: int) -> VersionRow | None:
    """A published version, or None."""
    row = tx.execute(
        "SELECT function, version, description, created_at FROM function_versions"
        " WHERE function = ? AND version = ?",
        (function, version),
    ).fetchone()
    return None if row is None else VersionRow(**dict(row))


def list_versions(
    tx: Transaction, function: str, start: int | None, limit: int, backward: bool
) -> list[VersionRow]:
    """Versions from number `start` on (inclusive; None: from the end), newest first if backward."""
    compare, order = ("<=", "DESC") if backward else (">=", "ASC")
    bound = start if start is not None else (2**62 if backward else 0)
    rows = tx.execute(
        "SELECT function, version, description, created_at FROM function_versions"  # noqa: S608
        f" WHERE function = ? AND version {compare} ? ORDER BY version {order} LIMIT ?",
        (function, bound, limit),
    )
    return [VersionRow(**dict(row)) for row in rows]


def delete_version(tx: Transaction, function: str, version: int) -> None:
    """Remove a published version."""
    tx.execute(
        "DELETE FROM function_versions WHERE function = ? AND version = ?", (function, version)
    )


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


def get_async_config(tx: Transaction, function: str, qualifier: str) -> AsyncConfigRow | None:
    """The asynchronous configuration of exactly that qualifier, or None."""
    row = tx.execute(
        "SELECT * FROM async_invoke_configs WHERE function = ? AND qualifier = ?",
        (function, qualifier),
    ).fetchone()
    return None if row is None else _async_config(row)


def _async_config(row: Any) -> AsyncConfigRow:
    return AsyncConfigRow(**{**dict(row), "config": json.loads(row["config"])})


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


def get_tags(tx: Transaction, function: str) -> dict[str, str]:
    """A function's tags in order of their keys."""
    rows = tx.execute(
        "SELECT key, value FROM function_tags WHERE function = ? ORDER BY key", (function,)
    )
    return {row["key"]: row["value"] for row in rows}


def set_tag(tx: Transaction, function: str, key: str, value: str) -> None:
    """Add a tag, or give it another value."""
    tx.execute("INSERT OR REPLACE INTO function_tags VALUES (?, ?, ?)", (function, key, value))


def remove_tags(tx: Transaction, function: str, keys: Sequence[str]) -> None:
    """Remove the tags of those keys; keys that are not there are no error."""
    for key in keys:
        tx.execute("DELETE FROM function_tags WHERE function = ? AND key = ?", (function, key))


def runtimes_in_use(tx: Transaction) -> set[str]:
    """The runtimes of all functions and versions."""
    rows = tx.execute(
        "SELECT json_extract(config, '$.runtime') FROM functions"
        " UNION SELECT json_extract(config, '$.runtime') FROM function_versions"
    )
    return {row[0] for row in rows}


def code_in_use(tx: Transaction) -> set[str]:
    """Names of the code folders that a function, a version or a layer refers to."""
    rows = tx.execute(
        "SELECT code FROM functions UNION SELECT code FROM function_versions"
        " UNION SELECT code FROM layer_versions"
        # a deleted layer lives on in the functions that have it
        " UNION SELECT json_extract(l.value, '$.code')"
        " FROM functions, json_each(config, '$.layers') l"
        " UNION SELECT json_extract(l.value, '$.code')"
        " FROM function_versions, json_each(config, '$.layers') l"
    )
    return {row[0] for row in rows if row[0]}
