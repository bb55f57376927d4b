"""Runs a child process so that nothing of it outlives an interrupt, and keeps all it prints."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRACE = 5.0
"""Seconds between asking a process group to stop and killing it."""

TAIL = 15
"""How many last lines of a failed step its message shows."""


class StepFailed(Exception):
    """A child process failed: its command, exit code and last lines."""

    def __init__(self, command: Sequence[str], code: int, tail: Sequence[str]) -> None:
        super().__init__(f"{Path(command[0]).name} ended with exit code {code}")
        self.code = code
        self.tail = tuple(tail)


def run(
    command: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    limit: float | None = None,
) -> None:
    """Run `command` to its end; what it prints goes to the end of `log`, line by line to `on_line`.

    It runs in a process group of its own, which is ended whole if anything (Ctrl-C, say) stops this
    call, or after `limit` seconds. Raises StepFailed.
    """
    tail: deque[str] = deque(maxlen=TAIL)
    with log.open("a", encoding="utf-8", errors="replace") as kept:
        kept.write(f"$ {' '.join(command)}\n")
        kept.flush()
        with subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as child:
            assert child.stdout is not None  # noqa: S101  (asked for above)
            overdue = threading.Event()
            alarm = threading.Timer(limit or 0, _end_overdue, (child, overdue))
            alarm.daemon = True
            if limit is not None:
                alarm.start()
            try:
                for line in child.stdout:
                    kept.write(line)
                    tail.append(line.rstrip())
                    if on_line is not None:
                        on_line(line.rstrip())
                code = child.wait()
            except BaseException:
                _end_group(child)
                raise
            finally:
                alarm.cancel()
        if overdue.is_set():
            tail.append(f"stopped after {limit} seconds")
        if code != 0:
            raise StepFailed(command, code, tail)


def ask(
    command: Sequence[str], env: Mapping[str, str], timeout: float, folder: Path | None = None
) -> str | None:
    """What a quick command prints; None if it fails, is missing or takes over `timeout` seconds.

    It runs in `folder`, or where this process does.
    """
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _end_overdue(child: subprocess.Popen[str], overdue: threading.Event) -> None:
    overdue.set()
    _end_group(child)


def _end_group(child: subprocess.Popen[str]) -> None:
    """Ask the whole group to stop (the compilers with their `go`), then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            return
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
        # `go` is gone; a compiler that is not has until the second round.
