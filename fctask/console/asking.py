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
MOST_KEPT = 64  # answers


@dataclass
class _Shared:
    """One answer for several windows. `generation` is the one in which it was asked."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    waiting: int = 0
    at: float = 0.0
    generation: int = -1
    answer: Any = None


@dataclass
class Asking:
    """Calls of the library in threads of their own."""

    _room: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(AT_ONCE))
    _shared: dict[Hashable, _Shared] = field(default_factory=dict[Hashable, _Shared])
    _generation: int = 0  # one more with each action

    async def ask(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """`function(...)` in a thread; raises what it raises."""
        return await anyio.to_thread.run_sync(
            partial(function, *arguments, **named), limiter=self._room, abandon_on_cancel=True
        )

    async def shared(self, key: Hashable, function: Callable[[], T]) -> T:
        """The same for what several windows may show: one call for all within 0.7 s.

        An error is kept for nobody, and neither is what was asked before an action (`forget`).
        """
        one = self._shared.setdefault(key, _Shared())
        one.waiting += 1
        try:
            async with one.lock:
                if self._fresh(one):
                    return one.answer
                generation = self._generation
                answer = await self.ask(function)
                one.answer, one.at, one.generation = answer, time.monotonic(), generation
                return answer
        finally:
            one.waiting -= 1
            self._tidy()

    def forget(self) -> None:
        """What is kept, and what is being asked, is not true any more: something was done."""
        self._generation += 1
        self._tidy()

    def _fresh(self, one: _Shared) -> bool:
        return one.generation == self._generation and time.monotonic() - one.at < KEPT

    def _tidy(self) -> None:
        idle = [key for key, one in self._shared.items() if not one.waiting]
        fresh = [key for key in idle if self._fresh(self._shared[key])]
        for key in {*idle} - {*fresh[-MOST_KEPT:]}:
            del self._shared[key]
