"""What processes are started with: seen by strace at each start, or now and then in the listing.

strace stops a process as it starts, so it misses none, however short. It needs no privileges for
commands that it starts itself. Without it (macOS has none) there is the listing, which sees what
lives at the moment of a look.
"""

import re
import shutil
import subprocess
from pathlib import Path

_STRACE = ("-f", "--seccomp-bpf", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none")
_LONGEST = str(4 * 1024 * 1024)  # bytes of an argument, and how many of them
_START = re.compile(r"execve(?:at)?\([^\n]*?\[(.*)\], 0x[0-9a-f]+ /\* \d+ vars? \*/")


def strace() -> str | None:
    """Where it is, if it is here."""
    return shutil.which("strace")


def traced(command: list[str], notes: Path) -> list[str]:
    """The command, so that what it and all that it starts are given is written to `notes`."""
    tool = strace()
    if tool is None:
        return command
    return [tool, *_STRACE, "-s", _LONGEST, "-o", str(notes), "--", *command]


def starts(notes: Path) -> list[str]:
    """The arguments of each process that `traced` saw start, as strace writes them."""
    if not notes.exists():
        return []
    return [found[1] for line in notes.open() if (found := _START.search(line))]


def listing() -> set[str]:
    """The command line of every process of this moment."""
    if not Path("/proc/self/cmdline").exists():
        told = subprocess.run(
            ["ps", "-axww", "-o", "command="], capture_output=True, text=True, check=True
        )
        return set(told.stdout.splitlines())
    found: set[str] = set()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.add(each.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue  # it has ended meanwhile
    return found
