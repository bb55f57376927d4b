"""What a group's changes and their waiters get when one of them brings trouble to all."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from localcloud.store.database import Database, Transaction
from tests.unit.localcloud.store.things import Change, add, names, run

KINDS = ["write", "write_short"]


def written(database: Database, kind: str, change: Change) -> Awaitable[Any]:
    return getattr(database, kind)(change)


def by_a_clause(tx: Transaction) -> None:
    add("x")(tx)
    tx.execute("INSERT OR ROLLBACK INTO things VALUES ('0')")


def by_a_clause_at_once(tx: Transaction) -> None:
    tx.execute("INSERT OR ROLLBACK INTO things VALUES ('0')")


def by_a_trigger(tx: Transaction) -> None:
    tx.execute("INSERT INTO things VALUES ('forbidden')")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("roll_back", [by_a_clause, by_a_clause_at_once, by_a_trigger])
def test_a_rollback_by_sqlite_itself_takes_nothing_with_it(
    database: Database, kind: str, roll_back: Change
) -> None:
    """A transaction that SQLite ended takes all of its group along: they are applied anew."""
    told: list[str] = []
    in_transaction: list[bool] = []

    def telling(name: str) -> Callable[[Transaction], str]:
        def change(tx: Transaction) -> str:
            add(name)(tx)
            tx.after_commit(lambda: told.append(name))
            return name

        return change

    def refused(tx: Transaction) -> None:
        tx.after_commit(lambda: told.append("refused"))
        try:
            roll_back(tx)
        finally:
            in_transaction.append(tx.connection.in_transaction)

    async def story() -> None:
        await database.write(telling("0"))
        await database.write(
            lambda tx: tx.execute(
                "CREATE TRIGGER forbids BEFORE INSERT ON things WHEN NEW.name = 'forbidden' "
                "BEGIN SELECT RAISE(ROLLBACK, 'forbidden'); END"
            )
        )
        answers = await asyncio.gather(
            database.write_short(telling("a")),
            written(database, kind, refused),
            database.write_short(telling("b")),
            database.write(telling("c")),
            written(database, kind, refused),
            database.write(telling("d")),
            return_exceptions=True,
        )
        assert not any(in_transaction), "SQLite has not rolled back: this proves nothing"
        assert [type(answer) for answer in answers[1::3]] == [sqlite3.IntegrityError] * 2
        kept = [answer for answer in answers if isinstance(answer, str)]
        assert kept == ["a", "b", "c", "d"]
        assert names(database) == ["0", *kept]
        assert sorted(told) == ["0", *kept]  # each once, and nobody of what is not kept
        await database.write_short(add("e"))

    run(story())
    assert names(database) == ["0", "a", "b", "c", "d", "e"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_a_commit_and_fails_keeps_no_other_waiter_waiting(
    database: Database, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def telling(name: str, *, fails: bool = False) -> Callable[[Transaction], str]:
        def wake() -> None:
            if fails:
                raise ZeroDivisionError(f"nobody to wake for {name}")
            told.append(name)

        def change(tx: Transaction) -> str:
            add(name)(tx)
            tx.after_commit(wake)
            tx.after_commit(lambda: told.append(f"after {name}"))
            return name

        return change

    async def story() -> None:
        answers = await asyncio.gather(
            written(database, kind, telling("a")),
            written(database, kind, telling("b", fails=True)),
            written(database, kind, telling("c")),
        )
        assert answers == ["a", "b", "c"]  # b is durable too: nobody may do it a second time
        assert await written(database, kind, telling("d")) == "d"  # and the store goes on

    run(story())
    assert names(database) == ["a", "b", "c", "d"]
    assert told == ["a", "after a", "after b", "c", "after c", "d", "after d"]
    (failure,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert failure.exc_info
    assert str(failure.exc_info[1]) == "nobody to wake for b"
    assert 'raise ZeroDivisionError(f"nobody to wake' in caplog.text  # its traceback
