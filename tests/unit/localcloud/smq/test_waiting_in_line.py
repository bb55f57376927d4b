"""The line of receivers: each message wakes one, and no waking is lost."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from localcloud.smq import waiting
from localcloud.smq.waiting import Waiter


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())
    assert not waiting.anyone(1)


async def until_woken(
    order: list[int], number: int, departed: Callable[[], Awaitable[None]] | None = None
) -> bool:
    with Waiter(1, 5, departed) as waiter:
        woken = await waiter.woken()
        if woken:
            order.append(number)
        return woken


def test_those_who_wait_longest_are_woken_first() -> None:
    async def story() -> None:
        order: list[int] = []
        tasks = [asyncio.create_task(until_woken(order, number)) for number in range(4)]
        await asyncio.sleep(0)
        waiting.wake(1, 2)
        await asyncio.gather(*tasks[:2])
        assert order == [0, 1]
        waiting.wake_all(1)
        assert await asyncio.gather(*tasks) == [True] * 4

    run(story)


def test_a_waking_that_nobody_looks_at_any_more_goes_to_the_next() -> None:
    async def story() -> None:
        order: list[int] = []
        first, second = (asyncio.create_task(until_woken(order, n)) for n in range(2))
        await asyncio.sleep(0)
        waiting.wake(1, 1)
        first.cancel()
        assert await asyncio.wait_for(second, 1)
        assert order == [1]

    run(story)


def test_a_departed_receiver_hands_its_waking_on() -> None:
    async def story() -> None:
        order: list[int] = []
        gone = asyncio.Event()

        async def departed() -> None:
            await gone.wait()

        first = asyncio.create_task(until_woken(order, 0, departed))
        second = asyncio.create_task(until_woken(order, 1))
        await asyncio.sleep(0.01)
        gone.set()
        waiting.wake(1, 1)
        assert await asyncio.wait_for(first, 1) is False
        assert await asyncio.wait_for(second, 1) is True
        assert order == [1]

    run(story)


def test_a_message_between_two_looks_is_not_missed() -> None:
    async def story() -> None:
        with Waiter(1, 5) as waiter:
            waiting.wake(1, 1)  # while it looks into the queue
            assert await asyncio.wait_for(waiter.woken(), 1)

    run(story)


def test_a_later_message_does_not_put_off_an_earlier_one() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        with Waiter(1, 5) as waiter:
            waiting.wake_later(1, 0.05, at=50)
            waiting.wake_later(1, 3.0, at=3000)
            began = loop.time()
            assert await waiter.woken()
            assert loop.time() - began < 1

    run(story)


def test_an_earlier_message_is_not_put_off_by_a_later_one() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        with Waiter(1, 5) as waiter:
            waiting.wake_later(1, 3.0, at=3000)
            waiting.wake_later(1, 0.05, at=50)
            began = loop.time()
            assert await waiter.woken()
            assert loop.time() - began < 1

    run(story)


def test_the_time_is_over_when_it_is_over() -> None:
    async def story() -> None:
        with Waiter(1, 0.01) as waiter:
            assert await waiter.woken() is False

    run(story)


@pytest.mark.parametrize("queue_id", [2, 3])
def test_waking_a_queue_without_receivers_does_nothing(queue_id: int) -> None:
    async def story() -> None:
        waiting.wake(queue_id, 5)
        waiting.wake_all(queue_id)
        waiting.wake_later(queue_id, 0, 0)
        assert not waiting.anyone(queue_id)

    asyncio.run(story())
