"""Tables of layers: each version of a layer is a code package of its own, never changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE IF NOT EXISTS layer_versions (
        layer TEXT NOT NULL,
        version INTEGER NOT NULL,
        code TEXT NOT NULL,
        code_size INTEGER NOT NULL,
        code_checksum TEXT NOT NULL,
        description TEXT NOT NULL,
        license TEXT NOT NULL,
        compatible_runtimes TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        PRIMARY KEY (layer, version)
    )""",
    "CREATE INDEX IF NOT EXISTS layer_versions_by_code ON layer_versions (code)",
    "CREATE TABLE IF NOT EXISTS layers (name TEXT PRIMARY KEY, last_version INTEGER NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One version of a layer. `code` names its unpacked folder; `code_size` in bytes."""

    layer: str
    version: int
    code: str
    code_size: int
    code_checksum: str
    description: str
    license: str
    compatible_runtimes: Sequence[str]
    created_at: int


def _layer(row: Any) -> LayerRow:
    return LayerRow(**{**dict(row), "compatible_runtimes": json.loads(row["compatible_runtimes"])})


def next_layer_version(tx: Transaction, layer: str) -> int:
    """The number for a layer's next version; a deleted one's number never comes again."""
    tx.execute("INSERT OR IGNORE INTO layers VALUES (?, 0)", (layer,))
    tx.execute("UPDATE layers SET last_version = last_version + 1 WHERE name = ?", (layer,))
    version: int = tx.execute(
        "SELECT last_version FROM layers WHERE name = ?", (layer,)
    ).fetchone()[0]
    return version


def insert_layer(tx: Transaction, row: LayerRow) -> None:
    """Add a version of a layer."""
    tx.execute(
        "INSERT INTO layer_versions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.layer,
            row.version,
            row.code,
            row.code_size,
            row.code_checksum,
            row.description,
            row.license,
            json.dumps(list(row.compatible_runtimes)),
            row.created_at,
        ),
    )


def get_layer(tx: Transaction, layer: str, version: int) -> LayerRow | None:
    """One version of a layer, or None."""
    row = tx.execute(
        "SELECT * FROM layer_versions WHERE layer = ? AND version = ?", (layer, version)
    ).fetchone()
    return None if row is None else _layer(row)


def list_layer_versions(tx: Transaction, layer: str, start: int, limit: int) -> list[LayerRow]:
    """A layer's versions from number `start` (inclusive) down, newest first; 0: from the newest."""
    rows = tx.execute(
        "SELECT * FROM layer_versions WHERE layer = ? AND (? = 0 OR version <= ?)"
        " ORDER BY version DESC LIMIT ?",
        (layer, start, start, limit),
    )
    return [_layer(row) for row in rows]


def list_layers(tx: Transaction, prefix: str, after: str, limit: int) -> list[LayerRow]:
    """The newest version of each layer, in order of the layers' names."""
    rows = tx.execute(
        "SELECT v.* FROM layers l JOIN layer_versions v ON v.layer = l.name AND v.version ="
        " (SELECT max(version) FROM layer_versions WHERE layer = l.name)"
        " WHERE l.name > ? AND substr(l.name, 1, ?) = ? ORDER BY l.name LIMIT ?",
        (after, len(prefix), prefix, limit),
    )
    return [_layer(row) for row in rows]


def delete_layer(tx: Transaction, layer: str, version: int) -> None:
    """Remove a version of a layer."""
    tx.execute("DELETE FROM layer_versions WHERE layer = ? AND version = ?", (layer, version))
