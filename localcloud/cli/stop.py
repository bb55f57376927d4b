"""`localcloud stop`."""

import subprocess
import time
from pathlib import Path

from localcloud.cli.server_calls import call
from localcloud.server.folder import is_held

_PATIENCE = 30.0  # s; the server gives requests 2 s and functions their pre-stop
_LOOK = 0.02  # s


class StillRunning(Exception):
    """The server was asked to stop and did not."""


def stop(port: int) -> int:
    """Ask the server on the port to stop, wait until it is gone, and return its process id.

    Gone means that it has let go of its data folder and that its process has ended. Raises
    NotRunning, and StillRunning when it is there after 30 s.
    """
    health = call(port, "GET", "health")
    pid = int(health["pid"])
    call(port, "POST", "stop")
    give_up = time.monotonic() + _PATIENCE
    while is_held(Path(str(health["data"]))) or _is_running(pid):
        if time.monotonic() > give_up:
            raise StillRunning(
                f"localcloud (process {pid}) was asked to stop and is still there after "
                f"{_PATIENCE:.0f} s: end it with `kill {pid}`"
            )
        time.sleep(_LOOK)  # there is no portable way to wait for a process of somebody else
    return pid


def _is_running(pid: int) -> bool:
    """Whether the process is there, and more than an end that its parent has not noticed yet."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state = listed.stdout.strip()
    return bool(state) and not state.startswith("Z")
