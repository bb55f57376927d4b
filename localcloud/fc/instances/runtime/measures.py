"""What an instance takes of the machine, as far as measuring it takes time.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import queue
import threading
from typing import Dict, List

from . import processes

NOTHING = processes.Share(0, 0)


class Shares:
    """Proportional shares of the further processes, measured by a thread of their own.

    The kernel makes who asks for one wait while that process forks, which in a storm of forks can
    be seconds: the keeper itself must never wait.
    """

    def __init__(self) -> None:
        self._known: Dict[int, processes.Share] = {}
        self._asked: queue.Queue[List[int]] = queue.Queue(1)
        self._started = False

    def of(self, pids: List[int]) -> processes.Share:
        """The sum for `pids` as last measured; has it measured again."""
        if not pids:
            return NOTHING
        if not self._started:
            self._started = True
            threading.Thread(target=self._measure, daemon=True).start()
        with contextlib.suppress(queue.Full):  # still at it
            self._asked.put_nowait(pids)
        known = self._known
        found = [known.get(pid, NOTHING) for pid in pids]
        return processes.Share(sum(one.held for one in found), sum(one.shared for one in found))

    def _measure(self) -> None:
        while True:
            fresh: Dict[int, processes.Share] = {}
            for pid in self._asked.get():
                fresh[pid] = processes.proportional(pid)
            self._known = fresh
