"""A redrive that goes on in the background while the page shows how far it is."""

import contextlib
import threading
import time
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from fctask import redrive
from fctask.clients import Clients
from fctask.console.troubles import Troubles, sentence_of
from fctask.redrive import ALREADY, FAILED_TO, LEFT, REDRIVEN, RedriveOutcome

_SHOWN = 100  # outcomes; the numbers count all
_REST = "What it had not come to is still in the queue."


@dataclass
class Redriving:
    """One run of redrive. Stopped at any moment it loses no message, as the command.

    `state`: "going on", "stopping" (after the message at hand), and at its end "ended", "stopped"
    or "ended early", where `error` says why.
    """

    clients: Clients
    include: Collection[str]
    troubles: Troubles
    done: Counter[str] = field(default_factory=Counter[str])
    error: str = ""
    ended_at: int | None = None  # ms since 1970
    _outcomes: "deque[RedriveOutcome]" = field(default_factory=lambda: deque(maxlen=_SHOWN))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _cut_short: bool = False
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def state(self) -> str:
        """How it stands, in the words above."""
        if self.running:
            return "stopping" if self._stop.is_set() else "going on"
        if self.error:
            return "ended early"
        return "stopped" if self._cut_short else "ended"

    @property
    def told(self) -> list[RedriveOutcome]:
        """What was done with the last messages, newest first."""
        with self._lock:
            return list(self._outcomes)

    @property
    def numbers(self) -> str:
        """What was done so far, counted."""
        with self._lock:
            done = Counter(self.done)
        return (
            f"{done[REDRIVEN]:,} redriven, {done[ALREADY]:,} accepted before, "
            f"{done[LEFT]:,} left alone, {done[FAILED_TO]:,} not accepted"
        )

    @property
    def seen(self) -> int:
        """How many messages it has come to."""
        with self._lock:
            return self.done.total()

    @property
    def report(self) -> str:
        """How it stands, what was done and what became of the rest, for the terminal."""
        why = f": {self.error}" if self.error else ""
        rest = "" if self.state == "ended" else f" {_REST}"
        return f"The redrive {_SAID[self.state]}{why} ({self.numbers}).{rest}"

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread = threading.Thread(target=self._run, name="redrive", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # the machine has no thread left
            self._end(error)

    def ask_to_stop(self) -> None:
        """End after the message at hand."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait so long at most for the end."""
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            # closing it gives back what was left alone
            with contextlib.closing(redrive.redrive(self.clients, self.include)) as run:
                for outcome in run:
                    with self._lock:
                        self.done[outcome.done] += 1
                        self._outcomes.appendleft(outcome)
                    if self._stop.is_set():
                        self._cut_short = True
                        break
        except BaseException as error:  # noqa: BLE001 - told: nobody waits for a thread
            self._end(error)
        else:
            self._end()

    def _end(self, error: BaseException | None = None) -> None:
        if error is not None:
            self.error = sentence_of(error)
            self.troubles.tell_end("The redrive", error)
        self.ended_at = round(time.time() * 1000)


_SAID = {
    "going on": "goes on",
    "stopping": "did not end in time: the message at hand may come again, and is submitted once",
    "ended": "has ended",
    "stopped": "was stopped",
    "ended early": "ended early",
}
