"""Tables of Log Service's logstores, each with the index configuration of its logs."""

from dataclasses import dataclass

from localcloud.store.database import Transaction
from localcloud.store.logs import MOST_LOGSTORES

TABLES: tuple[str, ...] = (
    """CREATE TABLE logstores (
        number INTEGER PRIMARY KEY,
        project TEXT NOT NULL,
        name TEXT NOT NULL,
        ttl INTEGER NOT NULL,
        settings TEXT NOT NULL,
        index_config TEXT,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        UNIQUE (project, name)
    )""",
    # Logstores that were deleted and whose logs are still being taken away, a few at a time.
    "CREATE TABLE logstores_being_emptied (number INTEGER PRIMARY KEY)",
)


@dataclass(frozen=True, slots=True)
class LogstoreRow:
    """A logstore; `ttl` in days, `settings` and `index_config` as JSON, times in ms."""

    number: int
    project: str
    name: str
    ttl: int
    settings: str
    index_config: str | None
    created: int
    modified: int


def insert_logstore(
    tx: Transaction, project: str, name: str, ttl: int, settings: str, now: int
) -> int | None:
    """Store a new logstore and return its number; None when all numbers are in use."""
    used = {
        row[0]
        for row in tx.execute(
            "SELECT number FROM logstores UNION ALL SELECT number FROM logstores_being_emptied"
        )
    }
    number = next((n for n in range(1, MOST_LOGSTORES + 1) if n not in used), None)
    if number is not None:
        tx.execute(
            "INSERT INTO logstores (number, project, name, ttl, settings, created, modified)"
            " VALUES (?,?,?,?,?,?,?)",
            (number, project, name, ttl, settings, now, now),
        )
    return number


def find_logstore(tx: Transaction, project: str, name: str) -> LogstoreRow | None:
    """The logstore of that name in that project."""
    row = tx.execute(
        "SELECT * FROM logstores WHERE project=? AND name=?", (project, name)
    ).fetchone()
    return LogstoreRow(**row) if row else None


def find_logstore_number(tx: Transaction, project: str, name: str) -> int | None:
    """Only the number of a logstore: what a write needs."""
    row = tx.execute(
        "SELECT number FROM logstores WHERE project=? AND name=?", (project, name)
    ).fetchone()
    return row[0] if row else None


def update_logstore(
    tx: Transaction, number: int, ttl: int, settings: str, index_config: str | None, now: int
) -> None:
    """Replace a logstore's settings and index configuration."""
    tx.execute(
        "UPDATE logstores SET ttl=?, settings=?, index_config=?, modified=? WHERE number=?",
        (ttl, settings, index_config, now, number),
    )


def delete_logstore(tx: Transaction, number: int) -> None:
    """Take a logstore away; its logs are unreachable at once and deleted later, in small steps."""
    tx.execute("DELETE FROM logstores WHERE number=?", (number,))
    tx.execute("INSERT INTO logstores_being_emptied (number) VALUES (?)", (number,))


def logstores_of(tx: Transaction, project: str) -> list[LogstoreRow]:
    """The logstores of a project, by name."""
    rows = tx.execute("SELECT * FROM logstores WHERE project=? ORDER BY name", (project,))
    return [LogstoreRow(**row) for row in rows]


def retentions(tx: Transaction) -> list[tuple[int, int]]:
    """Number and ttl (days) of every logstore."""
    return [(row[0], row[1]) for row in tx.execute("SELECT number, ttl FROM logstores")]


def numbers_being_emptied(tx: Transaction) -> list[int]:
    """The numbers of deleted logstores that still have logs to delete."""
    return [row[0] for row in tx.execute("SELECT number FROM logstores_being_emptied")]


def release_number(tx: Transaction, number: int) -> None:
    """Let the number of an emptied logstore be used again."""
    tx.execute("DELETE FROM logstores_being_emptied WHERE number=?", (number,))
