"""`localcloud reset`."""

from pathlib import Path

from localcloud.removal import remove_tree
from localcloud.server.folder import DATABASE, LOCK, FolderRefused, hold, is_data_folder


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
    """Delete it, while holding the folder so that no localcloud starts on it meanwhile.

    The database goes first: what is left when the rest cannot be deleted is a data folder without
    anything in it, not functions without code. Raises CannotReset with what could not.
    """
    try:
        held = hold(folder)
    except FolderRefused as refused:
        raise CannotReset(str(refused)) from None
    try:
        first_the_database = sorted(contents(folder), key=lambda path: path.name != DATABASE)
        left = [error for path in first_the_database for error in remove_tree(path)]
    except OSError as error:
        raise CannotReset(f"{error.filename} could not be read: {error.strerror}") from None
    finally:
        held.release()
    if left:
        others = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        raise CannotReset(
            f"{left[0].filename} could not be deleted: {left[0].strerror}{others}; the rest is "
            "deleted: delete it by hand"
        )
