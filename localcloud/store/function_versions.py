"""Tables of functions' published versions: what a function was when each was published."""

import json
from dataclasses import dataclass

from localcloud.store.database import Transaction
from localcloud.store.functions import FunctionRow, next_revision

TABLES: tuple[str, ...] = (
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
)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A published version: when (ms), and with which description of its own."""

    function: str
    version: int
    description: str
    created_at: int


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
