"""One SQLite file in WAL mode with synchronous=FULL; writes that wait are committed together.

A write is durable when `await Database.write(...)` returns: one fdatasync serves every change that
was waiting, each in a savepoint of its own, so that a refused change takes nothing else with it.
Reads go to a connection of the calling thread and never wait for writes.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_MOST_CHANGES_IN_A_COMMIT = 512  # bounds how long the first of a group waits for the last


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
        """Have `call` run on the event loop when this change is durable; never when it is not."""
        self._after.append(call)

    def take_after_commit(self) -> list[Callable[[], None]]:
        """What was asked for with `after_commit`, in order."""
        return self._after


class _Change:
    __slots__ = ("apply", "error", "future", "loop", "result", "transaction")

    def __init__(
        self,
        apply: Callable[[Transaction], Any],
        future: "asyncio.Future[Any]",
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.apply = apply
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None
        self.transaction: Transaction | None = None

    def settle(self) -> None:
        """Runs on the event loop: first what waits for the commit, then the caller."""
        if self.error is None and self.transaction is not None:
            for call in self.transaction.take_after_commit():
                call()
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


def connect(path: Path) -> sqlite3.Connection:
    """Open the file as every connection of localcloud does (autocommit; changes say BEGIN)."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=30000")
    return connection


class Database:
    """The data folder's database. Open it once; use it from one event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changes: queue.SimpleQueue[_Change | None] = queue.SimpleQueue()
        self._readers = threading.local()
        self._writer = threading.Thread(target=self._write_all, name="store-writer", daemon=True)
        self._connection = connect(path)
        self._writer.start()

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Apply `change` and return its result when it is durably committed.

        What `change` raises comes out here, and nothing of it is kept. `change` runs on the
        writer's thread: it must be quick, and touch nothing but the transaction and its arguments.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[Any] = loop.create_future()
        self._changes.put(_Change(change, waiting, loop))
        return await waiting

    def read(self, query: Callable[[Transaction], T]) -> T:
        """Run a quick read at once, on a read connection of the calling thread."""
        return query(Transaction(self._reader()))

    async def read_aside(self, query: Callable[[Transaction], T]) -> T:
        """Run a read that may take long (a search, a large list) off the event loop."""
        return await asyncio.to_thread(self.read, query)

    def close(self) -> None:
        """Commit what waits, and close."""
        self._changes.put(None)
        self._writer.join()
        self._connection.close()

    def _reader(self) -> sqlite3.Connection:
        reader: sqlite3.Connection | None = getattr(self._readers, "connection", None)
        if reader is None:
            reader = connect(self._path)
            reader.execute("PRAGMA query_only=ON")
            self._readers.connection = reader
        return reader

    def _write_all(self) -> None:
        open_for_more = True
        while open_for_more:
            first = self._changes.get()
            if first is None:
                return
            group = [first]
            while len(group) < _MOST_CHANGES_IN_A_COMMIT:
                try:
                    change = self._changes.get_nowait()
                except queue.Empty:
                    break
                if change is None:
                    open_for_more = False
                    break
                group.append(change)
            self._commit(group)

    def _commit(self, group: list[_Change]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            for change in group:
                self._apply(change)
            connection.execute("COMMIT")
        except sqlite3.Error as error:  # a full disk, say: nobody of this group may believe it kept
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            for change in group:
                change.error = error
        by_loop: dict[asyncio.AbstractEventLoop, list[_Change]] = {}
        for change in group:
            by_loop.setdefault(change.loop, []).append(change)
        for loop, changes in by_loop.items():
            loop.call_soon_threadsafe(_settle_all, changes)

    def _apply(self, change: _Change) -> None:
        connection = self._connection
        connection.execute("SAVEPOINT change")
        transaction = Transaction(connection)
        try:
            change.result = change.apply(transaction)
            change.transaction = transaction
        except sqlite3.OperationalError:
            raise  # the database itself is in trouble: the whole group fails
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for the change
            connection.execute("ROLLBACK TO change")
            change.error = error
        connection.execute("RELEASE change")


def _settle_all(changes: list[_Change]) -> None:
    for change in changes:
        change.settle()
