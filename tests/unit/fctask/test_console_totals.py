"""What the console's totals are read and drawn from."""

from typing import Any

import pytest

from fctask import tasks
from fctask.console import recent
from fctask.console.charts import HEIGHT, WIDTH, charts
from fctask.console.recent import Recent
from fctask.errors import NoSuchTask, Throttled
from fctask.task import Task
from fctask.tasks import Page, TaskQuery

NOW = 1_000_000  # seconds since 1970


class History:
    """Function Compute's side: tasks by id, listed as it lists them; what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tasks: dict[str, Task] = {}
        self.asked: list[str] = []
        self.refuse_after: int | None = None
        monkeypatch.setattr(tasks, "page", self.page)
        monkeypatch.setattr(tasks, "get", self.get)

    def add(self, count: int, status: str = "Succeeded", at: int = NOW * 1000) -> list[str]:
        ids = [f"t{len(self.tasks) + number:06}" for number in range(count)]
        for number, task_id in enumerate(ids):
            started = at - count + number
            self.tasks[task_id] = Task(task_id, task_id, status, started_at=started, duration=5)
        return ids

    def end(self, task_id: str, status: str = "Succeeded") -> None:
        self.tasks[task_id] = Task(
            task_id, task_id, status, started_at=self.tasks[task_id].started_at, duration=9
        )

    def page(self, _: Any, query: TaskQuery, token: str = "", limit: int = 100) -> Page:
        if self.refuse_after is not None and len(self.asked) >= self.refuse_after:
            raise Throttled("not now")
        self.asked.append(f"page {query.status or 'all'}")
        found = [
            task
            for task in self.tasks.values()
            if (query.begin is None or (task.started_at or 0) >= query.begin)
            and query.status in ("", task.status)
        ]
        found.sort(key=lambda task: (task.started_at or 0, task.task_id), reverse=True)
        start = int(token or 0)
        more = start + limit < len(found)
        return Page(tuple(found[start : start + limit]), str(start + limit) if more else "")

    def get(self, _: Any, task_id: str) -> Task:
        self.asked.append(f"get {task_id}")
        if task_id not in self.tasks:
            raise NoSuchTask(task_id)
        return self.tasks[task_id]


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch) -> History:
    return History(monkeypatch)


def make(most: int = recent.MOST, seconds: float = 3600) -> Recent:
    clients: Any = None  # nobody asks it here
    return Recent(clients, seconds, most, clock=lambda: NOW)


def statuses(read: Recent) -> dict[str, int]:
    found: dict[str, int] = {}
    for task in read.tasks():
        found[task.status] = found.get(task.status, 0) + 1
    return found


def test_the_first_reading_takes_all_and_the_next_only_what_is_new(history: History) -> None:
    history.add(950)
    read = make()
    read.read()
    assert (len(read.tasks()), len(history.asked), read.cut_off) == (950, 10, False)
    history.asked.clear()
    read.read()
    assert history.asked == ["page all"]
    history.add(130, at=NOW * 1000 + 500)
    history.asked.clear()
    read.read()
    assert len(read.tasks()) == 1080
    assert len(history.asked) == 3  # two pages that have new ones, one that has none


def test_no_more_than_the_bound_is_ever_read_and_it_says_so(history: History) -> None:
    history.add(3_000)
    read = make(most=500)
    read.read()
    assert (len(read.tasks()), len(history.asked), read.cut_off) == (500, 5, True)
    newest = [task.task_id for task in read.tasks()]
    assert newest == sorted(history.tasks, reverse=True)[:500]
    history.add(40, at=NOW * 1000 + 500)
    read.read()
    assert [task.task_id for task in read.tasks()] == sorted(history.tasks, reverse=True)[:500]


def test_what_had_not_ended_is_looked_at_again(history: History) -> None:
    running = history.add(3, "Running")
    history.add(200, at=NOW * 1000 + 500)
    read = make()
    read.read()
    assert statuses(read) == {"Running": 3, "Succeeded": 200}
    history.end(running[0])
    del history.tasks[running[1]]  # kept no longer
    history.asked.clear()
    read.read()
    assert statuses(read) == {"Running": 2, "Succeeded": 201}
    assert sorted(history.asked) == sorted(["page all", *(f"get {one}" for one in running)])


def test_of_many_that_had_not_ended_those_that_did_are_found_by_lists(history: History) -> None:
    waiting = history.add(400, "Enqueued")
    history.add(200, at=NOW * 1000 + 500)
    read = make()
    read.read()
    for task_id in waiting[:70]:
        history.end(task_id, "Failed")
    history.asked.clear()
    read.read()
    assert statuses(read) == {"Enqueued": 350, "Failed": 50, "Succeeded": 200}
    assert sum(one.startswith("get") for one in history.asked) == 50  # the rest the next time
    read.read()
    assert statuses(read) == {"Enqueued": 330, "Failed": 70, "Succeeded": 200}


def test_a_reading_that_fails_leaves_no_gap(history: History) -> None:
    history.add(100)
    read = make()
    read.read()
    history.add(300, at=NOW * 1000 + 500)
    history.asked.clear()
    history.refuse_after = 2
    with pytest.raises(Throttled):
        read.read()
    assert len(read.tasks()) == 100
    history.refuse_after = None
    read.read()
    assert len(read.tasks()) == 400


def test_what_is_older_than_the_window_is_forgotten(history: History) -> None:
    old = history.add(5, at=NOW * 1000 - 3_599_000)
    read = make()
    read.read()
    assert len(read.tasks()) == 5
    read.clock = lambda: NOW + 10
    read.read()
    assert read.tasks() == []
    assert old


def task(at: int, status: str = "Succeeded", duration: int | None = 10) -> Task:
    return Task(f"t{at}", f"t{at}", status, started_at=at, duration=duration)


def test_charts_stack_counts_and_reach_from_median_to_p95() -> None:
    found = [
        task(5),
        task(5, "Failed", 1_000),
        task(15, "Running", None),
        task(15, "Stopped", None),
    ]
    drawn = charts(found, 0, 40, slots=4)
    assert drawn.most == 2
    assert [(bar.kind, bar.y, bar.height) for bar in drawn.counts] == [
        ("succeeded", 80, 80),
        ("failed", 0, 80),
        ("stopped", 80, 80),
        ("running", 0, 80),
    ]
    assert [(slot.count, slot.failed, slot.p50, slot.p95) for slot in drawn.slots] == [
        (2, 1, 10, 1_000),
        (2, 0, None, None),
        (0, 0, None, None),
        (0, 0, None, None),
    ]
    assert drawn.scale == (10, 100, 1_000)
    span = next(bar for bar in drawn.ranges if bar.kind == "range")
    assert (span.y, span.height) == (0, HEIGHT)  # from 10 ms at the bottom to 1 s at the top


@pytest.mark.parametrize("durations", [[0], [1, 10], [7, 86_400_000], [3, 3, 3]])
def test_everything_stays_inside_the_drawing(durations: list[int]) -> None:
    drawn = charts([task(5, duration=one) for one in durations], 0, 10)
    for bar in (*drawn.counts, *drawn.ranges):
        assert 0 <= bar.x < bar.x + bar.width <= WIDTH
        assert 0 <= bar.y < bar.y + bar.height <= HEIGHT + 2
    assert drawn.scale[0] <= max(1, min(durations))
    assert drawn.scale[-1] >= max(durations)


def test_nothing_at_all_is_drawn_as_nothing() -> None:
    drawn = charts([], 0, 10)
    assert (drawn.counts, drawn.ranges, drawn.scale, drawn.most) == ((), (), (), 0)
