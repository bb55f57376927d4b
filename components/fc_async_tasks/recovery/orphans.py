"""Processes of an update whose engine was killed: they finish their call, for nobody.

Until then a provider of the kind can still create something, after `recover` has looked.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from fc_async_tasks.recovery.processes import Process, folder_of, running
from fc_async_tasks.recovery.project import project_folder

_STARTED_BY_THE_ENGINE = ("pulumi-resource", "pulumi-language")
_ADOPTERS = ("systemd", "init", "launchd", "tini", "docker-init", "dumb-init")
_GRACE = 5.0  # seconds from SIGTERM to SIGKILL


def end_orphans(folder: Path) -> int:
    """End the providers and language hosts of the project in `folder` that lost their engine.

    Only this user's. Their number; returns once they are gone. Raises CannotLook.
    """
    found = orphans(running(), folder, folder_of)
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE
    while left := found & orphans(running(), folder, folder_of):
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
        time.sleep(0.05)  # another's child gives no event that we could await
    return len(found)


def orphans(
    processes: Mapping[int, Process], folder: Path, works_in: "Callable[[int], Path | None]"
) -> set[int]:
    """Give the pids of those that an engine started in the project of `folder` and left behind."""
    project = project_folder(folder)
    found: set[int] = set()
    for process in processes.values():
        if (
            process.name.startswith(_STARTED_BY_THE_ENGINE)
            and process.user == os.getuid()
            and _lost_its_engine(process, processes)
        ):
            place = works_in(process.pid)
            if place is not None and project_folder(place) == project:
                found.add(process.pid)
    return found


def _lost_its_engine(process: Process, processes: Mapping[int, Process]) -> bool:
    parent = processes.get(process.parent)
    if parent is None:
        return True
    # In a container the first process can be the engine itself.
    first = parent.pid == 1 and not parent.name.startswith("pulumi")
    return first or parent.name in _ADOPTERS


def _signal(processes: set[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)
