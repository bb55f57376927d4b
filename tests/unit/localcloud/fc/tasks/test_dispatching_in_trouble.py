"""What breaks inside localcloud loses no task: a kill, the pool, the database."""

import json
import sqlite3
from typing import Any

import pytest

from localcloud.fc import ledger, tasks, writer
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Ending, Invocation, Outcome
from localcloud.store.database import Transaction

from .conftest import FakePool, World, answered, until


def test_what_a_killed_localcloud_had_in_hand_is_put_right_at_the_next_start(
    world: World,
) -> None:
    for name in ("queued", "running", "stopping", "taken"):
        world.submit(name)

    def leave_behind(tx: Transaction) -> None:
        ids = {name: world.task(name).id for name in ("running", "stopping", "taken")}
        for status, name in (("Running", "running"), ("Stopping", "stopping")):
            tx.execute(
                "UPDATE tasks SET status = ?, due_at = NULL, attempts = 1 WHERE id = ?",
                (status, ids[name]),
            )
        tx.execute(
            "UPDATE tasks SET status = 'Dequeued', due_at = NULL WHERE id = ?", (ids["taken"],)
        )

    world.change(leave_behind)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: answered()
        await until(lambda: world.task("taken").status.value == "Succeeded")
        assert world.task("stopping").status.value == "Stopped"
        assert world.task("running").status.value == "Retrying"
        world.now += 500
        dispatcher.wake("job")
        await until(lambda: world.task("running").status.value == "Succeeded")

    world.run(scenario)
    lost = world.task("running")
    assert (lost.attempts, lost.function_errors, lost.system_errors) == (2, 0, 1)
    assert len(world.messages()) == 4


def test_a_pool_that_breaks_is_a_system_error_and_not_the_end(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        def broken(_: Invocation) -> Outcome:
            raise RuntimeError("a mistake in localcloud")

        pool.at_once = broken
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")

    world.run(scenario)
    assert world.task().system_errors == 1


def test_a_database_that_refuses_for_a_while_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "AFTER_A_FAILED_WRITE", 0.01)
    write = ledger.write
    refusals = [True] * 3

    def full(*arguments: Any) -> ledger.Done:
        if refusals and arguments[1].ends:
            refusals.pop()
            raise sqlite3.OperationalError("database or disk is full")
        return write(*arguments)

    monkeypatch.setattr(ledger, "write", full)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: answered()
        world.submit()
        dispatcher.submitted("job")
        await until(lambda: world.task().ended_at)

    world.run(scenario)
    assert refusals == []
    assert world.task().status.value == "Succeeded"
    assert len(world.messages()) == 1


def test_one_end_that_cannot_be_written_does_not_take_the_others_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finish = tasks.finish

    def broken(*arguments: Any) -> Any:
        if arguments[1].row.task_id == "t1":
            raise RuntimeError("a mistake in localcloud")
        return finish(*arguments)

    monkeypatch.setattr(tasks, "finish", broken)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(3):
            world.submit(f"t{number}", payload=b"secret payload")
        dispatcher.submitted("job")
        for request in list(await pool.running(3)):
            pool.answer(request, answered())
        await until(lambda: world.task("t0").ended_at and world.task("t2").ended_at)

    world.run(scenario)
    assert world.task("t1").status.value == "Running"  # the next start makes it again
    told = [record for record in caplog.records if "given up" in record.getMessage()]
    assert [world.task("t1").request_id in record.getMessage() for record in told] == [True]
    assert "secret payload" not in caplog.text


def test_what_an_attempt_leaves_and_no_database_holds_still_ends_its_task(world: World) -> None:
    """Half of a surrogate pair: JSON can say it, UTF-8 cannot."""

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        broken = Outcome(Ending.RAISED, b'{"errorMessage": "a\\ud800b"}', 3, 20.5, "c-1")
        pool.at_once = lambda _: broken
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().ended_at)

    world.run(scenario)
    assert world.task().status.value == "Failed"
    assert json.loads(world.task().events[-1].detail)["ErrorMessage"] == "a?b"


def test_an_end_that_cannot_be_written_is_an_error_of_its_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = tasks.finish

    def breaks(desk: Any, end: Any, *more: Any) -> Any:
        if end.outcome.payload == b"poison":
            raise ValueError("not of this world")
        return finish(desk, end, *more)

    monkeypatch.setattr(tasks, "finish", breaks)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        payloads = [b"poison", b"good"]
        pool.at_once = lambda _: answered(payloads.pop(0))
        for name in ("bad", "fine"):
            world.submit(name)
        dispatcher.wake("job")
        await until(lambda: world.task("bad").ended_at and world.task("fine").ended_at)

    world.run(scenario, instances=1)
    assert [world.task(name).status.value for name in ("bad", "fine")] == ["Failed", "Succeeded"]
    assert "ValueError" in json.loads(world.task("bad").events[-1].detail)["ErrorMessage"]


def test_a_long_attempt_lost_with_its_localcloud_is_made_again_however_long_ago_the_first_was(
    world: World,
) -> None:
    world.change(lambda tx: world.configure(tx, "job", age=100_000))

    async def lose_one(dispatcher: Dispatcher, pool: FakePool) -> None:
        dispatcher.wake("job")
        await pool.running(1)
        await until(lambda: world.task().status.value == "Running")
        world.now += 6 * 3_600_000

    async def nothing(dispatcher: Dispatcher, pool: FakePool) -> None:
        del dispatcher, pool

    world.submit()
    for lost in (1, 2):
        world.run(lose_one)
        world.run(nothing)  # the start that finds it
        assert (world.task().status.value, world.task().system_errors) == ("Retrying", lost)
        world.now += 1000
