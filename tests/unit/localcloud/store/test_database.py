"""The one writer: what it does when the database, or the loop of who waits, is in trouble."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest

from localcloud.store.database import Database, NotWritten, Transaction, connect


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database, None, None]:
    connection = connect(tmp_path / "test.db")
    connection.execute("CREATE TABLE things (name TEXT UNIQUE)")
    connection.close()
    made = Database(tmp_path / "test.db")
    yield made
    made.close()


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


def add(name: str, size: int = 0) -> Callable[[Transaction], None]:
    def change(tx: Transaction) -> None:
        tx.execute("INSERT INTO things VALUES (?)", (name + "x" * size,))

    return change


def names(database: Database) -> list[str]:
    rows = database.read(lambda tx: tx.execute("SELECT name FROM things ORDER BY name").fetchall())
    return [row[0][:1] for row in rows]


def limit_pages(database: Database, count: int) -> None:
    """SQLite's own bound of the file's size: over it every write is a genuine SQLITE_FULL."""

    def change(tx: Transaction) -> None:
        tx.execute(f"PRAGMA max_page_count={count}")

    run_change(database, change)


def run_change(database: Database, change: Any) -> None:
    async def story() -> None:
        await database.write(change)

    run(story())


def test_a_full_disk_refuses_a_change_with_a_sentence_and_goes_on_when_there_is_room(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    limit_pages(database, 4)

    async def story() -> None:
        for _ in range(3):
            with pytest.raises(NotWritten, match=r"database or disk is full.*make room"):
                await database.write(add("a", 100_000))
        assert names(database) == []
        await database.write(add("b"))  # what fits is taken
        await database.write(lambda tx: tx.execute("PRAGMA max_page_count=1000"))
        await database.write(add("c", 100_000))

    run(story())
    assert names(database) == ["b", "c"]
    said = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0].split(",")[0] for line in said] == [
        "the database takes no changes",
        "the database takes changes again",
    ]


def test_whoever_shares_a_commit_that_fails_is_told_too(database: Database) -> None:
    limit_pages(database, 4)

    async def story() -> None:
        answers = await asyncio.gather(
            *(database.write(add(name, size)) for name, size in (("a", 0), ("b", 100_000))),
            return_exceptions=True,
        )
        told = [isinstance(answer, NotWritten) for answer in answers]
        assert told[1]
        assert names(database) == ([] if told[0] else ["a"])

    run(story())


def test_a_refused_change_takes_nothing_else_with_it(database: Database) -> None:
    async def story() -> None:
        await database.write(add("a"))
        answers = await asyncio.gather(
            *(database.write(add(name)) for name in "abc"), return_exceptions=True
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
