"""Updates that are cut off: killed, or at a wire that holds an answer back."""

import subprocess
from pathlib import Path
from time import monotonic

from tests.e2e.stack import BIN, LONGEST_RUN
from tests.held_answers import Holds, Wire


def begin_update(folder: Path, port: int, *words: str) -> "subprocess.Popen[str]":
    """`pulumi up` behind `localcloud exec`, under way."""
    command = words or ("up", "--yes", "--skip-preview")
    return subprocess.Popen(
        [str(BIN / "localcloud"), "exec", "--port", str(port), "--", "pulumi", *command]
        + ["--stack", "dev", "--non-interactive"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def created(what: str) -> Holds:
    """Requests that create `what`: a part of the request line or body; reading is let through."""
    return lambda line, body: not line.startswith("GET") and what.encode() in line.encode() + body


def held(wire: Wire, update: "subprocess.Popen[str]") -> None:
    """Wait until an answer to the update is held back, before the update ends."""
    assert held_or_ended(wire, update), update.communicate()[0]


def held_or_ended(wire: Wire, update: "subprocess.Popen[str]") -> bool:
    """Wait until an answer to the update is held back, or the update has ended; whether held."""
    until = monotonic() + LONGEST_RUN
    while not wire.held.wait(0.2):
        if update.poll() is not None:
            return wire.held.is_set()
        assert monotonic() < until, f"after {LONGEST_RUN} s the update neither asks nor ends"
    return True


def cut_off(update: "subprocess.Popen[str]") -> None:
    """Kill an update's engine. Its providers live on: what waits for an answer may ask again."""
    update.kill()
    update.communicate(timeout=LONGEST_RUN)
