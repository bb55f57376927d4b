"""How many instances there may be at once, and the invocations that wait for one."""

import asyncio
import time
from collections import deque
from typing import Any


class Places:
    """`most` places. Use it from one event loop."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def full(self) -> bool:
        """Whether no further instance may be made."""
        return self._taken >= self.most

    def take(self) -> None:
        """An instance is being made."""
        self._taken += 1

    def give_back(self) -> None:
        """An instance is gone."""
        self._taken -= 1
        self.wake_one()

    def wake_one(self) -> None:
        """Somebody may look again: an instance is gone, or free for one more invocation."""
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return

    def wake_all(self) -> None:
        """Nobody is to wait any more."""
        for place in self._waiting:
            if not place.done():
                place.set_result(None)

    async def wait(self, stopped: asyncio.Event, deadline: float) -> bool:
        """Return when it is worth looking again, `stopped` is set, or at `deadline` (monotonic).

        True where it is worth looking: then nobody else was told, so do look.
        """
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        looks = False
        try:
            await first(place, stopped, deadline - time.monotonic())
            looks = place.done() and not stopped.is_set()
        finally:
            if not place.done():
                self._waiting.remove(place)
            elif not looks:  # it was told, and will not look: the next one is to
                self.wake_one()
        return looks


async def first(
    awaited: "asyncio.Future[Any]", stopped: asyncio.Event, seconds: float | None
) -> None:
    """Return when one of the two happens, or after `seconds`."""
    until_stopped = asyncio.ensure_future(stopped.wait())
    try:
        await asyncio.wait(
            (awaited, until_stopped), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        until_stopped.cancel()
