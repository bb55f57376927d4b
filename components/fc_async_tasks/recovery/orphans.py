"""Providers whose engine was killed: they finish the call that they are in, for nobody.

Until then such a provider can still create something, after `recover` has looked.
"""

import contextlib
import os
import signal
import subprocess
import time

_ADOPTERS = ("systemd", "init", "launchd")
_GRACE = 5.0  # seconds from SIGTERM to SIGKILL


def end_orphaned_providers() -> int:
    """End this user's `pulumi-resource-...` processes that no engine owns any more; their number.

    Returns once they are gone.
    """
    found = _orphans()
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while left := found & _orphans():
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
        time.sleep(0.05)  # another's child gives no event that we could await
    return len(found)


def _orphans() -> set[int]:
    listed = subprocess.run(
        ["ps", "-axww", "-o", "pid=,ppid=,uid=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = [line.split(None, 4) for line in listed.splitlines()]
    rows = [row for row in rows if len(row) == 5]
    commands = {int(pid): os.path.basename(args.split()[0]) for pid, _, _, _, args in rows}  # noqa: PTH119 - a command's text
    return {
        int(pid)
        for pid, parent, uid, state, _ in rows
        if commands[int(pid)].startswith("pulumi-resource-")
        and int(uid) == os.getuid()
        and not state.startswith("Z")
        and (int(parent) == 1 or commands.get(int(parent)) in _ADOPTERS)
    }


def _signal(processes: set[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
