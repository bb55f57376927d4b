"""One SQLite file in WAL mode with synchronous=FULL; writes that wait are committed together.

A write is durable when `await Database.write(...)` returns: one fdatasync serves every change that
was waiting, each kept apart from the others: a refused change takes nothing else with it.
Reads go to a connection of the calling thread and never wait for writes.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from localcloud.store.transaction import Transaction, connect
from localcloud.store.writes import NotWritten, Writes

__all__ = ["Database", "NotWritten", "Transaction", "connect"]

T = TypeVar("T")


class Database:
    """The data folder's database. Open it once; use it from one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = threading.local()
        self._writes = Writes(path)

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Apply `change` and return its result when it is durably committed.

        What `change` raises comes out here, and nothing of it is kept; NotWritten where the disk
        is full. `change` runs on the writer's thread: it must be quick, and touch nothing but the
        transaction and its arguments. It may be run a second time, when nothing is kept of the
        first.
        """
        return await self._writes.add(change, short=False)

    async def write_short(self, change: Callable[[Transaction], T]) -> T:
        """`write` for a change of a few statements, each by an index: far below a millisecond.

        Its statements run on the event loop as a rule, where they cost half as much and hold up
        every request; only COMMIT is waited for elsewhere.
        """
        return await self._writes.add(change, short=True)

    def read(self, query: Callable[[Transaction], T]) -> T:
        """Run a quick read at once, on a read connection of the calling thread."""
        return query(Transaction(self._reader()))

    async def read_aside(self, query: Callable[[Transaction], T]) -> T:
        """Run a read that may take long (a search, a large list) off the event loop."""
        return await asyncio.to_thread(self.read, query)

    def close(self) -> None:
        """Commit what waits, and close."""
        self._writes.close()

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if reader is None:
            reader = connect(self._path)
            reader.execute("PRAGMA query_only=ON")
            self._readers.connection = reader
        return reader
