"""Totals of a window of time, read on in the background for as long as somebody looks."""

import asyncio
import time
from dataclasses import dataclass, field

from fctask.clients import Clients
from fctask.console.asking import Asking
from fctask.console.charts import Charts, charts
from fctask.console.recent import Recent
from fctask.console.troubles import Trouble, Troubles
from fctask.stats import Totals, total
from fctask.times import seconds_of

WINDOWS = ("1h", "6h", "1d", "7d")
_SHORTEST = 60_000  # ms that a drawing spans at least
_EVERY = 2.0  # seconds between two readings, at least


@dataclass(frozen=True)
class Summary:
    """What was counted: the tasks accepted since `begin`, as of `read_at` (ms since 1970).

    `cut_off`: the window has older ones, which were not read.
    """

    totals: Totals
    charts: Charts
    begin: int
    read_at: int
    cut_off: bool


@dataclass
class TotalsOfWindow:
    """The last summary of one window; a reading that fails leaves it and is a trouble."""

    clients: Clients
    window: str
    troubles: Troubles
    summary: Summary | None = None
    _recent: Recent = field(init=False)
    _reading: "asyncio.Task[None] | None" = None
    _begun_at: float = 0.0

    def __post_init__(self) -> None:
        self._recent = Recent(self.clients, seconds_of(self.window))

    @property
    def trouble(self) -> Trouble | None:
        """Why the last reading failed; None where it did not."""
        return self.troubles.of(self._what)

    @property
    def _what(self) -> str:
        return f"Reading the tasks of the last {self.window}"

    @property
    def so_far(self) -> int:
        """How many tasks the reading under way has got."""
        return self._recent.so_far

    def refresh(self, asking: Asking) -> None:
        """Begin to read what is new, unless that goes on or was done a moment ago."""
        if self._reading is not None and not self._reading.done():
            return
        if time.monotonic() - self._begun_at < _EVERY and self._begun_at:
            return
        self._begun_at = time.monotonic()
        self._reading = asyncio.get_running_loop().create_task(self._refreshed(asking))

    async def settle(self, seconds: float) -> None:
        """Wait so long for the reading under way, so that a quick one is shown at once."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=seconds)

    async def _refreshed(self, asking: Asking) -> None:
        try:
            self.summary = await asking.ask(self._summed)
        except Exception as error:  # noqa: BLE001 - told: nobody waits for this task
            self.troubles.tell(self._what, error)
        else:
            self.troubles.over(self._what)

    def _summed(self) -> Summary:
        recent = self._recent
        recent.read()
        found = recent.tasks()
        end = recent.read_at or 0
        oldest = (found[-1].started_at if found else None) or recent.begin
        # the drawing begins where there is something to draw
        drawn = charts(found, max(recent.begin, min(oldest, end - _SHORTEST)), end)
        begin = oldest if recent.cut_off else recent.begin
        return Summary(total(found), drawn, begin, end, recent.cut_off)
