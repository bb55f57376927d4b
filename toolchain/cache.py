"""The per-user cache: where things are, made whole or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/fc-async-tasks`, by default `~/.cache/fc-async-tasks`."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG specification has relative paths ignored.
    base = Path(root) if Path(root).is_absolute() else Path.home() / ".cache"
    return base / "fc-async-tasks"


@contextmanager
def made_whole(target: Path) -> Generator[Path, None, None]:
    """A new folder to fill, which becomes `target` at the end, or vanishes if that is not reached.

    An older `target` is replaced.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield folder
        if target.exists():
            # A rename cannot replace a folder that is not empty: the old one steps aside first.
            aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
            target.rename(aside / "old")
            folder.rename(target)
            shutil.rmtree(aside)
        else:
            folder.rename(target)
    finally:
        if folder.exists():
            shutil.rmtree(folder)


@contextmanager
def alone(lock: Path, say_waiting: Callable[[], None]) -> Generator[None, None, None]:
    """Hold the lock file `lock`; call `say_waiting` if another process holds it, and wait.

    The kernel lets go of it when this process ends, however it ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_waiting()
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process left half made. Call it only while holding the lock."""
    if folder.is_dir():
        for leftover in folder.glob(".*-*"):
            if leftover.is_dir():
                shutil.rmtree(leftover)
