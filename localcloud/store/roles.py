"""Tables of RAM roles."""

from dataclasses import dataclass

from localcloud.store import ram_tags
from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE roles (
        role_key TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        role_id TEXT NOT NULL UNIQUE,
        trust_document TEXT NOT NULL,
        description TEXT NOT NULL,
        max_session_duration INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Role:
    """A RAM role. Names that differ only in case are one name: `key` is the name in lower case.

    `max_session_duration` in seconds; `created` and `updated` in ms.
    """

    key: str
    name: str
    role_id: str
    trust_document: str
    description: str
    max_session_duration: int
    created: int
    updated: int


# Role has its table's columns in its table's order: SELECT * fills it.


def role_key(name: str) -> str:
    """The key of a role's name."""
    return name.lower()


def find_role(tx: Transaction, name: str) -> Role | None:
    """The role of this name, whatever its case."""
    row = tx.execute("SELECT * FROM roles WHERE role_key = ?", (role_key(name),)).fetchone()
    return Role(*row) if row else None


def add_role(tx: Transaction, role: Role) -> None:
    """Store a new role."""
    tx.execute(
        "INSERT INTO roles VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            role.key,
            role.name,
            role.role_id,
            role.trust_document,
            role.description,
            role.max_session_duration,
            role.created,
            role.updated,
        ),
    )


def change_role(
    tx: Transaction,
    key: str,
    trust_document: str,
    description: str,
    max_session_duration: int,
    updated: int,
) -> None:
    """Store the changeable parts of a role."""
    tx.execute(
        "UPDATE roles SET trust_document = ?, description = ?, max_session_duration = ?,"
        " updated = ? WHERE role_key = ?",
        (trust_document, description, max_session_duration, updated, key),
    )


def remove_role(tx: Transaction, key: str) -> None:
    """Forget a role that has no policies attached, and its tags."""
    ram_tags.remove_tags(tx, "role", key)
    tx.execute("DELETE FROM roles WHERE role_key = ?", (key,))


def list_roles(tx: Transaction, after: str, most: int) -> list[Role]:
    """Up to `most` roles in the order of their keys, behind the key `after`."""
    rows = tx.execute(
        "SELECT * FROM roles WHERE role_key > ? ORDER BY role_key LIMIT ?", (after, most)
    )
    return [Role(*row) for row in rows]


def count_roles(tx: Transaction) -> int:
    """How many roles there are."""
    return tx.execute("SELECT count(*) FROM roles").fetchone()[0]
