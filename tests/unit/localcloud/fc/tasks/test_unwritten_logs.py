"""Lines of logs while the database refuses writes: kept up to a bound, and what is lost is said."""

import asyncio
import json
from typing import Any

import pytest

from localcloud.fc import ledger, unwritten_logs, writer
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Invocation, Outcome
from localcloud.fc.invocation_logs import Lines
from localcloud.fc.unwritten_logs import UnwrittenLogs
from localcloud.sls import logstores, projects
from localcloud.sls.logs import Log
from localcloud.store.database import NotWritten, Transaction

from .conftest import FakePool, World, answered, until

STORE = ("role", "project", "store", "FCLogs:job")
OTHER = ("role", "project", "other", "FCLogs:other")


def lines(*texts: str) -> list[Log]:
    return [Log(1, (("message", text),)) for text in texts]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> UnwrittenLogs:
    """Room for five lines of one character, whose field has a name of seven."""
    monkeypatch.setattr(unwritten_logs, "MOST_KEPT", 5 * 8)
    return UnwrittenLogs(lambda: None)


def test_what_fits_comes_back_as_it_was_and_nothing_is_said(small: UnwrittenLogs) -> None:
    given = [Lines(STORE, lines("a", "b")), Lines(OTHER, lines("c"))]
    small.put_back(given)
    assert small.take() == given
    assert not small


def test_the_oldest_are_kept_and_each_logstore_is_told_how_many_it_misses(
    small: UnwrittenLogs,
) -> None:
    small.put_back([Lines(STORE, lines(*"abcd")), Lines(OTHER, lines(*"efg"))])
    small.put_back([Lines(STORE, lines("h"))])
    assert small.take() == [
        Lines(STORE, lines(*"abcd")),
        Lines(OTHER, lines("e")),
        Lines(OTHER, (), 2),
        Lines(STORE, (), 1),
    ]


def test_what_was_lost_is_not_forgotten_when_that_cannot_be_written_either(
    small: UnwrittenLogs,
) -> None:
    small.put_back([Lines(STORE, lines(*"abcdefg"))])
    for _ in range(3):
        small.put_back(small.take())
    assert small
    assert small.take() == [Lines(STORE, lines(*"abcde")), Lines(STORE, (), 2)]


def messages_in(world: World) -> list[str]:
    rows = world.connection.execute("SELECT lines FROM log_groups ORDER BY id").fetchall()
    groups = [json.loads(row[0]) for row in rows]
    return [dict(zip(line[::2], line[1::2], strict=True))["message"] for g in groups for line in g]


def test_lines_of_a_time_without_writes_are_written_later_with_the_number_of_those_lost(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "AFTER_A_FAILED_WRITE", 0.01)
    monkeypatch.setattr(unwritten_logs, "MOST_KEPT", 2000)

    def furnish(tx: Transaction) -> None:
        projects.create_project(tx, "project", "", "", world.now)
        logstores.create_logstore(tx, "project", "store", 30, {}, world.now)
        world.function(tx, "talks", log_config={"project": "project", "logstore": "store"})

    world.change(furnish)
    write, full = ledger.write, True

    def refuse(*arguments: Any) -> ledger.Done:
        if full and arguments[1].lines:
            raise NotWritten("the disk is full")
        return write(*arguments)

    monkeypatch.setattr(ledger, "write", refuse)

    def talk(invocation: Invocation) -> Outcome:
        for number in range(30):
            invocation.write_log(f"line {number}")
        return answered()

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        nonlocal full
        pool.at_once = talk
        world.submit("t", "talks")
        dispatcher.wake("talks")
        await until(lambda: pool.started)
        await asyncio.sleep(0.05)  # it is refused a few times
        assert messages_in(world) == []
        full = False
        await until(lambda: world.task("t", "talks").ended_at)

    world.run(scenario)
    written = messages_in(world)
    kept = [f"line {number}" for number in range(30) if f"line {number}" in written]
    assert written[0].startswith("FC Invoke Start")
    assert written[1 : 1 + len(kept)] == [f"line {number}" for number in range(len(kept))]
    assert 5 < len(kept) < 30
    # start, 30 lines, end and report in all
    lost = 33 - 1 - len(kept)
    assert written[1 + len(kept) :] == [
        f"localcloud: {lost} lines are lost: the database could not be written, and there was no"
        " room to keep them"
    ]
    assert f"{lost} lines of logs are lost" in caplog.text
