"""Going through a tree of folders that somebody else has made, however deep.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import errno
import os
from typing import List, Tuple

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Descent:
    """One folder of the tree below `top`, open as `descriptor`; another one after each step.

    Only that one is open, so that depth costs neither descriptors nor recursion, and no path is
    ever built. It follows no symbolic link, enters no other file system, and goes up only to the
    folder that it came from: it never leaves the tree. Raises OSError where `top` is no folder.
    """

    def __init__(self, top: str) -> None:
        self.descriptor = os.open(top, _FOLDER)
        self._device = os.fstat(self.descriptor).st_dev
        self._above: List[Tuple[int, int]] = []

    def enter(self, name: str) -> None:
        """Go down into a folder. Raises OSError; then it is where it was.

        That is so too of a folder that can be listed but not entered: no way would lead back.
        """
        below = os.open(name, _FOLDER, dir_fd=self.descriptor)
        try:
            if os.fstat(below).st_dev != self._device:
                raise OSError(errno.EXDEV, "it is another file system")
            os.close(os.open("..", _FOLDER, dir_fd=below))
        except OSError:
            os.close(below)
            raise
        self._above.append(_identity(self.descriptor))
        self._move_to(below)

    def leave(self) -> None:
        """Go up again. Raises OSError where the folder has been moved meanwhile."""
        above = os.open("..", _FOLDER, dir_fd=self.descriptor)
        if _identity(above) != self._above[-1]:
            os.close(above)
            raise OSError(errno.ESTALE, "it was moved meanwhile")
        self._above.pop()
        self._move_to(above)

    def close(self) -> None:
        """End it, wherever it is."""
        os.close(self.descriptor)

    def _move_to(self, descriptor: int) -> None:
        os.close(self.descriptor)
        self.descriptor = descriptor


def _identity(descriptor: int) -> Tuple[int, int]:
    about = os.fstat(descriptor)
    return about.st_dev, about.st_ino
