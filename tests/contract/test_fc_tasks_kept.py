"""Very many tasks: what a late page costs, and how the old ones go without anybody waiting."""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from localcloud.server.folder import DATABASE
from tests.contract.task_stack import TaskStack
from tests.running_cloud import RunningCloud

COUNT = 100_000
DAY = 24 * 3_600_000  # ms
PAGE = 20


def fill(data: Path, job: str, first: int) -> None:
    """Straight into the store of a localcloud that is stopped: tasks of a millisecond each."""
    connection = sqlite3.connect(data / DATABASE)
    connection.execute("PRAGMA synchronous=OFF")

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(COUNT):
            at = first + number
            told = ",".join(json.dumps([status, at, ""]) for status in ("Enqueued", "Succeeded"))
            yield job, f"t{number:06}", f"1-{number:08x}", at, at, at, told

    with connection:
        connection.executemany(
            "INSERT INTO tasks (function, task_id, qualifier, request_id, status, enqueued_at,"
            " expires_at, ended_at, attempts, events)"
            " VALUES (?, ?, 'LATEST', ?, 'Succeeded', ?, ?, ?, 1, ?)",
            rows(),
        )
        connection.execute(
            "INSERT OR IGNORE INTO task_payloads SELECT id, ? FROM tasks WHERE function = ?",
            (b"x" * 200, job),
        )
    connection.close()


def stored(data: Path) -> tuple[int, int]:
    """How many tasks and payloads there are."""
    connection = sqlite3.connect(data / DATABASE)
    found = connection.execute(
        "SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM task_payloads)"
    ).fetchone()
    connection.close()
    return found


def seconds(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def test_page_5000_costs_what_page_1_does(fresh_cloud: RunningCloud) -> None:
    stack = TaskStack(fresh_cloud)
    job = stack.function()
    assert fresh_cloud.stop() == 0
    fill(fresh_cloud.data, job, int(time.time() * 1000) - DAY)
    fresh_cloud.restart()
    first_page = stack.tasks(job, limit=PAGE)
    # the token that the page before the last one gives, got by a filter instead of 4,999 requests
    oldest = stack.task(job, "t000000").started_time
    before_last = stack.tasks(job, limit=PAGE, started_time_end=oldest + 2 * PAGE - 1)
    token = before_last.next_token
    assert token
    last_page = stack.tasks(job, limit=PAGE, next_token=token)
    assert first_page.tasks[0].task_id == f"t{COUNT - 1:06}"
    assert [task.task_id for task in last_page.tasks] == [f"t{n:06}" for n in range(PAGE)][::-1]
    assert last_page.next_token is None
    early, late = [], []
    for _ in range(30):  # one beside the other, so that a busy machine is unjust to neither
        early.append(seconds(lambda: stack.tasks(job, limit=PAGE)))
        late.append(seconds(lambda: stack.tasks(job, limit=PAGE, next_token=token)))
    assert statistics.median(late) < 2 * statistics.median(early)


def test_requests_are_answered_while_100000_old_tasks_go(fresh_cloud: RunningCloud) -> None:
    stack = TaskStack(fresh_cloud)
    job = stack.function()
    stack.wait(job, stack.submit(job, x_fc_async_task_id="young"))
    assert fresh_cloud.stop() == 0
    fill(fresh_cloud.data, job, int(time.time() * 1000) - 8 * DAY)
    fresh_cloud.restart()  # which begins to forget them
    taken: dict[str, list[float]] = {"submit": [], "get": [], "list": []}
    seen: list[int] = []
    deadline = time.monotonic() + 90
    while not seen or seen[-1] > COUNT / 100:
        assert time.monotonic() < deadline, f"{seen[-1]} are left"
        taken["submit"].append(seconds(lambda: stack.submit(job)))
        taken["get"].append(seconds(lambda: stack.task(job, "young")))
        taken["list"].append(seconds(lambda: stack.tasks(job, limit=100)))
        seen.append(stored(fresh_cloud.data)[0])
    assert len(taken["submit"]) >= 20, "it was over before it could be looked at"
    for kind, times in taken.items():
        assert statistics.median(times) < 0.25, (kind, sorted(times)[-5:])
        assert max(times) < 2, (kind, sorted(times)[-5:])
    while (left := stored(fresh_cloud.data))[0] > 1 + len(taken["submit"]):
        assert time.monotonic() < deadline, f"{left} are left"
        time.sleep(0.05)
    assert left == (1 + len(taken["submit"]),) * 2
    assert stack.task(job, "young").status == "Succeeded"
