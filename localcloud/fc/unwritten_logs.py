"""Lines of invocations that are not in a logstore yet, bounded while they cannot be written."""

import asyncio
from collections import Counter
from collections.abc import Callable

from localcloud.fc.invocation_logs import InvocationLog, Lines, Logstore
from localcloud.sls.logs import Log

LOGS_WAIT = 0.3  # s that lines of a running attempt may wait to be written
MOST_KEPT = 8 * 1024 * 1024  # characters kept, of all functions, while the database refuses writes


class UnwrittenLogs:
    """Collects from the logs of invocations. Only the event loop touches it.

    `ring` is called when lines have waited long enough. What comes back because it could not be
    written is kept, the oldest first, up to `MOST_KEPT`; how many lines were too many for that is
    written into each logstore that misses them.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._sources: list[InvocationLog] = []
        self._kept: list[Lines] = []
        self._kept_characters = 0
        self._lost: Counter[Logstore] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return bool(self._sources or self._kept or self._lost)

    def changed(self, source: InvocationLog) -> None:
        """There is something in it, after there was nothing."""
        self._sources.append(source)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOGS_WAIT, self._waited)

    def _waited(self) -> None:
        self._timer = None
        self._ring()

    def take(self) -> list[Lines]:
        """All there is, in the order in which it was made; it is forgotten here."""
        lines, self._kept, self._kept_characters = self._kept, [], 0
        lines += [taken for source in self._sources if (taken := source.take()) is not None]
        self._sources.clear()
        lines += [Lines(logstore, (), count) for logstore, count in self._lost.items()]
        self._lost.clear()
        return lines

    def put_back(self, lines: list[Lines]) -> None:
        """These were taken and could not be written: they come first the next time."""
        for taken in lines:
            fits = 0
            for entry in taken.logs:
                self._kept_characters += _characters(entry)
                if self._kept_characters > MOST_KEPT:
                    break
                fits += 1
            lost = len(taken.logs) - fits + taken.lost
            if lost:
                self._lost[taken.logstore] += lost
            if fits:
                self._kept.append(Lines(taken.logstore, taken.logs[:fits]))

    def stop_ringing(self) -> None:
        """Whoever is rung for is closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _characters(entry: Log) -> int:
    return sum(len(name) + len(value) for name, value in entry.contents)
