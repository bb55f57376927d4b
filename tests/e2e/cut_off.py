"""Updates that are cut off: killed, or at a wire that holds an answer back."""

import subprocess
from pathlib import Path

from tests.e2e.stack import BIN
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
    """Wait until an answer to the update is held back."""
    while not wire.held.wait(0.5):
        assert update.poll() is None, update.communicate()[0]


def cut_off(update: "subprocess.Popen[str]") -> None:
    """Kill an update's engine."""
    update.kill()
    update.communicate()
