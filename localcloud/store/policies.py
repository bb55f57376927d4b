"""Tables of custom policies and their versions."""

from dataclasses import dataclass

from localcloud.store import policy_attachments, ram_tags
from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE policies (
        name TEXT PRIMARY KEY,
        description TEXT NOT NULL,
        default_version INTEGER NOT NULL,
        latest_version INTEGER NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE policy_versions (
        policy_name TEXT NOT NULL REFERENCES policies ON DELETE CASCADE,
        version INTEGER NOT NULL,
        document TEXT NOT NULL,
        created INTEGER NOT NULL,
        PRIMARY KEY (policy_name, version)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Policy:
    """A custom policy; its documents are in its versions. `created` and `updated` in ms."""

    name: str
    description: str
    default_version: int
    latest_version: int
    created: int
    updated: int


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a custom policy: v1 has `version` 1. `created` in ms."""

    policy_name: str
    version: int
    document: str
    created: int


# Policy has its table's columns in its table's order: SELECT * fills it.


def find_policy(tx: Transaction, name: str) -> Policy | None:
    """The custom policy of this name."""
    row = tx.execute("SELECT * FROM policies WHERE name = ?", (name,)).fetchone()
    return Policy(*row) if row else None


def add_policy(tx: Transaction, name: str, description: str, document: str, now: int) -> None:
    """Store a new policy with its first version, which is the default."""
    tx.execute("INSERT INTO policies VALUES (?, ?, 1, 1, ?, ?)", (name, description, now, now))
    _add_version(tx, PolicyVersion(name, 1, document, now))


def change_policy_description(tx: Transaction, name: str, description: str, updated: int) -> None:
    """Store another description."""
    tx.execute(
        "UPDATE policies SET description = ?, updated = ? WHERE name = ?",
        (description, updated, name),
    )


def set_default_version(tx: Transaction, name: str, version: int, updated: int) -> None:
    """Make a stored version the one that counts."""
    tx.execute(
        "UPDATE policies SET default_version = ?, updated = ? WHERE name = ?",
        (version, updated, name),
    )


def remove_policy(tx: Transaction, name: str) -> None:
    """Forget a policy with its versions, tags and attachments."""
    ram_tags.remove_tags(tx, "policy", name)
    policy_attachments.detach_from_all(tx, "Custom", name)
    tx.execute("DELETE FROM policies WHERE name = ?", (name,))


def list_policies(tx: Transaction, after: str, most: int) -> list[Policy]:
    """Up to `most` custom policies in the order of their names, behind the name `after`."""
    rows = tx.execute("SELECT * FROM policies WHERE name > ? ORDER BY name LIMIT ?", (after, most))
    return [Policy(*row) for row in rows]


def count_policies(tx: Transaction) -> int:
    """How many custom policies there are."""
    return tx.execute("SELECT count(*) FROM policies").fetchone()[0]


def list_versions(tx: Transaction, name: str) -> list[PolicyVersion]:
    """All versions of a custom policy, the oldest first."""
    rows = tx.execute(
        "SELECT policy_name, version, document, created FROM policy_versions"
        " WHERE policy_name = ? ORDER BY version",
        (name,),
    )
    return [PolicyVersion(*row) for row in rows]


def add_version(tx: Transaction, name: str, document: str, now: int) -> PolicyVersion:
    """Store the next version of a policy; its number is never given twice."""
    tx.execute(
        "UPDATE policies SET latest_version = latest_version + 1, updated = ? WHERE name = ?",
        (now, name),
    )
    number: int = tx.execute(
        "SELECT latest_version FROM policies WHERE name = ?", (name,)
    ).fetchone()[0]
    version = PolicyVersion(name, number, document, now)
    _add_version(tx, version)
    return version


def _add_version(tx: Transaction, version: PolicyVersion) -> None:
    tx.execute(
        "INSERT INTO policy_versions (policy_name, version, document, created) VALUES (?, ?, ?, ?)",
        (version.policy_name, version.version, version.document, version.created),
    )


def remove_version(tx: Transaction, name: str, version: int) -> None:
    """Forget one version."""
    tx.execute("DELETE FROM policy_versions WHERE policy_name = ? AND version = ?", (name, version))
