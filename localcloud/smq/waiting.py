"""Who waits for a message: receivers that a commit wakes, one for each message.

A receiver enters before it looks into the queue, so that no message can slip in between. Queues are
told apart by their ids, which no two queues share, not even in two data folders.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType

_waiting: dict[int, deque["Waiter"]] = {}
_alarms: dict[int, tuple[int, asyncio.TimerHandle]] = {}


class Waiter:
    """One receiver in the line of one queue, for so many seconds or until its client has departed.

    `with Waiter(queue_id, 20, call.departed) as waiter: ...` enters the line and leaves it.
    """

    __slots__ = ("_awake", "_departed", "_end", "_queue_id", "_watch")

    def __init__(
        self, queue_id: int, seconds: float, departed: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        self._queue_id = queue_id
        self._end = loop.time() + seconds
        self._awake: asyncio.Future[None] = loop.create_future()
        self._departed = departed
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> "Waiter":
        self._enter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._watch is not None:
            self._watch.cancel()
        line = _waiting.get(self._queue_id)
        if line is not None and self in line:
            line.remove(self)
            if not line:
                del _waiting[self._queue_id]
                _silence(self._queue_id)
        elif self._awake.done():
            # Woken for a message that it did not look for any more: that one wakes another.
            wake(self._queue_id, 1)

    async def woken(self) -> bool:
        """Wait to be woken, and stand in line again; False when the time is over or it departed."""
        loop = asyncio.get_running_loop()
        waits_for: list[asyncio.Future[None]] = [self._awake]
        if self._departed is not None and self._watch is None:
            self._watch = loop.create_task(_until(self._departed))
        if self._watch is not None:
            waits_for.append(self._watch)
        await asyncio.wait(
            waits_for,
            timeout=max(self._end - loop.time(), 0),
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not self._awake.done() or (self._watch is not None and self._watch.done()):
            return False
        self._awake = loop.create_future()
        self._enter()
        return True

    def _enter(self) -> None:
        _waiting.setdefault(self._queue_id, deque()).append(self)

    def rouse(self) -> None:
        """Let `woken` return."""
        if not self._awake.done():
            self._awake.set_result(None)


async def _until(departed: Callable[[], Awaitable[None]]) -> None:
    await departed()


def wake(queue_id: int, messages: int) -> None:
    """So many messages are there now: wake as many receivers, those who wait longest first."""
    line = _waiting.get(queue_id)
    while line and messages > 0:
        line.popleft().rouse()
        messages -= 1
    if line is not None and not line:
        del _waiting[queue_id]


def wake_all(queue_id: int) -> None:
    """The queue itself changed: let every receiver look again."""
    line = _waiting.get(queue_id)
    if line:
        wake(queue_id, len(line))


def wake_later(queue_id: int, seconds: float, at: int) -> None:
    """A message becomes ready in so many seconds, at the time `at` (ms): wake one receiver then.

    Without receivers nothing is set: the next one finds out by itself when it has to look again.
    """
    if queue_id not in _waiting:
        return
    alarm = _alarms.get(queue_id)
    if alarm is not None:
        if alarm[0] <= at:
            return
        alarm[1].cancel()
    loop = asyncio.get_running_loop()
    _alarms[queue_id] = (at, loop.call_later(max(seconds, 0), _ring, queue_id))


def _ring(queue_id: int) -> None:
    _alarms.pop(queue_id, None)
    wake(queue_id, 1)


def _silence(queue_id: int) -> None:
    alarm = _alarms.pop(queue_id, None)
    if alarm is not None:
        alarm[1].cancel()


def anyone(queue_id: int) -> bool:
    """Whether a receiver stands in line now. May be asked from any thread.

    Who enters later looks into the queue later, and so needs no waking for what is there now.
    """
    return queue_id in _waiting
