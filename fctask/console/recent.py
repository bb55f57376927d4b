"""The newest tasks, kept and read on: what totals are counted from.

Function Compute has no call that counts, and a history may hold hundreds of thousands of tasks. So
the console reads the tasks of the chosen time once, newest first and at most `MOST` of them, and
from then on only what is new and what had not ended. The page says what was counted.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fctask import tasks
from fctask.clients import Clients
from fctask.errors import NoSuchTask
from fctask.task import UNFINISHED, Task
from fctask.tasks import MOST_IN_A_PAGE, Page, TaskQuery

MOST = 5_000  # tasks: 50 calls once, about a second for most accounts
_LOOKED_AFTER = 50  # ended tasks that are looked at again one by one in one reading


@dataclass
class Recent:
    """The tasks accepted in the last `seconds`, at most `most`.

    `read` runs in one thread at a time; everything else may be asked from any. `read_at` in ms
    since 1970, None before the first reading is through; `so_far` counts while that goes on.
    """

    clients: Clients
    seconds: float
    most: int = MOST
    clock: Callable[[], float] = time.time
    read_at: int | None = None
    so_far: int = 0
    cut_off: bool = False
    calls: int = 0
    _known: dict[str, Task] = field(default_factory=dict[str, Task])

    @property
    def begin(self) -> int:
        """Since when tasks are counted, in ms since 1970."""
        return round((self.clock() - self.seconds) * 1000)

    def tasks(self) -> list[Task]:
        """The tasks, newest first."""
        return sorted(self._known.values(), key=lambda task: -(task.started_at or 0))

    def read(self) -> None:
        """Read what is new. Raises what asking FC raises; nothing is half taken in."""
        now = round(self.clock() * 1000)
        begin = self.begin
        head = self._head(begin)
        known = {**self._known, **{task.task_id: task for task in head}}
        known = {one: task for one, task in known.items() if (task.started_at or 0) >= begin}
        seen = {task.task_id for task in head}
        unsure = [task for task in known.values() if not task.final and task.task_id not in seen]
        for task in self._again(unsure, begin):
            known[task.task_id] = task
        if len(known) > self.most:
            newest = sorted(known.values(), key=lambda task: -(task.started_at or 0))[: self.most]
            known = {task.task_id: task for task in newest}
            self.cut_off = True
        elif self.cut_off and len(known) < self.most:
            self.cut_off = False  # what was left out is older than the window by now
        self._known = known
        self.read_at = now

    def _head(self, begin: int) -> list[Task]:
        """From the newest down to a page that is known already, or the bound."""
        found: list[Task] = []
        token = ""
        while True:
            got = self._page(TaskQuery(begin=begin), token)
            found += got.tasks
            self.so_far = len(found)
            token = got.next_token
            if not token or all(task.task_id in self._known for task in got.tasks):
                return found
            if len(found) >= self.most:
                self.cut_off = True
                return found

    def _again(self, unsure: list[Task], begin: int) -> list[Task]:
        """What became of those that had not ended."""
        if len(unsure) <= _LOOKED_AFTER:
            return self._each(unsure)
        there = {
            task.task_id: task
            for status in UNFINISHED
            for task in self._all(TaskQuery(status=status, begin=begin))
        }
        ended = [task for task in unsure if task.task_id not in there]
        # the rest of those that ended is looked at in the next readings
        return [*there.values(), *self._each(ended[:_LOOKED_AFTER])]

    def _each(self, unsure: list[Task]) -> list[Task]:
        found: list[Task] = []
        for task in unsure:
            self.calls += 1
            try:
                found.append(tasks.get(self.clients, task.task_id))
            except NoSuchTask:
                continue  # kept no longer
        return found

    def _all(self, query: TaskQuery) -> list[Task]:
        found: list[Task] = []
        token = ""
        while len(found) < self.most:
            got = self._page(query, token)
            found += got.tasks
            token = got.next_token
            if not token:
                break
        return found

    def _page(self, query: TaskQuery, token: str) -> Page:
        self.calls += 1
        return tasks.page(self.clients, query, token, MOST_IN_A_PAGE)
