"""That files and their names outlive a loss of power."""

import contextlib
import errno
import os
from pathlib import Path


def keep(path: Path) -> None:
    """Have a file on the disk; of a folder all that is in it, links excepted, and their names.

    Raises OSError.
    """
    if path.is_symlink():
        return
    with contextlib.suppress(PermissionError):  # a package may have files that nobody may read
        if path.is_dir():
            for entry in path.iterdir():
                keep(entry)
        keep_names(path)


def keep_names(path: Path) -> None:
    """Have a file's content, or the names in a folder, on the disk. Raises OSError."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    except OSError as error:
        # some file systems cannot do it for folders, and have no other way
        if error.errno not in (errno.EINVAL, errno.ENOTSUP) or not path.is_dir():
            raise
    finally:
        os.close(opened)
