"""Invocations that wait for a place: whoever is told looks, or somebody else is told."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from localcloud.fc.instances.places import Places


def waiting(places: Places, stopped: asyncio.Event) -> "asyncio.Task[bool]":
    return asyncio.create_task(places.wait(stopped, time.monotonic() + 5))


def story(told: Callable[[Places, asyncio.Event], Awaitable[None]]) -> None:
    async def main() -> None:
        places = Places(1)
        places.take()
        await asyncio.wait_for(told(places, asyncio.Event()), 10)

    asyncio.run(main())


def test_the_one_that_waits_longest_is_told_of_a_free_place() -> None:
    async def told(places: Places, stopped: asyncio.Event) -> None:
        first, second = waiting(places, stopped), waiting(places, stopped)
        await asyncio.sleep(0)
        places.give_back()
        assert await first is True
        assert not second.done()
        places.wake_one()
        assert await second is True

    story(told)


def test_nobody_is_told_at_the_deadline() -> None:
    async def told(places: Places, stopped: asyncio.Event) -> None:
        assert await places.wait(stopped, time.monotonic()) is False

    story(told)


def test_a_place_goes_on_to_the_next_when_the_one_told_was_stopped() -> None:
    async def told(places: Places, stopped: asyncio.Event) -> None:
        first, second = waiting(places, stopped), waiting(places, asyncio.Event())
        await asyncio.sleep(0)
        places.give_back()
        stopped.set()
        assert await first is False
        assert await second is True

    story(told)


def test_a_place_goes_on_to_the_next_when_the_one_told_was_cancelled() -> None:
    async def told(places: Places, stopped: asyncio.Event) -> None:
        first, second = waiting(places, stopped), waiting(places, stopped)
        await asyncio.sleep(0)
        places.give_back()
        first.cancel()
        assert await second is True

    story(told)
