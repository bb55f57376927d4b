"""The data folder: whose it is, and that only one localcloud uses it at a time."""

import contextlib
import fcntl
import json
import os
import stat
from pathlib import Path
from typing import cast

LOCK = "localcloud.lock"
DATABASE = "localcloud.sqlite3"


class FolderRefused(Exception):
    """The folder cannot be used; the text is a sentence for the person who started localcloud."""


class FolderInUse(FolderRefused):
    """Another localcloud has it, on `port`; None while it starts, or resets or restores."""

    def __init__(self, fact: str, port: int | None) -> None:
        stop = "localcloud stop" if port is None else f"localcloud stop --port {port}"
        super().__init__(f"{fact}: stop that one with `{stop}`, or name another folder with --data")
        self.fact = fact
        self.port = port


class Held:
    """A locked data folder. Keep it for as long as the folder is used."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def note_port(self, port: int) -> None:
        """Tell whoever wants the folder meanwhile where it is served from."""
        with contextlib.suppress(OSError):  # the process is told already, that will do
            self._note({"pid": os.getpid(), "port": port})

    def note_process(self) -> None:
        """Tell whoever wants the folder meanwhile which process has it. Raises OSError."""
        self._note({"pid": os.getpid()})

    def _note(self, holder: dict[str, int]) -> None:
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps(holder).encode(), 0)

    def release(self) -> None:
        """Let others have the folder."""
        os.close(self._lock)


def hold(path: Path) -> Held:
    """Make the folder where it is missing, and lock it for this process.

    From then on the folder is its user's alone, also one that was there before, and so is whatever
    this process writes: functions' environment variables and the keys of roles are in there, and
    Pulumi's state, which the engine writes readable to all.

    The lock is a POSIX record lock: the kernel releases it when the process ends, however it ends,
    and processes forked from it do not hold it on (a flock they would). Raises FolderRefused where
    another localcloud has the folder, it cannot be written or closed to others, or it has other
    things in it.
    """
    lock_path = path / LOCK
    os.umask(0o077)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        strangers = [] if lock_path.exists() else _strangers(path)
        if strangers:
            raise FolderRefused(
                f"{path} holds other things ({', '.join(strangers[:3])} ...) and would become a "
                "data folder, which `localcloud reset` empties: name a folder of its own with "
                "--data"
            )
        _close_to_others(path)
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderRefused(
            f"the data folder {path} cannot be used: {error.strerror}; "
            "make it writable, or name another one with --data"
        ) from None
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = _holder(lock)
        os.close(lock)
        process = f" (process {holder['pid']})" if "pid" in holder else ""
        raise FolderInUse(
            f"the data folder {path} is in use by another localcloud{process}", holder.get("port")
        ) from None
    held = Held(path, lock)
    try:
        held.note_process()
    except OSError as error:  # a full disk shows here first
        os.close(lock)
        raise FolderRefused(
            f"the data folder {path} cannot be written: {error.strerror}; "
            "free some space, or name another one with --data"
        ) from None
    for older in path.glob(f"{DATABASE}*"):  # written before the umask was set
        older.chmod(0o600)
    return held


def is_held(path: Path) -> bool:
    """Whether a localcloud is using the folder now. Not to be asked by the one that does."""
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False


def is_data_folder(path: Path) -> bool:
    """Whether a localcloud has used this folder before."""
    return (path / LOCK).is_file()


def _close_to_others(path: Path) -> None:
    """Take the folder from everybody but its owner, whom it is left to. Raises FolderRefused."""
    if not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    try:
        path.chmod(0o700)
    except PermissionError:
        raise FolderRefused(
            f"others can read the data folder {path}, and only its owner can change that: "
            "name a folder of your own with --data"
        ) from None


def _strangers(path: Path) -> list[str]:
    """What is in a folder that no localcloud has used yet, but for logs and Pulumi's state."""
    return sorted(
        entry.name for entry in path.iterdir() if entry.name != "pulumi" and entry.suffix != ".log"
    )


def _holder(lock: int) -> dict[str, int]:
    """What the one that has the folder noted; nothing where it is just about to."""
    with contextlib.suppress(OSError, ValueError):
        noted = json.loads(os.pread(lock, 200, 0))
        if isinstance(noted, dict):
            return cast("dict[str, int]", noted)
    return {}
