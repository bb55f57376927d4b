"""A lane for each function that has work: who runs, who is next, how many may run at once.

Within a lane the order is that of the queue; between lanes everybody has the same right to what is
free, of the places in hand as of the instances.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.fc.attempts import Attempt

# How far ahead of the free slots a function's rows are taken from the queue. A short handler would
# else wait for a commit between every two invocations; rows of a slow one stay Enqueued until one
# of them can really run.
_SHORT = 20.0  # ms, the attempts' mean
_AHEAD_OF_SHORT = 8  # rows for each slot
_MIDDLING = 200.0  # ms
_MOST_AHEAD = 128


class Lane:
    """What the dispatcher knows of one function. Times in ms.

    `slots` is None until a look at the queue has told; `next_due` is when the next turn comes, None
    while nothing waits. `calls` counts the synchronous invocations, which use the same slots.
    `concurrency` is the function's instanceConcurrency. `look` asks for a look at the queue even
    where no slot is free: the function, or its slots, may have changed.
    """

    __slots__ = (
        "calls",
        "concurrency",
        "function",
        "look",
        "mean",
        "next_due",
        "ready",
        "running",
        "slots",
    )

    def __init__(self, function: str) -> None:
        self.function = function
        self.ready: deque[Attempt] = deque()
        self.running = 0
        self.calls = 0
        self.slots: int | None = None
        self.concurrency = 1
        self.look = False
        self.next_due: int | None = None
        self.mean: float | None = None

    @property
    def in_hand(self) -> int:
        """Attempts taken from the queue that are not over."""
        return self.running + len(self.ready)

    @property
    def instances(self) -> int:
        """How many instances its attempts need."""
        return -(-self.running // self.concurrency)

    @property
    def may_start(self) -> bool:
        """Whether the next attempt may run, as far as this function is concerned."""
        return bool(self.ready) and self.running + self.calls < (self.slots or 0)

    @property
    def ahead(self) -> int:
        """How many rows to take beyond what can run at once."""
        if self.mean is None or self.slots is None or self.mean > _MIDDLING:
            return 0
        each = _AHEAD_OF_SHORT if self.mean <= _SHORT else 1
        return min(each * self.slots, _MOST_AHEAD)

    def wants_work(self, now: int) -> bool:
        """Whether to look at the queue: a turn has come, and there is somebody to run it."""
        if self.look:
            return True
        if self.next_due is None or self.next_due > now:
            return False
        # when half of what may be ahead is used up: fewer and larger takes
        return self.slots is None or self.in_hand + self.calls < self.slots + (self.ahead + 1) // 2

    def took(self, duration: float) -> None:
        """An attempt was over after `duration` ms."""
        self.mean = duration if self.mean is None else self.mean + (duration - self.mean) / 8

    @property
    def idle(self) -> bool:
        """Whether it can be forgotten."""
        return (
            self.next_due is None
            and not self.look
            and not self.running
            and not self.ready
            and not self.calls
        )


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a function's queue: `taken` attempts are in hand, `ahead` more than there are slots
    may be taken, and no more than `room` in all."""

    function: str
    taken: int
    ahead: int
    room: int


class Lanes:
    """The lanes of all functions that have work; `most_instances` is what all may use together."""

    def __init__(self, most_instances: int) -> None:
        self._most = most_instances
        self._used = 0
        self._lanes: dict[str, Lane] = {}
        self._held_up: deque[Lane] = deque()

    def __iter__(self) -> Iterator[Lane]:
        return iter(self._lanes.values())

    def of(self, function: str) -> Lane:
        """The lane of a function; made where there is none."""
        lane = self._lanes.get(function)
        if lane is None:
            lane = self._lanes[function] = Lane(function)
        return lane

    def forget(self, lane: Lane) -> None:
        """Forget a lane that has nothing to do."""
        if lane.idle:
            self._lanes.pop(lane.function, None)

    def looks(self, now: int, free: int) -> list[Look]:
        """Whose queue to look at, where `free` attempts more may be in hand."""
        hungry = [lane for lane in self if lane.wants_work(now)]
        if not hungry or free <= 0:
            return []
        share = max(1, free // len(hungry))
        looks: list[Look] = []
        for lane in hungry[:free]:
            lane.look = False
            looks.append(Look(lane.function, lane.in_hand + lane.calls, lane.ahead, share))
            # whoever had a turn goes to the end of the row
            self._lanes[lane.function] = self._lanes.pop(lane.function)
        return looks

    def took(self, lane: Lane, attempts: list[Attempt]) -> None:
        """Attempts of a function were taken from the queue."""
        if attempts:
            before = lane.instances
            lane.concurrency = attempts[-1].function.instance.instance_concurrency
            self._used += lane.instances - before
            lane.ready.extend(attempts)

    def start(self, lane: Lane) -> Iterator[tuple[Lane, Attempt]]:
        """What may start now that something about `lane` has changed; each counts as running.

        Where instances are short, the lanes that wait for one take turns.
        """
        if self._held_up:
            if lane not in self._held_up:
                self._held_up.append(lane)
            while self._held_up and self._used < self._most:
                first = self._held_up.popleft()
                if first.may_start:
                    yield first, self._start(first)
                    self._held_up.append(first)
            return
        while lane.may_start:
            if self._used >= self._most and lane.running % lane.concurrency == 0:
                self._held_up.append(lane)
                return
            yield lane, self._start(lane)

    def over(self, lane: Lane) -> None:
        """A running attempt of a lane is over."""
        self._count(lane, -1)

    def _start(self, lane: Lane) -> Attempt:
        self._count(lane, 1)
        return lane.ready.popleft()

    def _count(self, lane: Lane, change: int) -> None:
        before = lane.instances
        lane.running += change
        self._used += lane.instances - before
