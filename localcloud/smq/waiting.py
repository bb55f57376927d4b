"""Who waits for a message: receivers that a commit wakes, one for each message.

A receiver enters before it looks into the queue, so that no message can slip in between. Queues are
told apart by their ids, which no two queues share, not even in two data folders.
"""

import asyncio
from collections import deque
from types import TracebackType

_waiting: dict[int, deque["Waiter"]] = {}
_alarms: dict[int, tuple[int, asyncio.TimerHandle]] = {}


class Waiter:
    """One receiver in the line of one queue: `with Waiter(queue_id) as waiter: ...`."""

    __slots__ = ("_awake", "_queue_id")

    def __init__(self, queue_id: int) -> None:
        self._queue_id = queue_id
        self._awake = asyncio.Event()

    def __enter__(self) -> "Waiter":
        _waiting.setdefault(self._queue_id, deque()).append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        line = _waiting.get(self._queue_id)
        if line is not None and self in line:
            line.remove(self)
            if not line:
                del _waiting[self._queue_id]
                _silence(self._queue_id)
        elif self._awake.is_set():
            # Woken for a message that it did not look for any more: that one wakes another.
            wake(self._queue_id, 1)

    async def woken(self, seconds: float) -> bool:
        """Wait to be woken, at most so long; False when nobody did. Then stand in line again."""
        try:
            await asyncio.wait_for(self._awake.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        self._awake.clear()
        _waiting.setdefault(self._queue_id, deque()).append(self)
        return True

    def rouse(self) -> None:
        """Let `woken` return."""
        self._awake.set()


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
