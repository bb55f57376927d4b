"""How many run at once: reserved concurrency, slots, and what waits for one."""

import asyncio
from typing import Any

import pytest

from localcloud.fc import ledger
from localcloud.fc.dispatcher import Dispatcher
from localcloud.refusal import Refusal
from localcloud.store import functions as function_store

from .conftest import FakePool, World, answered, until


def test_no_more_run_at_once_than_the_reserved_concurrency(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 2))
        for number in range(6):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        first = await pool.running(2)
        await asyncio.sleep(0.05)
        assert len(pool.under_way) == 2
        waiting = [world.task(f"t{n}").status.value for n in range(6)]
        assert waiting.count("Enqueued") == 4  # a slow function's tasks stay in the queue
        pool.at_once = lambda _: answered()
        for request in first:
            pool.answer(request, answered())
        await until(lambda: all(world.task(f"t{n}").ended_at for n in range(6)))
        assert pool.most_at_once == 2

    world.run(scenario)


def test_instance_concurrency_multiplies_the_slots(world: World) -> None:
    world.change(lambda tx: world.function(tx, "wide", concurrency=3))

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(8):
            world.submit(f"t{number}", "wide")
        dispatcher.wake("wide")
        await pool.running(6)
        await asyncio.sleep(0.05)
        assert len(pool.under_way) == 6

    world.run(scenario, instances=2)


def test_a_reservation_of_zero_holds_tasks_until_it_is_raised(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 0))
        world.submit()
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert (pool.started, world.task().status.value) == ([], "Enqueued")
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        dispatcher.wake("job")
        await pool.running(1)

    world.run(scenario)


def test_a_busy_function_does_not_starve_another(world: World) -> None:
    world.change(lambda tx: world.function(tx, "other"))

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(20):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        await pool.running(2)
        world.submit("late", "other")
        dispatcher.wake("other")
        await until(lambda: world.task("late", "other").status.value == "Dequeued")
        for number in range(3):  # the store may show what the dispatcher has not yet heard
            pool.answer(pool.started[number], answered())
            await until(lambda number=number: len(pool.started) == number + 3)
        assert "other" in [spec.function_name for spec in pool.specs[2:]]

    world.run(scenario, most_instances=2, instances=10)


def test_what_waits_is_not_held_in_memory(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(300):
            world.submit(f"t{number}")
        pool.at_once = lambda _: answered() if len(pool.started) < 100 else None
        dispatcher.wake("job")
        await until(lambda: len(pool.started) >= 101)
        held = len(dispatcher._in_hand)  # pyright: ignore[reportPrivateUsage]
        assert held <= 2 + 2 * 8

    world.run(scenario, instances=2)


def test_what_is_submitted_to_a_function_without_a_free_slot_costs_no_write_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write = ledger.write

    def counted(*arguments: Any) -> ledger.Done:
        written.append(len(arguments[1].looks))
        return write(*arguments)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 0))
        world.submit("t")
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        monkeypatch.setattr(ledger, "write", counted)
        world.change(lambda tx: world.configure(tx, "job", age=1))
        world.submit("u")
        for _ in range(20):
            dispatcher.submitted("job")
            await asyncio.sleep(0.01)
        assert len(written) <= 4  # 20 without the rest between them
        world.now += 1_000
        expired = until(lambda: world.task("u").status.value == "Expired")
        await asyncio.wait_for(expired, 2)  # nobody has to ring for it
        assert pool.started == []

    world.run(scenario)


def test_a_synchronous_call_beyond_the_reserved_concurrency_is_throttled(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        first = asyncio.create_task(dispatcher.call("job", "", b"1", "r1"))
        await pool.running(1)
        with pytest.raises(Refusal, match="ResourceThrottled") as refused:
            await dispatcher.call("job", "", b"2", "r2")
        assert refused.value.status == 429
        world.submit()  # an asynchronous one waits for the slot instead
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert pool.started == ["r1"]
        pool.answer("r1", answered(b"one"))
        assert (await first).outcome.payload == b"one"
        await until(lambda: len(pool.started) == 2)

    world.run(scenario)


def test_a_synchronous_call_goes_on_when_its_caller_has_gone(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        call = asyncio.create_task(dispatcher.call("job", "", b"1", "r1"))
        await pool.running(1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert list(pool.under_way) == ["r1"]
        pool.answer("r1", answered())
        await until(lambda: not pool.under_way)
        second = asyncio.create_task(dispatcher.call("job", "", b"2", "r2"))
        await pool.running(1)
        pool.answer("r2", answered())
        await second

    world.run(scenario)
