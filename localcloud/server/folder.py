"""The data folder: whose it is, and that only one localcloud uses it at a time."""

import contextlib
import fcntl
import json
import os
from pathlib import Path

LOCK = "localcloud.lock"
DATABASE = "localcloud.sqlite3"


class FolderRefused(Exception):
    """The folder cannot be used; the text is a sentence for the person who started localcloud."""


class Held:
    """A locked data folder. Keep it for as long as the folder is used."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def release(self) -> None:
        """Let others have the folder."""
        os.close(self._lock)


def hold(path: Path) -> Held:
    """Make the folder where it is missing, and lock it for this process.

    From then on whatever this process writes is its user's alone to read: functions' environment
    variables and the keys of roles are in there.

    The lock is a POSIX record lock: the kernel releases it when the process ends, however it ends,
    and processes forked from it do not hold it on (a flock they would). Raises FolderRefused where
    another localcloud has the folder, it cannot be written, or it has other things in it.
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
        raise FolderRefused(
            f"the data folder {path} is in use by another localcloud{holder}: "
            "stop that one with `localcloud stop`, or name another folder with --data"
        ) from None
    try:
        os.ftruncate(lock, 0)
        os.write(lock, json.dumps({"pid": os.getpid()}).encode())
    except OSError as error:  # a full disk shows here first
        os.close(lock)
        raise FolderRefused(
            f"the data folder {path} cannot be written: {error.strerror}; "
            "free some space, or name another one with --data"
        ) from None
    for older in path.glob(f"{DATABASE}*"):  # written before the umask was set
        older.chmod(0o600)
    return Held(path, lock)


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


def _strangers(path: Path) -> list[str]:
    """What is in a folder that no localcloud has used yet, but for logs and Pulumi's state."""
    return sorted(
        entry.name for entry in path.iterdir() if entry.name != "pulumi" and entry.suffix != ".log"
    )


def _holder(lock: int) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError):
        return f" (process {json.loads(os.pread(lock, 200, 0))['pid']})"
    return ""
