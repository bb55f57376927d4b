"""One SQLite file in WAL mode with synchronous=FULL; writes that wait are committed together.

A write is durable when `await Database.write(...)` returns: one fdatasync serves every change that
was waiting, each in a savepoint of its own, so that a refused change takes nothing else with it.
Reads go to a connection of the calling thread and never wait for writes.
"""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

_MOST_CHANGES_IN_A_COMMIT = 512  # bounds how long the first of a group waits for the last


class NotWritten(sqlite3.OperationalError):
    """The database does not take this change now, and nothing of it is kept: its disk is full, say.

    The text is a sentence for whoever asked for the change.
    """


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
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=30, cached_statements=512
    )
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
        self._refused_since: float | None = None
        self._writer.start()

    async def write(self, change: Callable[[Transaction], T]) -> T:
        """Apply `change` and return its result when it is durably committed.

        What `change` raises comes out here, and nothing of it is kept; NotWritten where the disk
        is full. `change` runs on the writer's thread: it must be quick, and touch nothing but the
        transaction and its arguments.
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
        except Exception as error:  # noqa: BLE001 - a full disk, say: nobody may believe it kept
            told = self._refused(error)
            for change in group:
                change.error = told
            self._roll_back()
        else:
            self._taken()
        by_loop: dict[asyncio.AbstractEventLoop, list[_Change]] = {}
        for change in group:
            by_loop.setdefault(change.loop, []).append(change)
        for loop, changes in by_loop.items():
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_settle_all, changes)

    def _roll_back(self) -> None:
        """Have a connection without a transaction; where this one is broken, a new one."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("the connection to the database is broken; a new one is opened")
            with contextlib.suppress(sqlite3.Error):  # else the next change tries again
                self._connection.close()
                self._connection = connect(self._path)

    def _refused(self, error: Exception) -> Exception:
        """What those who wait get. That the database refuses is logged once, however long."""
        if not isinstance(error, sqlite3.Error) or _is_mistake(error):
            return error
        if self._refused_since is None:
            self._refused_since = time.monotonic()
            log.warning("the database takes no changes: %s", error)
        told = NotWritten(
            f"the data folder cannot be written ({error}): nothing of this is kept; make room on "
            "its disk, and try again"
        )
        told.__cause__ = error
        return told

    def _taken(self) -> None:
        if self._refused_since is not None:
            took = time.monotonic() - self._refused_since
            log.warning("the database takes changes again, after %.1f s", took)
            self._refused_since = None

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


def _is_mistake(error: sqlite3.Error) -> bool:
    """Whether it is a mistake in a statement of ours: nothing that more room would mend."""
    return getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR"  # from Python 3.11 on
