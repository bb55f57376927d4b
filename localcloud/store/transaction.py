"""A connection to the database's file, and the transaction that a change or a read runs in."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any


class Transaction:
    """The connection inside one change (or one read), and what to do once it is committed."""

    __slots__ = ("_after", "connection")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._after: list[Callable[[], None]] = []

    def execute(self, sql: str, parameters: Iterable[Any] = ()) -> sqlite3.Cursor:
        """Run one statement. Only files of the store call this."""
        return self.connection.execute(sql, tuple(parameters))

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have `call` run on the event loop when this change is durable; never when it is not.

        What it raises is logged: whoever asked for the change hears that it is kept all the same.
        """
        self._after.append(call)

    def take_after_commit(self) -> list[Callable[[], None]]:
        """What was asked for with `after_commit`, in order."""
        return self._after


def connect(path: Path) -> sqlite3.Connection:
    """Open the file as every connection of localcloud does (autocommit; changes say BEGIN)."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=30, cached_statements=512
    )
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=30000")
    return connection
