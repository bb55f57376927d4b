"""The processes of this machine: whose they are, what they run, and in which folder."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


class CannotLook(Exception):
    """This machine does not tell which processes it runs: it has neither /proc nor `ps`."""


@dataclass(frozen=True)
class Process:
    """A process that has not ended. `name` is its program's, perhaps cut to 15 characters."""

    pid: int
    parent: int
    user: int
    name: str


def running() -> dict[int, Process]:
    """Give the processes that run, by their pids. Raises CannotLook."""
    found = _of_proc() if (PROC / "self" / "stat").exists() else _of_ps()
    return {process.pid: process for process in found}


def folder_of(pid: int) -> "Path | None":
    """Give the folder that a process works in; None where it has ended or is another user's.

    Raises CannotLook.
    """
    if (PROC / "self" / "cwd").exists():
        try:
            return Path(os.readlink(PROC / str(pid) / "cwd"))  # noqa: PTH115 - as it is, not resolved
        except OSError:
            return None
    told = _said("lsof", "-a", "-p", str(pid), "-d", "cwd", "-Fn")
    names = [line[1:] for line in told.splitlines() if line.startswith("n")]
    return Path(names[0]) if names else None


def _of_proc() -> list[Process]:
    found: list[Process] = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text(errors="replace")
            user = entry.stat().st_uid
        except OSError:
            continue  # it has ended meanwhile
        # "pid (name) state parent ...", and a name can hold parentheses
        name = text[text.index("(") + 1 : text.rindex(")")]
        state, parent = text[text.rindex(")") + 1 :].split()[:2]
        if state not in ("Z", "X"):
            found.append(Process(int(entry.name), int(parent), user, name))
    return found


def _of_ps() -> list[Process]:
    rows = [
        line.split(None, 4)
        for line in _said("ps", "-axww", "-o", "pid=,ppid=,uid=,stat=,comm=").splitlines()
    ]
    return [
        Process(int(row[0]), int(row[1]), int(row[2]), Path(row[4].strip()).name)
        for row in rows
        if len(row) == 5 and not row[3].startswith("Z")
    ]


def _said(*command: str) -> str:
    try:
        # `lsof` ends with 1 where there is nothing to tell.
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        raise CannotLook(
            f"there is no `{command[0]}` on PATH, which tells whether a process of the update that "
            "was cut off still runs: install it, and run this again"
        ) from None
