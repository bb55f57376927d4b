"""A lane for each function that has work: who runs, who is next, how many may run at once."""

from collections import deque

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
