"""`localcloud reset`."""

import shutil
from pathlib import Path

from localcloud.server.folder import LOCK, FolderRefused, hold, is_data_folder


class CannotReset(Exception):
    """Why the folder was left as it is."""


def contents(folder: Path) -> list[Path]:
    """What a reset would delete.

    Raises CannotReset for a folder that no localcloud has made: deleting somebody's home folder
    because of a wrong --data must not happen.
    """
    if not folder.exists():
        return []
    found = sorted(path for path in folder.iterdir() if path.name != LOCK)
    if found and not is_data_folder(folder):
        raise CannotReset(f"{folder} is not a data folder of localcloud (it has no {LOCK})")
    return found


def delete(folder: Path) -> None:
    """Delete it, while holding the folder so that no localcloud starts on it meanwhile."""
    try:
        held = hold(folder)
    except FolderRefused as refused:
        raise CannotReset(str(refused)) from None
    try:
        for path in contents(folder):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise CannotReset(f"{error.filename} could not be deleted: {error.strerror}") from None
    finally:
        held.release()
