"""Tells a person what the set-up is doing: a live line on a terminal, else a plain one at times."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

LIVE = 0.2
"""Seconds between two pictures of the live line."""

PLAIN = 20.0
"""Seconds between two plain lines about one step."""

BOLD, FAINT, GREEN, RED, RESET = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[0m"
START_OF_LINE, ERASE_LINE = "\r", "\x1b[K"


class Step:
    """A step under way: its name, its place among the others, and what it is at just now."""

    def __init__(self, name: str, place: int, of: int) -> None:
        self.name = name
        self.place = place
        self.of = of
        self.detail = ""
        self.started = time.monotonic()

    def elapsed(self) -> str:
        """Minutes and seconds since the step began, e.g. "2:07"."""
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes}:{seconds:02}"


class Display:
    """Shows the set-up's steps on `stream`, by default standard error.

    On a terminal the step under way is one line that is drawn anew every 0.2 s; anywhere else (a
    file, CI) it is a plain line at its beginning, every `plain` seconds and at its end. Colours are
    for terminals, and for those that have not set NO_COLOR.
    """

    def __init__(self, stream: TextIO | None = None, *, plain: float = PLAIN) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._colours = self._live and not os.environ.get("NO_COLOR")
        self._interval = LIVE if self._live else plain

    def say(self, sentence: str) -> None:
        """Show something that a person should read once."""
        self._write(sentence + "\n")

    @contextmanager
    def step(self, name: str, place: int, of: int) -> Generator[Step, None, None]:
        """Show a step while the context lasts, and whether it ended well."""
        step = Step(name, place, of)
        over = threading.Event()
        self._show(step, "")
        ticker = threading.Thread(target=self._tick, args=(step, over), daemon=True)
        ticker.start()
        ending = self._paint(RED, "stopped")
        try:
            yield step
            ending = self._paint(GREEN, "done")
        finally:
            over.set()
            ticker.join()
            step.detail = ""
            self._show(step, ending)
            if self._live:
                self._write("\n")

    def _tick(self, step: Step, over: threading.Event) -> None:
        while not over.wait(self._interval):
            self._show(step, "")

    def _show(self, step: Step, ending: str) -> None:
        place = f"[{step.place} of {step.of}]"
        elapsed = step.elapsed()
        if self._live:
            columns = shutil.get_terminal_size().columns
            room = columns - len(f"{place} {step.name}  {elapsed}  ") - 1
            shown = f"{self._paint(BOLD, place)} {step.name}  {elapsed}"
            about = ending or self._paint(FAINT, step.detail[: max(room, 0)])
            self._write(f"{START_OF_LINE}{shown}  {about}{ERASE_LINE}")
        else:
            about = ending or step.detail
            self._write(f"{place} {step.name}  {elapsed}{'  ' if about else ''}{about}\n")

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{RESET}" if self._colours and text else text

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
