"""The one connection that changes the database: what waits becomes a group, with one COMMIT.

The statements of short changes run on the event loop, those of all others and every COMMIT on a
thread. SQLite lets go of the interpreter at each statement: two threads would take it from one
another every time, which costs several times what a short statement does. The connection belongs to
the loop until a group is handed over, and to the thread until that group is committed.

A savepoint copies every page that is changed under it, so short changes do without: one that fails
has, as a rule, changed nothing yet. Where it has, all of its group are applied again.
"""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.store.transaction import Transaction, connect

log = logging.getLogger(__name__)

_MOST_CHANGES_IN_A_COMMIT = 512  # bounds how long the first of a group waits for the last
_LONGEST_ON_THE_LOOP = 0.005  # s; what is left of a group's short changes then goes to the thread
_PATIENCE = 30_000  # ms that the thread waits for another process that changes the database


class NotWritten(sqlite3.OperationalError):
    """The database does not take this change now, and nothing of it is kept: its disk is full, say.

    The text is a sentence for whoever asked for the change.
    """


class _Change:
    __slots__ = ("applied", "apply", "error", "future", "loop", "result", "short", "transaction")

    def __init__(
        self,
        apply: Callable[[Transaction], Any],
        loop: asyncio.AbstractEventLoop,
        short: bool,
    ) -> None:
        self.apply = apply
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.short = short
        self.applied = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.transaction: Transaction | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Apply it in the transaction that has been begun."""
        transaction = Transaction(connection)
        self.result = self.apply(transaction)
        self.transaction = transaction
        self.error = None
        self.applied = True

    def fail(self, error: BaseException) -> None:
        """It is refused, and has left nothing in the database."""
        self.error = error
        self.applied = True

    def settle(self) -> None:
        """Runs on the event loop: first what waits for the commit, then the caller.

        The change is durable then: whatever one of the calls raises, the caller hears its result.
        """
        if self.error is None and self.transaction is not None:
            for call in self.transaction.take_after_commit():
                try:
                    call()
                except Exception:
                    log.exception("what was to follow a change that is committed has failed")
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Group:
    __slots__ = ("changes", "error")

    def __init__(self, changes: list[_Change]) -> None:
        self.changes = changes
        self.error: sqlite3.Error | None = None


class Writes:
    """Changes in their groups. Use it from one event loop at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[_Change] = []
        self._beginning: asyncio.AbstractEventLoop | None = None  # where `_begin` is to run
        self._handed_over = False  # the connection is the thread's
        self._groups: queue.SimpleQueue[_Group | None] = queue.SimpleQueue()
        self._connection = self._connected()
        self._refused_since: float | None = None
        self._changes_before = self._connection.total_changes  # at the last end of a transaction
        self._thread = threading.Thread(target=self._commit_all, name="store-writer", daemon=True)
        self._thread.start()

    def add(self, apply: Callable[[Transaction], Any], *, short: bool) -> "asyncio.Future[Any]":
        """Have a change applied and committed; its result, once it is durable."""
        loop = asyncio.get_running_loop()
        change = _Change(apply, loop, short)
        self._waiting.append(change)
        if self._beginning is not loop and not self._handed_over:
            self._beginning = loop
            loop.call_soon(self._begin)  # with what else comes in this turn of the loop
        return change.future

    def close(self) -> None:
        """Commit what waits, and close."""
        rest, self._waiting = self._waiting, []
        if rest:
            self._groups.put(_Group(rest))
        self._groups.put(None)
        self._thread.join()
        self._connection.close()

    # --- on the event loop ----------------------------------------------------------------------

    def _begin(self) -> None:
        """Make a group of what waits, unless the thread has one: then it is begun after that."""
        self._beginning = None
        if self._handed_over or not self._waiting:
            return
        changes = self._waiting[:_MOST_CHANGES_IN_A_COMMIT]
        del self._waiting[: len(changes)]
        changes.sort(key=_is_long)
        group = _Group(changes)
        self._handed_over = True
        if changes[0].short:
            self._apply_short(group)
        self._groups.put(group)

    def _apply_short(self, group: _Group) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            return  # another process has it, or it is broken: the thread waits, or mends it
        until = time.monotonic() + _LONGEST_ON_THE_LOOP
        for change in group.changes:
            if not change.short or time.monotonic() > until:
                return
            before = connection.total_changes
            try:
                change.run(connection)
            except sqlite3.OperationalError as error:
                group.error = error  # the database itself is in trouble: the whole group fails
                return
            except Exception as error:  # noqa: BLE001 - handed to the one who asked for the change
                # what SQLite rolled back by itself (no memory, say) took the others with it
                if connection.total_changes != before or not connection.in_transaction:
                    self._apply_anew(group)
                    return
                change.fail(error)

    def _apply_anew(self, group: _Group) -> None:
        """A change has written something, and then failed: the thread gives each a savepoint."""
        try:
            if self._connection.in_transaction:  # else SQLite itself has rolled it back
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            group.error = error
        for change in group.changes:
            change.applied = False
            change.error = None

    def _settle(self, changes: list[_Change]) -> None:
        try:
            for change in changes:
                change.settle()
        finally:
            self._begin()

    # --- on the thread --------------------------------------------------------------------------

    def _commit_all(self) -> None:
        for group in iter(self._groups.get, None):
            self._commit(group)
            self._handed_over = False
            by_loop: dict[asyncio.AbstractEventLoop, list[_Change]] = {}
            for change in group.changes:
                by_loop.setdefault(change.loop, []).append(change)
            for change in tuple(self._waiting):  # they came meanwhile, and nobody has begun them
                by_loop.setdefault(change.loop, [])
            for loop, changes in by_loop.items():
                with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                    loop.call_soon_threadsafe(self._settle, changes)

    def _commit(self, group: _Group) -> None:
        try:
            if group.error is not None:
                raise group.error
            if not self._connection.in_transaction:
                self._begin_patiently()
            while not self._apply_all(group):
                self._begin_patiently()
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - a full disk, say: nobody may believe it kept
            told = self._refused(error)
            for change in group.changes:
                change.error = told
            self._roll_back()
        else:
            if self._connection.total_changes != self._changes_before:  # else nothing was written
                self._taken()
            self._changes_before = self._connection.total_changes

    def _begin_patiently(self) -> None:
        self._connection.execute(f"PRAGMA busy_timeout={_PATIENCE}")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        finally:
            self._connection.execute("PRAGMA busy_timeout=0")

    def _roll_back(self) -> None:
        """Have a connection without a transaction; where this one is broken, a new one."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            log.exception("the connection to the database is broken; a new one is opened")
            with contextlib.suppress(sqlite3.Error):  # else the next change tries again
                self._connection.close()
                self._connection = self._connected()
        with contextlib.suppress(sqlite3.Error):
            self._changes_before = self._connection.total_changes

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

    def _apply_all(self, group: _Group) -> bool:
        """Apply what is not applied yet; False where all but the refused is to be applied anew.

        That is where SQLite itself has rolled the transaction back: what it held is gone.
        """
        for change in group.changes:
            if change.applied:
                continue
            self._apply(change)
            if not self._connection.in_transaction:
                for each in group.changes:
                    each.applied = each.error is not None
                return False
        return True

    def _apply(self, change: _Change) -> None:
        """Apply a change; where it is refused, without it. The transaction may be gone then."""
        connection = self._connection
        connection.execute("SAVEPOINT change")
        try:
            change.run(connection)
        except sqlite3.OperationalError:
            raise  # the database itself is in trouble: the whole group fails
        except Exception as error:  # noqa: BLE001 - handed to the one who asked for the change
            change.fail(error)
            if not connection.in_transaction:
                return
            connection.execute("ROLLBACK TO change")
        connection.execute("RELEASE change")

    def _connected(self) -> sqlite3.Connection:
        connection = connect(self._path)
        connection.execute("PRAGMA busy_timeout=0")  # the event loop never waits
        connection.execute("PRAGMA temp_store=MEMORY")  # savepoints: else a file for each group
        return connection


def _is_long(change: _Change) -> bool:
    return not change.short


def _is_mistake(error: sqlite3.Error) -> bool:
    """Whether it is a mistake in a statement of ours: nothing that more room would mend."""
    return getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR"  # from Python 3.11 on
