"""Removing what a handler or a code package has put on the disk, whatever it is."""

import contextlib
import errno
import logging
import os
import stat
import sys
from pathlib import Path

from localcloud.fc.instances.runtime.descent import Descent

log = logging.getLogger(__name__)

_MOST_TOLD = 10  # of what could not be removed
_OWNER = 0o700


def remove_tree(path: Path) -> list[OSError]:
    """Remove what is at `path`: a folder with all that is in it, a file, or a link itself.

    Follows no symbolic link and never leaves the folder; depth does not matter, nor folders that
    their owner may not write or read. What is gone already is no error. Raises nothing: returns
    why something stayed, the first ten reasons, each with its `filename`.
    """
    removal = _Removal(path)
    removal.run()
    return list(removal.left.values())


def remove_or_warn(path: Path) -> None:
    """Remove a tree that nobody waits for, and log what stayed."""
    for error in remove_tree(path):
        log.warning("%s could not be removed: %s", error.filename, error.strerror)


class _Removal:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: list[str] = []  # of the folders from `path` to where it is
        self.left: dict[str, OSError] = {}

    def run(self) -> None:
        try:
            if stat.S_ISDIR(self._path.lstat().st_mode):
                with contextlib.closing(self._opened()) as place:
                    self._empty(place)
                self._path.rmdir()
            else:
                self._path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            self._stays(error)

    def _opened(self) -> Descent:
        try:
            return Descent(str(self._path))
        except PermissionError:
            _make_ours(str(self._path), None)
            return Descent(str(self._path))

    def _empty(self, place: Descent) -> None:
        """Remove all that is in a folder. Raises OSError where it cannot go on."""
        waiting = [self._unlink_files(place)]  # the folders to remove, of each level
        while True:
            if waiting[-1]:
                name = waiting[-1].pop()
                try:
                    _enter(place, name)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    self._stays(error, name)
                    continue
                self._names.append(name)
                waiting.append(self._unlink_files(place))
                continue
            waiting.pop()
            if not waiting:
                return
            place.leave()
            name = self._names.pop()
            try:
                os.rmdir(name, dir_fd=place.descriptor)
            except FileNotFoundError:
                continue
            except OSError as error:
                self._stays(error, name)

    def _unlink_files(self, place: Descent) -> list[str]:
        """Remove what is no folder; the names of the folders."""
        if os.fstat(place.descriptor).st_mode & _OWNER != _OWNER:
            with contextlib.suppress(PermissionError):  # another's: what follows tells
                os.fchmod(place.descriptor, _OWNER)
        while True:
            unlinked = 0
            folders: list[str] = []
            with os.scandir(place.descriptor) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.name)
                        continue
                    try:
                        os.unlink(entry.name, dir_fd=place.descriptor)
                    except FileNotFoundError:
                        continue
                    except OSError as error:
                        self._stays(error, entry.name)
                        continue
                    unlinked += 1
            if not unlinked:  # a listing may leave some out while others are removed
                return folders

    def _stays(self, error: OSError, name: str = "") -> None:
        if error.errno == errno.ENOTEMPTY and self.left:
            return  # for what is in it, which has been told
        path = str(self._path.joinpath(*self._names, name))
        if len(self.left) < _MOST_TOLD:
            self.left.setdefault(path, OSError(error.errno, error.strerror, path))


def _enter(place: Descent, name: str) -> None:
    try:
        place.enter(name)
    except PermissionError:
        _make_ours(name, place.descriptor)
        place.enter(name)


def _make_ours(name: str, folder: int | None) -> None:
    """Let its owner read, write and enter a folder. Raises OSError."""
    if not sys.platform.startswith("linux"):
        os.chmod(name, _OWNER, dir_fd=folder, follow_symlinks=False)
        return
    # Linux changes no mode without following links, but of what is open, and this opens anything
    opened = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        Path(f"/proc/self/fd/{opened}").chmod(_OWNER)
    finally:
        os.close(opened)
