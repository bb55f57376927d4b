"""Stopping a task, wherever it is."""

import asyncio

import pytest

from localcloud.fc import tasks
from localcloud.fc.dispatcher import Dispatcher
from localcloud.refusal import Refusal
from localcloud.store import functions as function_store
from localcloud.store.database import Transaction

from .conftest import FakePool, World, answered, failed, until


def test_a_stopped_task_that_waits_never_starts(world: World) -> None:
    def stop(tx: Transaction) -> None:
        tasks.stop(world.desk(tx), "job", "t")

    world.submit()
    world.change(stop)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert pool.started == []

    world.run(scenario)
    assert world.trail() == ["Enqueued", "Stopped"]
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == ""
    assert message["requestContext"]["approximateInvokeCount"] == 0
    with pytest.raises(Refusal, match="AsyncTaskAlreadyEnded"):
        world.change(stop)


def test_a_running_task_is_stopping_until_its_processes_are_gone(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.stop_gate = asyncio.Event()
        world.submit()
        dispatcher.wake("job")
        (request,) = await pool.running(1)
        await until(lambda: world.task().status.value == "Running")
        number, _ = world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t"))
        dispatcher.stop_requested(number)
        await until(lambda: pool.stopped == [request])
        assert world.task().status.value == "Stopping"
        pool.answer(request, answered(b"too late"))  # it even succeeds meanwhile
        await until(lambda: not pool.under_way)
        await asyncio.sleep(0.05)
        assert world.task().status.value == "Stopping"
        assert pool.ended == []
        pool.stop_gate.set()
        await until(lambda: world.task().status.value == "Stopped")
        assert pool.ended == ["c-1"]  # what the handler left running there is gone as well

    world.run(scenario)
    assert world.trail() == ["Enqueued", "Dequeued", "Running", "Stopping", "Stopped"]
    (message,) = world.messages()
    assert message["responsePayload"] == ""
    assert message["responseContext"] == {"statusCode": 200, "functionError": ""}


def test_a_task_taken_ahead_and_stopped_never_starts(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        quick = [True] * 10
        pool.at_once = lambda _: answered() if quick and quick.pop() else None
        for number in range(20):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        await until(lambda: len(pool.started) == 11)
        await until(lambda: world.task("t12").status.value == "Dequeued")
        number, _ = world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t12"))
        dispatcher.stop_requested(number)
        await until(lambda: world.task("t12").status.value == "Stopped")
        pool.at_once = lambda _: answered()
        pool.answer(pool.started[-1], answered())
        await until(lambda: world.task("t19").ended_at)

    world.run(scenario)
    assert world.trail("t12") == ["Enqueued", "Dequeued", "Stopping", "Stopped"]


def test_a_retrying_task_can_be_stopped(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: failed()
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")
        world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t"))
        world.now += 60_000
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert len(pool.started) == 1

    world.run(scenario)
    assert world.trail()[-2:] == ["Retrying", "Stopped"]
