"""Tables of functions' tags."""

from collections.abc import Sequence

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE function_tags (
        function TEXT NOT NULL REFERENCES functions (name) ON DELETE CASCADE,
        key TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (function, key)
    )""",
)


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
