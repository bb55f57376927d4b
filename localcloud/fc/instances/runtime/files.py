"""What the files of an instance hold: of the disk, and of memory where they are kept there.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import os
import stat
import sys
from typing import Callable, Generator, Iterator, List, Optional, Set, Tuple

from .descent import Descent

_MOST_ENTRIES = 20_000  # that one look goes through: it must not take long
_IN_MEMORY = ("/memfd:", "/dev/shm/")  # noqa: S108 - how links to open files begin

Size = Tuple[int, int]  # bytes of memory, bytes of the disk


class Files:
    """Counts the files below a folder, and those that are open and have no name any more.

    Each look goes through so many of them; the next one goes on from there, and begins anew after
    the last. So `memory` and `disk`, in bytes, may lag where there are more, but nothing is never
    counted. A file that gets another name meanwhile may then count twice.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._named = _Round()
        self._nameless = _Round()

    @property
    def memory(self) -> int:
        """In memfds and deleted files of /dev/shm, at the last look at those without a name."""
        return self._nameless.memory

    @property
    def disk(self) -> int:
        """Below the folder, and in files without a name, at the last looks."""
        return self._named.disk + self._nameless.disk

    def look_at_named(self) -> None:
        """Go through the files below the folder."""
        self._named.go_on(lambda: _below(self._folder))

    def look_at_nameless(self, pids: List[int]) -> None:
        """Go through the open files of these processes (Linux alone tells them)."""
        self._nameless.go_on(lambda: _deleted(pids))


class _Round:
    def __init__(self) -> None:
        self._under_way: Optional[Iterator[Size]] = None
        self.memory = 0
        self.disk = 0

    def go_on(self, begin: Callable[[], Iterator[Size]]) -> None:
        if self._under_way is None:
            self._under_way = begin()
            self.memory = self.disk = 0
        for _ in range(_MOST_ENTRIES):
            size = next(self._under_way, None)
            if size is None:
                self._under_way = None
                return
            self.memory += size[0]
            self.disk += size[1]


def _below(folder: str) -> Iterator[Size]:
    """The size of everything below a folder; what vanishes meanwhile is left out."""
    with contextlib.suppress(OSError), contextlib.closing(Descent(folder)) as place:
        seen: Set[int] = set()
        waiting = [(yield from _in_one(place.descriptor, seen))]  # folders to go to, by level
        while waiting:
            if not waiting[-1]:
                waiting.pop()
                if waiting:
                    place.leave()
                continue
            try:
                place.enter(waiting[-1].pop())
            except OSError:
                continue
            waiting.append((yield from _in_one(place.descriptor, seen)))


def _in_one(descriptor: int, seen: Set[int]) -> Generator[Size, None, List[str]]:
    """The sizes of what is in a folder itself; returns the names of the folders in it.

    `seen` are the files that had further names.
    """
    folders: List[str] = []
    for name in _names(descriptor):
        try:
            about = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:
            continue
        if stat.S_ISDIR(about.st_mode):
            folders.append(name)
        elif about.st_nlink > 1:
            if about.st_ino in seen:
                yield 0, 0
                continue
            seen.add(about.st_ino)
        yield 0, about.st_blocks * 512
    return folders


def _names(descriptor: int) -> Iterator[str]:
    if sys.version_info < (3, 7):  # which lists by descriptor all at once only
        yield from os.listdir(descriptor)
        return
    with os.scandir(descriptor) as entries:
        for entry in entries:
            yield entry.name


def _deleted(pids: List[int]) -> Iterator[Size]:
    """The size of every open file without a name, once however many have it open."""
    seen: Set[Tuple[int, int]] = set()
    for pid in pids:
        try:
            opened = os.listdir(f"/proc/{pid}/fd")
        except OSError:  # gone; or there is no /proc
            continue
        for number in opened:
            yield _size_of(f"/proc/{pid}/fd/{number}", seen)


def _size_of(link: str, seen: Set[Tuple[int, int]]) -> Size:
    try:
        target = os.readlink(link)
        if not target.endswith(" (deleted)"):
            return 0, 0
        about = os.stat(link)
    except OSError:
        return 0, 0
    identity = about.st_dev, about.st_ino
    if about.st_nlink or identity in seen:
        return 0, 0
    seen.add(identity)
    size = about.st_blocks * 512
    return (size, 0) if target.startswith(_IN_MEMORY) else (0, size)
