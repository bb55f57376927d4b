"""Tables of RAM: roles, custom policies and their versions, attachments, tags, credentials."""

from collections.abc import Iterator
from dataclasses import dataclass

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
    """CREATE TABLE policy_attachments (
        role_key TEXT NOT NULL REFERENCES roles,
        policy_type TEXT NOT NULL,
        policy_name TEXT NOT NULL,
        attached INTEGER NOT NULL,
        PRIMARY KEY (role_key, policy_type, policy_name)
    ) WITHOUT ROWID""",
    """CREATE INDEX policy_attachments_by_policy
        ON policy_attachments (policy_type, policy_name, role_key)""",
    """CREATE TABLE ram_tags (
        resource_type TEXT NOT NULL,
        resource_key TEXT NOT NULL,
        tag_key TEXT NOT NULL,
        tag_value TEXT NOT NULL,
        PRIMARY KEY (resource_type, resource_key, tag_key)
    ) WITHOUT ROWID""",
    # No reference to roles: a deleted role takes its sessions with it by no longer being found.
    """CREATE TABLE temporary_credentials (
        access_key_id TEXT PRIMARY KEY,
        access_key_secret TEXT NOT NULL,
        security_token TEXT NOT NULL,
        role_key TEXT NOT NULL,
        role_id TEXT NOT NULL,
        session TEXT NOT NULL,
        expiration INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE INDEX temporary_credentials_by_expiration
        ON temporary_credentials (expiration)""",
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
    """One version of a custom policy: v1 has `version` 1."""

    policy_name: str
    version: int
    document: str
    created: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy on a role. `document` is the default version's, None for a system policy."""

    role_key: str
    policy_type: str
    policy_name: str
    attached: int
    document: str | None


@dataclass(frozen=True, slots=True)
class TemporaryKey:
    """A stored role session. `role_name` is None when the role was deleted since."""

    access_key_secret: str
    security_token: str
    role_name: str | None
    role_id: str
    session: str
    expiration: int


# Role and Policy have their tables' columns in their tables' order: SELECT * fills them.


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
    tx.execute("DELETE FROM ram_tags WHERE resource_type = 'role' AND resource_key = ?", (key,))
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
    tx.execute("DELETE FROM ram_tags WHERE resource_type = 'policy' AND resource_key = ?", (name,))
    tx.execute(
        "DELETE FROM policy_attachments WHERE policy_type = 'Custom' AND policy_name = ?", (name,)
    )
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


def add_temporary_key(
    tx: Transaction,
    access_key_id: str,
    access_key_secret: str,
    security_token: str,
    role: Role,
    session: str,
    expiration: int,
) -> None:
    """Store a role session; `expiration` in ms."""
    tx.execute(
        "INSERT INTO temporary_credentials (access_key_id, access_key_secret, security_token,"
        " role_key, role_id, session, expiration) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            access_key_id,
            access_key_secret,
            security_token,
            role.key,
            role.role_id,
            session,
            expiration,
        ),
    )


def find_temporary_key(tx: Transaction, access_key_id: str) -> TemporaryKey | None:
    """A role session by its access key id."""
    row = tx.execute(
        "SELECT c.access_key_secret, c.security_token, r.name, c.role_id, c.session, c.expiration"
        " FROM temporary_credentials c"
        " LEFT JOIN roles r ON r.role_key = c.role_key AND r.role_id = c.role_id"
        " WHERE c.access_key_id = ?",
        (access_key_id,),
    ).fetchone()
    return TemporaryKey(*row) if row else None


def remove_expired_keys(tx: Transaction, now: int, most: int) -> int:
    """Forget up to `most` sessions that expired before `now`; how many there were."""
    return tx.execute(
        "DELETE FROM temporary_credentials WHERE access_key_id IN (SELECT access_key_id"
        " FROM temporary_credentials WHERE expiration < ? ORDER BY expiration LIMIT ?)",
        (now, most),
    ).rowcount
