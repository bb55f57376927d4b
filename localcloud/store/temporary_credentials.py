"""Tables of role sessions: the temporary credentials that were given out for roles."""

from dataclasses import dataclass

from localcloud.store.database import Transaction
from localcloud.store.roles import Role

TABLES: tuple[str, ...] = (
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
class TemporaryKey:
    """A stored role session. `role_name` is None when the role was deleted; `expiration` in ms."""

    access_key_secret: str
    security_token: str
    role_name: str | None
    role_id: str
    session: str
    expiration: int


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
    """Forget up to `most` sessions that expired before `now` (ms); how many there were."""
    return tx.execute(
        "DELETE FROM temporary_credentials WHERE access_key_id IN (SELECT access_key_id"
        " FROM temporary_credentials WHERE expiration < ? ORDER BY expiration LIMIT ?)",
        (now, most),
    ).rowcount
