"""What an instance takes of the machine, as far as measuring it takes time.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import os
import queue
import threading
from typing import Dict, List

from . import processes

_MOST_FILES = 20_000  # that one look counts


class Shares:
    """Proportional shares of the further processes, measured by a thread of their own.

    The kernel makes who asks for one wait while that process forks, which in a storm of forks can
    be seconds: the keeper itself must never wait.
    """

    def __init__(self) -> None:
        self._known: Dict[int, int] = {}  # kB
        self._asked: queue.Queue[List[int]] = queue.Queue(1)
        self._started = False

    def of(self, pids: List[int]) -> int:
        """The sum for `pids` in kB as last measured; has it measured again."""
        if not pids:
            return 0
        if not self._started:
            self._started = True
            threading.Thread(target=self._measure, daemon=True).start()
        with contextlib.suppress(queue.Full):  # still at it
            self._asked.put_nowait(pids)
        known = self._known
        return sum(known.get(pid, 0) for pid in pids)

    def _measure(self) -> None:
        while True:
            fresh: Dict[int, int] = {}
            for pid in self._asked.get():
                fresh[pid] = processes.proportional(pid)
            self._known = fresh


def held(folder: str) -> int:
    """The bytes that the files below a folder take on the disk; what vanishes meanwhile is left.

    Of the first 20,000 files that it finds: a look at the disk must not take long.
    """
    taken = 0
    seen = 0
    waiting = [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                seen += 1
                if seen > _MOST_FILES:
                    return taken
                with contextlib.suppress(OSError):
                    taken += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return taken
