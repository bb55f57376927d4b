"""Tables of RAM's tags: of roles, by their keys, and of custom policies, by their names."""

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE ram_tags (
        resource_type TEXT NOT NULL,
        resource_key TEXT NOT NULL,
        tag_key TEXT NOT NULL,
        tag_value TEXT NOT NULL,
        PRIMARY KEY (resource_type, resource_key, tag_key)
    ) WITHOUT ROWID""",
)


def set_tag(tx: Transaction, resource_type: str, key: str, tag_key: str, tag_value: str) -> None:
    """Put a tag on a role or policy, over an older value of the same key."""
    tx.execute(
        "INSERT INTO ram_tags (resource_type, resource_key, tag_key, tag_value)"
        " VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET tag_value = excluded.tag_value",
        (resource_type, key, tag_key, tag_value),
    )


def remove_tag(tx: Transaction, resource_type: str, key: str, tag_key: str) -> None:
    """Take a tag off, if it is there."""
    tx.execute(
        "DELETE FROM ram_tags WHERE resource_type = ? AND resource_key = ? AND tag_key = ?",
        (resource_type, key, tag_key),
    )


def remove_tags(tx: Transaction, resource_type: str, key: str) -> None:
    """Take all tags off."""
    tx.execute(
        "DELETE FROM ram_tags WHERE resource_type = ? AND resource_key = ?", (resource_type, key)
    )


def tags_of(tx: Transaction, resource_type: str, key: str) -> dict[str, str]:
    """The tags of a role (by its key) or of a policy (by its name)."""
    rows = tx.execute(
        "SELECT tag_key, tag_value FROM ram_tags WHERE resource_type = ? AND resource_key = ?"
        " ORDER BY tag_key",
        (resource_type, key),
    )
    return {row[0]: row[1] for row in rows}


def tagged_resources(tx: Transaction, resource_type: str) -> list[str]:
    """The keys of the roles or policies that have tags."""
    rows = tx.execute(
        "SELECT DISTINCT resource_key FROM ram_tags WHERE resource_type = ? ORDER BY resource_key",
        (resource_type,),
    )
    return [row[0] for row in rows]
