"""The outbox: results that could not be delivered in the transaction that made them."""

from dataclasses import dataclass

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        task INTEGER NOT NULL,
        request_id TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        role TEXT NOT NULL,
        destination TEXT NOT NULL,
        chain_depth INTEGER NOT NULL,
        body BLOB NOT NULL
    )""",
    "CREATE INDEX outbox_due ON outbox (due_at)",
)


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A result that is still to be delivered; `tries` so far, `due_at` (ms) for the next one."""

    id: int
    task: int
    request_id: str
    due_at: int
    tries: int
    role: str
    destination: str
    chain_depth: int
    body: bytes


def put(
    tx: Transaction,
    *,
    task: int,
    request_id: str,
    due_at: int,
    role: str,
    destination: str,
    chain_depth: int,
    body: bytes,
) -> None:
    """Keep a result that could not be delivered at once."""
    tx.execute(
        "INSERT INTO outbox (task, request_id, due_at, tries, role, destination, chain_depth, body)"
        " VALUES (?, ?, ?, 1, ?, ?, ?, ?)",
        (task, request_id, due_at, role, destination, chain_depth, body),
    )


def due(tx: Transaction, now: int, limit: int) -> list[OutboxRow]:
    """Results whose next try has come."""
    rows = tx.execute(
        "SELECT * FROM outbox WHERE due_at <= ? ORDER BY due_at LIMIT ?", (now, limit)
    )
    return [OutboxRow(**dict(row)) for row in rows]


def next_delivery(tx: Transaction) -> int | None:
    """When the outbox's next try comes (ms), or None where it is empty."""
    return tx.execute("SELECT min(due_at) FROM outbox").fetchone()[0]


def postpone(tx: Transaction, outbox_row: int, due_at: int) -> None:
    """A try failed: the next one at `due_at`."""
    tx.execute("UPDATE outbox SET due_at = ?, tries = tries + 1 WHERE id = ?", (due_at, outbox_row))


def delivered(tx: Transaction, outbox_row: int) -> None:
    """Take a result out of the outbox: it is delivered, or given up."""
    tx.execute("DELETE FROM outbox WHERE id = ?", (outbox_row,))
