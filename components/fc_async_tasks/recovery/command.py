"""A command that an interrupt does not leave behind: it is waited for all the same."""

import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType


def ended(command: Sequence[str], folder: Path, given: str) -> "tuple[int, str, str]":
    """Run a command in `folder`, with `given` on its standard input: exit code, output, errors.

    A terminal interrupts the command too. Killed, `pulumi` would leave its lock, so it is let end
    by itself, and KeyboardInterrupt is raised then. A second interrupt waits no more.
    """
    with ExitStack() as start:
        held = _held_interrupts(start)
        with subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            try:
                start.close()
                if held:
                    raise KeyboardInterrupt
                out, errors = running.communicate(given)
            except KeyboardInterrupt:
                running.communicate()
                raise
    return running.returncode, out, errors


def _held_interrupts(until: ExitStack) -> list[int]:
    """Have interrupts only be noted, in what is given, until `until` is closed.

    While Popen starts a process, KeyboardInterrupt would leave nobody to wait for that.
    """
    held: list[int] = []

    def note(number: int, _frame: "FrameType | None") -> None:
        held.append(number)

    heard_here = threading.current_thread() is threading.main_thread()
    if heard_here and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)
        until.callback(signal.signal, signal.SIGINT, signal.default_int_handler)
    return held
