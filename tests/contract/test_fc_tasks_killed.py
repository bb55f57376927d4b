"""kill -9 under load: what was accepted comes to its end, and its result arrives.

It takes three quarters of a minute. KILLS and TASKS in the environment make it shorter or longer.
"""

import json
import os
import random
import subprocess
import threading
import time
from typing import Any

from localcloud.fc.instances.runtime.processes import descendants
from tests.contract.function_packages import models
from tests.contract.task_stack import FINAL, GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.running_cloud import RunningCloud, processes_with

KILLS = int(os.environ.get("KILLS", "50"))
TASKS = int(os.environ.get("TASKS", "1000"))
SUBMITTERS = 4
PAUSES = (0.05, 0.5)  # s between a start and the next kill
LONGEST = 8 * KILLS * sum(PAUSES) / 2 / TASKS  # s: four slots then have work until the last kill

SOURCE = """
import json, subprocess, sys, time
def handler(event, context):
    wish = json.loads(event)
    with open(wish["trace"], "a") as trace:
        trace.write(wish["id"] + "\\n")
    if wish.get("child"):
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(300)", wish["child"]],
            start_new_session=True,
        )
    time.sleep(wish["sleep"])
    if wish.get("fail"):
        raise ValueError("on purpose")
    return wish["id"]
"""


class Load:
    """Submits and stops tasks from several threads, through whatever kills happen meanwhile."""

    def __init__(self, stack: TaskStack, job: str, trace: str, marker: str) -> None:
        self.stack, self.job, self.trace, self.marker = stack, job, trace, marker
        self.accepted: set[str] = set()
        self.stopped: set[str] = set()
        self.errors: list[BaseException] = []
        self.random = random.Random(7)  # noqa: S311 - the same kills every time
        self._numbers = iter(range(TASKS))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._submit_all) for _ in range(SUBMITTERS)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(120)
        assert not self.errors, self.errors

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _submit_all(self) -> None:
        try:
            while True:
                with self._lock:
                    number = next(self._numbers, None)
                if number is None:
                    return
                self._submit(f"t{number}", number)
        except BaseException as error:  # noqa: BLE001 - shown by join
            self.errors.append(error)

    def _submit(self, task_id: str, number: int) -> None:
        event = {
            "id": task_id,
            "trace": self.trace,
            "sleep": self.random.random() * LONGEST,
            "fail": number % 10 == 3,
            "child": self.marker if number % 25 == 0 else "",
        }
        deadline = time.monotonic() + 60
        while True:  # the same id again until somebody answers: that is what ids are for
            try:
                self.stack.submit(self.job, event, x_fc_async_task_id=task_id)
                break
            except Exception as error:
                if getattr(error, "code", "") == "AsyncTaskAlreadyExists":
                    break  # it was durable, only the answer was lost
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self.accepted.add(task_id)
        if number % 10 == 7:
            self._stop(task_id)

    def _stop(self, task_id: str) -> None:
        try:
            self.stack.stop(self.job, task_id)
            self.stopped.add(task_id)
        except Exception as error:
            # too late, or killed just now: then it simply goes on
            if getattr(error, "code", "") in ("AsyncTaskNotFound", "InternalError"):
                raise


def all_tasks(stack: TaskStack, job: str) -> list[Any]:
    found: list[Any] = []
    token = None
    while True:
        page = stack.tasks(job, limit=100, next_token=token)
        found += page.tasks
        token = page.next_token
        if token is None:
            return found


def living(pids: list[int]) -> list[int]:
    """Which of these processes exist and have not ended (nobody may have waited for them yet)."""
    listing = subprocess.run(
        ["ps", "-ax", "-o", "pid=,state="], capture_output=True, text=True, check=True
    )
    states = dict(line.split()[:2] for line in listing.stdout.splitlines())
    return [pid for pid in pids if states.get(str(pid), "Z")[0] not in "ZX"]


def wait_until_gone(pids: list[int]) -> None:
    wait_until(lambda: not living(pids), 10, lambda: f"{living(pids)} outlived the kill")


def unfinished(stack: TaskStack, job: str) -> list[str]:
    """The ids of tasks that are not at their end."""
    waiting = ("Enqueued", "Dequeued", "Running", "Retrying", "Stopping")
    found = [task.task_id for status in waiting for task in stack.tasks(job, status=status).tasks]
    # one that began its retry meanwhile was in none of these lists
    return found or [task.task_id for task in all_tasks(stack, job) if task.status not in FINAL]


def test_nothing_is_lost_when_localcloud_is_killed_again_and_again(
    fresh_cloud: RunningCloud, tmp_path: Any
) -> None:
    stack = TaskStack(fresh_cloud)
    queue = stack.queue()
    arn = queue_arn(queue)
    role = stack.role(GUIDE_POLICY)
    job = stack.function(source=SOURCE, role=role, success=arn, failure=arn, retries=1)
    marker = f"child-of-{job}"
    load = Load(stack, job, str(tmp_path / "trace"), marker)
    load.start()
    idle = ended = 0
    for _ in range(KILLS):
        time.sleep(load.random.uniform(*PAUSES))
        idle += load.done and not unfinished(stack, job)
        family = descendants(fresh_cloud.process.pid)
        ended += len(family)
        fresh_cloud.kill()
        wait_until_gone(family)
        wait_until(lambda: not processes_with(marker), 10, lambda: f"{processes_with(marker)}")
        begun = time.monotonic()
        fresh_cloud.restart()
        assert time.monotonic() - begun < 10, "the start waited for something"
    load.join()

    assert idle <= KILLS / 4, "the kills found nothing under way"
    assert ended > 3 * KILLS, "template, keepers and handlers were not among what was looked for"
    wait_until(
        lambda: not unfinished(stack, job),
        60 + TASKS / 20,
        lambda: f"{unfinished(stack, job)[:10]}",
    )
    tasks = {task.task_id: task for task in all_tasks(stack, job)}
    assert set(tasks) == load.accepted
    assert len(tasks) == TASKS
    for task in tasks.values():
        seen = {event.status for event in task.events}
        assert not {"Stopped", "Succeeded"} <= seen, task.to_map()
        assert sum(event.status in FINAL for event in task.events) == 1, task.to_map()
        assert task.destination_status == "Succeeded", task.to_map()
    for task_id in load.stopped:
        assert tasks[task_id].status == "Stopped", tasks[task_id].to_map()
    ran = set((tmp_path / "trace").read_text().split())
    assert {name for name, task in tasks.items() if task.status in ("Succeeded", "Failed")} <= ran
    messages = stack.messages(queue, TASKS, 60)
    delivered = {message["requestContext"]["requestId"] for message in messages}
    assert delivered == {task.request_id for task in tasks.values()}
    failed = [task for task in tasks.values() if task.status == "Failed"]
    assert all(int(task.task_id[1:]) % 10 == 3 for task in failed), "a kill is no function error"
    assert failed


def test_an_instance_that_is_killed_is_an_error_of_its_attempt_alone(
    fresh_cloud: RunningCloud, tmp_path: Any
) -> None:
    stack = TaskStack(fresh_cloud)
    source = (
        "import json, os, signal\n"
        "def handler(event, context):\n"
        "    flag = json.loads(event)['flag']\n"
        "    if not os.path.exists(flag):\n"
        "        open(flag, 'w').close()\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return 'alive'\n"
    )
    job = stack.function(source=source, retries=1)
    ids = [stack.submit(job, {"flag": str(tmp_path / f"flag{n}")}) for n in range(10)]
    for task_id in ids:
        task = stack.wait(job, task_id)
        assert (task.status, task.already_retried_times) == ("Succeeded", 1)
        first = next(event for event in task.events if event.status == "Retrying")
        assert "exited" in json.loads(first.event_detail)["ErrorMessage"]


def test_an_orderly_end_leaves_running_tasks_to_the_next_start(
    fresh_cloud: RunningCloud, tmp_path: Any
) -> None:
    stack = TaskStack(fresh_cloud)
    job = stack.function(retries=0)
    body = models.PutConcurrencyInput(reserved_concurrency=2)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    note = tmp_path / "note"
    ids = [stack.submit(job, {"sleep": 1.5, "note": str(note)}) for _ in range(4)]
    wait_until(lambda: note.exists() and len(note.read_text().split()) == 2)
    assert fresh_cloud.stop() == 0
    fresh_cloud.restart()
    for task_id in ids:
        assert stack.wait(job, task_id).status == "Succeeded"
    retried = [task for task in all_tasks(stack, job) if task.already_retried_times]
    assert len(retried) == 2, "the attempts that the end cut short were made again"
