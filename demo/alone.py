"""One demo at a time on a data folder, and what to do where an update was cut off there.

Pulumi's own words for both advise `pulumi cancel`, which takes the lock from an update that runs.
"""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from localcloud.server.folder import FolderRefused

_PROJECT = "fc-async-tasks"


class StackLocked(Exception):
    """Pulumi's lock of the stack is there; the text says what to do."""


@contextmanager
def alone(data: Path) -> Generator[None]:
    """Hold a lock on the data folder, which is made where it is missing.

    It is the folder itself that is locked, so that nothing lies in it that localcloud does not
    know. The kernel lets go of it when this process ends, however it ends. Raises FolderRefused
    where another demo has it, or the folder cannot be made.
    """
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)  # as localcloud makes it
        held = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise FolderRefused(
            f"the data folder {data} cannot be used ({error.strerror}): name another one, as in "
            "LOCALCLOUD_DATA=/tmp/demo"
        ) from None
    try:
        _lock(held, data)
        yield
    finally:
        os.close(held)


def _lock(held: int, data: Path) -> None:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FolderRefused(
            f"another demo (or destroy, or recover) is running on {data}: wait until it has ended. "
            "Or give this one a folder and a port of its own: "
            "LOCALCLOUD_DATA=/tmp/demo make demo PORT=8322"
        ) from None


def require_unlocked(data: Path, stack: str, recover: str) -> None:
    """Raise StackLocked where an update of the stack runs or was killed. `recover`: the command."""
    locks = data / "pulumi" / ".pulumi" / "locks" / "organization" / _PROJECT / stack
    with suppress(FileNotFoundError):
        if any(file.suffix == ".json" for file in locks.iterdir()):
            raise StackLocked(
                f"the stack {stack} is locked: an update of it was killed, or still runs. "
                f"`{recover}` says which, takes the lock of a killed one away and takes in what it "
                "had begun; then run this again. (Not `pulumi cancel`, which also takes the lock "
                "from an update that runs.)"
            )
