"""The one writer: who runs what, and what it does when the database or a loop is in trouble."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.store import writes
from localcloud.store.database import Database, NotWritten, Transaction, connect
from tests.unit.localcloud.store.things import add, names, run

Write = Callable[[Callable[[Transaction], Any]], Awaitable[Any]]


def limit_pages(database: Database, count: int) -> None:
    """SQLite's own bound of the file's size: over it every write is a genuine SQLITE_FULL."""

    def change(tx: Transaction) -> None:
        tx.execute(f"PRAGMA max_page_count={count}")

    run_change(database, change)


def run_change(database: Database, change: Any) -> None:
    async def story() -> None:
        await database.write(change)

    run(story())


@pytest.mark.parametrize("kind", ["write", "write_short"])
def test_a_full_disk_refuses_a_change_with_a_sentence_and_goes_on_when_there_is_room(
    database: Database, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    limit_pages(database, 4)
    write: Write = getattr(database, kind)

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(NotWritten, match=r"database or disk is full.*make room"):
                await write(add("a", 100_000))
            await write(lambda tx: tx.execute("SELECT 1").fetchone())  # writes nothing, proves none
        assert names(database) == []
        await write(add("b"))  # what fits is taken
        await write(lambda tx: tx.execute("PRAGMA max_page_count=1000"))
        await write(add("c", 100_000))

    run(story())
    assert names(database) == ["b", "c"]
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0].split(",")[0] for line in said] == [
        "the database takes no changes",
        "the database takes changes again",
    ]


@pytest.mark.parametrize("kind", ["write", "write_short"])
def test_whoever_shares_a_commit_that_fails_is_told_too(database: Database, kind: str) -> None:
    limit_pages(database, 4)
    write: Write = getattr(database, kind)

    async def story() -> None:
        answers = await asyncio.gather(
            *(write(add(name, size)) for name, size in (("a", 0), ("b", 100_000))),
            return_exceptions=True,
        )
        told = [isinstance(answer, NotWritten) for answer in answers]
        assert told[1]
        assert names(database) == ([] if told[0] else ["a"])

    run(story())


@pytest.mark.parametrize("kind", ["write", "write_short"])
def test_a_refused_change_takes_nothing_else_with_it(database: Database, kind: str) -> None:
    write: Write = getattr(database, kind)

    async def story() -> None:
        await write(add("a"))
        answers = await asyncio.gather(
            *(write(add(name)) for name in "abc"), return_exceptions=True
        )
        assert isinstance(answers[0], sqlite3.IntegrityError)
        assert names(database) == ["a", "b", "c"]

    run(story())


def test_a_mistake_in_a_statement_is_told_as_what_it_is(database: Database) -> None:
    async def story() -> None:
        with pytest.raises(sqlite3.OperationalError, match="no such table") as raised:
            await database.write(lambda tx: tx.execute("INSERT INTO missing VALUES (1)"))
        assert not isinstance(raised.value, NotWritten)
        await database.write(add("a"))

    run(story())
    assert names(database) == ["a"]


def test_a_broken_connection_is_replaced(database: Database) -> None:
    async def story() -> None:
        await database.write(add("0"))
        database._writes._connection.close()  # pyright: ignore[reportPrivateUsage]
        with pytest.raises(NotWritten):
            await database.write(add("a"))
        await database.write(add("b"))

    run(story())
    assert names(database) == ["0", "b"]


def test_a_loop_that_ended_does_not_end_the_writer(database: Database) -> None:
    loop = asyncio.new_event_loop()
    loop.run_until_complete(asyncio.sleep(0))

    async def leave() -> None:
        asyncio.ensure_future(database.write(slow))  # noqa: RUF006 - nobody will wait for it

    def slow(_tx: Transaction) -> None:
        while not loop.is_closed():
            pass

    loop.run_until_complete(leave())
    loop.run_until_complete(asyncio.sleep(0))  # the change is with the writer now
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    run_change(database, add("a"))
    assert names(database) == ["a"]


def test_short_changes_run_on_the_loop_and_all_others_on_the_writers_thread(
    database: Database,
) -> None:
    def where(_tx: Transaction) -> str:
        return threading.current_thread().name

    async def story() -> None:
        found = await asyncio.gather(
            database.write(where), database.write_short(where), database.write_short(where)
        )
        here = threading.current_thread().name
        assert found == ["store-writer", here, here]

    run(story())


def test_short_changes_that_take_the_loop_too_long_go_on_on_the_thread(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writes, "_LONGEST_ON_THE_LOOP", -1.0)
    threads: list[str] = []

    def change(tx: Transaction) -> None:
        threads.append(threading.current_thread().name)
        add(str(len(threads)))(tx)

    async def story() -> None:
        await asyncio.gather(database.write_short(change), database.write_short(change))

    run(story())
    assert threads == ["store-writer"] * 2
    assert names(database) == ["1", "2"]


def test_a_short_change_that_fails_after_it_has_written_leaves_nothing_and_takes_nothing(
    database: Database,
) -> None:
    told: list[str] = []

    def telling(name: str) -> Callable[[Transaction], None]:
        def change(tx: Transaction) -> None:
            add(name)(tx)
            tx.after_commit(lambda: told.append(name))

        return change

    def fails(tx: Transaction) -> None:
        telling("b")(tx)
        raise KeyError("changed its mind")

    async def story() -> None:
        answers = await asyncio.gather(
            database.write_short(telling("a")),
            database.write_short(fails),
            database.write_short(telling("c")),
            database.write(telling("d")),
            return_exceptions=True,
        )
        assert [type(answer) for answer in answers] == [type(None), KeyError, *[type(None)] * 2]

    run(story())
    assert names(database) == ["a", "c", "d"]
    assert told == ["a", "c", "d"]  # once each, though the first was applied twice


def test_while_another_process_changes_the_database_the_loop_goes_on(
    database: Database, tmp_path: Path
) -> None:
    other = connect(tmp_path / "test.db")
    other.execute("BEGIN IMMEDIATE")

    async def story() -> None:
        waiting = asyncio.ensure_future(database.write_short(add("b")))
        began = time.monotonic()
        for _ in range(100):  # turns of the loop: not one of them waits for the other process
            await asyncio.sleep(0)
        assert time.monotonic() - began < 2
        assert not waiting.done()
        other.execute("INSERT INTO things VALUES ('a')")
        other.execute("COMMIT")
        await waiting

    run(story())
    other.close()
    assert names(database) == ["a", "b"]


def test_what_waits_when_it_is_closed_is_committed(tmp_path: Path) -> None:
    connection = connect(tmp_path / "closed.db")
    connection.execute("CREATE TABLE things (name TEXT UNIQUE)")

    async def story() -> None:
        made = Database(tmp_path / "closed.db")
        changes = [made.write_short(add("a")), made.write(add("b"))]
        waiting = [asyncio.ensure_future(change) for change in changes]
        await asyncio.sleep(0)
        made.close()
        await asyncio.gather(*waiting)

    run(story())
    kept = connection.execute("SELECT name FROM things ORDER BY name").fetchall()
    connection.close()
    assert [row[0] for row in kept] == ["a", "b"]
