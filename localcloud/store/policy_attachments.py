"""Tables of attachments: which policies are on which roles."""

from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.store.database import Transaction
from localcloud.store.roles import Role

TABLES: tuple[str, ...] = (
    """CREATE TABLE policy_attachments (
        role_key TEXT NOT NULL REFERENCES roles,
        policy_type TEXT NOT NULL,
        policy_name TEXT NOT NULL,
        attached INTEGER NOT NULL,
        PRIMARY KEY (role_key, policy_type, policy_name)
    ) WITHOUT ROWID""",
    """CREATE INDEX policy_attachments_by_policy
        ON policy_attachments (policy_type, policy_name, role_key)""",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy on a role since `attached` (ms).

    `document` is the default version's, None for a system policy.
    """

    role_key: str
    policy_type: str
    policy_name: str
    attached: int
    document: str | None


def attach(tx: Transaction, key: str, policy_type: str, policy_name: str, now: int) -> bool:
    """Attach a policy to the role with this key; False when it was attached already."""
    cursor = tx.execute(
        "INSERT OR IGNORE INTO policy_attachments (role_key, policy_type, policy_name, attached)"
        " VALUES (?, ?, ?, ?)",
        (key, policy_type, policy_name, now),
    )
    return cursor.rowcount == 1


def detach(tx: Transaction, key: str, policy_type: str, policy_name: str) -> bool:
    """Take a policy off a role; False when it was not attached."""
    cursor = tx.execute(
        "DELETE FROM policy_attachments WHERE role_key = ? AND policy_type = ? AND policy_name = ?",
        (key, policy_type, policy_name),
    )
    return cursor.rowcount == 1


def detach_from_all(tx: Transaction, policy_type: str, policy_name: str) -> None:
    """Take a policy off every role that has it."""
    tx.execute(
        "DELETE FROM policy_attachments WHERE policy_type = ? AND policy_name = ?",
        (policy_type, policy_name),
    )


def attachments_of_role(tx: Transaction, key: str) -> list[Attachment]:
    """What is attached to a role, with the documents that count now."""
    rows = tx.execute(
        "SELECT a.role_key, a.policy_type, a.policy_name, a.attached, v.document"
        " FROM policy_attachments a"
        " LEFT JOIN policies p ON a.policy_type = 'Custom' AND p.name = a.policy_name"
        " LEFT JOIN policy_versions v ON v.policy_name = p.name AND v.version = p.default_version"
        " WHERE a.role_key = ?",
        (key,),
    )
    return [Attachment(*row) for row in rows]


def roles_with_policy(
    tx: Transaction, policy_type: str, policy_name: str
) -> Iterator[tuple[Role, int]]:
    """The roles that a policy is attached to, each with the time (ms) of the attachment."""
    rows = tx.execute(
        "SELECT r.*, a.attached FROM policy_attachments a"
        " JOIN roles r ON r.role_key = a.role_key"
        " WHERE a.policy_type = ? AND a.policy_name = ? ORDER BY a.role_key",
        (policy_type, policy_name),
    )
    for *role, attached in rows:
        yield Role(*role), attached


def count_attachments(tx: Transaction, policy_type: str, policy_name: str) -> int:
    """How many roles a policy is attached to."""
    return tx.execute(
        "SELECT count(*) FROM policy_attachments WHERE policy_type = ? AND policy_name = ?",
        (policy_type, policy_name),
    ).fetchone()[0]
