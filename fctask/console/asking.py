"""Asking the cloud: the SDKs are synchronous, so each call gets a thread, and few at a time."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")

AT_ONCE = 8  # calls under way at the same time
KEPT = 0.7  # seconds that one answer serves everybody who looks at the same page
_MOST_KEPT = 64


@dataclass
class Asking:
    """Calls of the library in threads of their own."""

    _room: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(AT_ONCE))
    _kept: "dict[Hashable, tuple[float, Any]]" = field(default_factory=dict[Hashable, Any])
    _locks: dict[Hashable, anyio.Lock] = field(default_factory=dict[Hashable, anyio.Lock])

    async def ask(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """`function(...)` in a thread; raises what it raises."""
        return await anyio.to_thread.run_sync(
            partial(function, *arguments, **named), limiter=self._room, abandon_on_cancel=True
        )

    async def shared(self, key: Hashable, function: Callable[[], T]) -> T:
        """The same for what several windows may show: one call for all within 0.7 s.

        An error is kept for nobody.
        """
        lock = self._locks.setdefault(key, anyio.Lock())
        async with lock:
            at, answer = self._kept.get(key, (0.0, None))
            if time.monotonic() - at < KEPT and at:
                return answer
            found = await self.ask(function)
            self._kept[key] = (time.monotonic(), found)
            self._tidy()
            return found

    def forget(self) -> None:
        """What is kept is not true any more: something was done."""
        self._kept.clear()

    def _tidy(self) -> None:
        if len(self._kept) > _MOST_KEPT:
            now = time.monotonic()
            old = [key for key, (at, _) in self._kept.items() if now - at >= KEPT]
            for key in old:
                del self._kept[key]
                lock = self._locks.get(key)
                if lock is not None and not lock.statistics().tasks_waiting and not lock.locked():
                    del self._locks[key]
