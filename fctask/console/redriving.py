"""A redrive that goes on in the background while the page shows how far it is."""

import threading
import time
from collections import Counter, deque
from collections.abc import Collection
from dataclasses import dataclass, field

from fctask import redrive
from fctask.clients import Clients
from fctask.errors import FctaskError
from fctask.redrive import RedriveOutcome

_SHOWN = 100  # outcomes; the numbers count all


@dataclass
class Redriving:
    """One run of redrive. Stopped at any moment it loses no message, as the command."""

    clients: Clients
    include: Collection[str]
    done: Counter[str] = field(default_factory=Counter[str])
    error: str = ""
    ended_at: int | None = None  # ms since 1970
    _outcomes: "deque[RedriveOutcome]" = field(default_factory=lambda: deque(maxlen=_SHOWN))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.ended_at is None

    @property
    def told(self) -> list[RedriveOutcome]:
        """What was done with the last messages, newest first."""
        with self._lock:
            return list(self._outcomes)

    def start(self) -> None:
        """Begin, in a thread."""
        self._thread = threading.Thread(target=self._run, name="redrive", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """End after the message at hand."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Wait so long at most for the end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self) -> None:
        run = redrive.redrive(self.clients, self.include)
        try:
            for outcome in run:
                with self._lock:
                    self.done[outcome.done] += 1
                    self._outcomes.appendleft(outcome)
                if self._stop.is_set():
                    break
        except FctaskError as error:
            self.error = str(error)
        except Exception as error:  # noqa: BLE001 - told on the page: a thread has no other way
            self.error = f"it ended with an error of its own: {error!r}"
        finally:
            run.close()  # gives back what was left alone
            self.ended_at = round(time.time() * 1000)
