"""What has happened to tasks since the last write."""

from localcloud.clock import Clock
from localcloud.fc.attempts import Attempt
from localcloud.fc.instances.invocation import Outcome
from localcloud.fc.lanes import Look
from localcloud.fc.ledger import Work
from localcloud.fc.tasks import Finished
from localcloud.fc.unwritten_logs import UnwrittenLogs


class Unwritten:
    """Starts, ends, stops and lines of logs. Only the event loop touches it."""

    def __init__(self, clock: Clock, logs: UnwrittenLogs) -> None:
        self.logs = logs
        self._clock = clock
        self._starts: list[Attempt] = []
        self._ends: list[tuple[Attempt, Outcome, int]] = []
        self._stops: list[int] = []

    def __bool__(self) -> bool:
        """Whether there is anything that the next start would not find out for itself."""
        return bool(self._ends or self._stops or self.logs)

    def started(self, attempt: Attempt) -> None:
        """An attempt runs now."""
        attempt.running = True
        attempt.started_at = self._clock()
        self._starts.append(attempt)

    def ended(self, attempt: Attempt, outcome: Outcome) -> int:
        """An attempt is over; returns how long it took in ms."""
        now = self._clock()
        attempt.instance_id = outcome.instance_id
        self._ends.append((attempt, outcome, now))
        return now - attempt.started_at

    def stopped(self, task: int) -> None:
        """Every process of a task that was told to stop is gone."""
        self._stops.append(task)

    def take(self, looks: list[Look]) -> Work:
        """All of it, together with these looks at queues; it is forgotten here.

        An attempt that is over already is written with its end alone.
        """
        starts, ends, stops = self._starts, self._ends, self._stops
        self._starts, self._ends, self._stops = [], [], []
        over = {attempt for attempt, _, _ in ends}
        return Work(
            self.logs.take(),
            [attempt for attempt in starts if attempt not in over],
            [(attempt, _finished(attempt, outcome, at)) for attempt, outcome, at in ends],
            stops,
            looks,
        )

    def put_back(self, work: Work) -> None:
        """Nothing of it was kept: all of it has to be written again, before what came since."""
        self._starts = work.starts + self._starts
        self._ends = [(one, end.outcome, end.ended_at) for one, end in work.ends] + self._ends
        self._stops = work.stops + self._stops
        self.logs.put_back(work.lines)


def _finished(attempt: Attempt, outcome: Outcome, ended_at: int) -> Finished:
    return Finished(
        attempt.row, attempt.function, attempt.recorded, attempt.started_at, ended_at, outcome
    )
