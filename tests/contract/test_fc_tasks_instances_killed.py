"""Instances killed under load: every task comes to its end, and no process is left."""

import contextlib
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.task_stack import FINAL, GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.running_cloud import RunningCloud, processes_with

TASKS = 60
KILLS = 25

SOURCE = """
import json, os, subprocess, sys, time
def handler(event, context):
    wish = json.loads(event)
    if wish["child"]:
        subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(300)", wish["marker"]],
            start_new_session=True,
        )
    with open(wish["pids"], "a") as pids:
        pids.write("%d %d\\n" % (os.getpid(), os.getppid()))
    time.sleep(0.15)
    return wish["marker"]
"""


@pytest.mark.parametrize("whom", ["the handler's process", "its keeper"])
def test_every_task_ends_and_no_process_is_left(
    fresh_cloud: RunningCloud, tmp_path: Path, whom: str
) -> None:
    stack = TaskStack(fresh_cloud)
    queue = stack.queue()
    arn = queue_arn(queue)
    # a handler that is killed is an error of the function: with 8 retries 25 kills fail no task
    job = stack.function(
        source=SOURCE, role=stack.role(GUIDE_POLICY), success=arn, failure=arn, retries=8
    )
    pids = tmp_path / "pids"
    pids.touch()
    chance = random.Random(11)  # noqa: S311 - the same choices at every run
    marker = f"child-of-{job}"
    killed: set[int] = set()

    def kill_some() -> None:
        deadline = time.monotonic() + 20
        while len(killed) < KILLS and time.monotonic() < deadline:
            lines = pids.read_text().splitlines()[-4:]  # of those that may still run
            if lines:
                pair = [int(part) for part in chance.choice(lines).split()]
                pid = pair[0] if whom == "the handler's process" else pair[1]
                with contextlib.suppress(ProcessLookupError):
                    if pid not in killed:
                        os.kill(pid, signal.SIGKILL)
                        killed.add(pid)
            time.sleep(0.03)

    killer = threading.Thread(target=kill_some)
    killer.start()
    ids = [
        stack.submit(
            job,
            {"child": number % 5 == 0, "marker": marker, "pids": str(pids)},
            x_fc_async_task_id=f"t{number}",
        )
        for number in range(TASKS)
    ]
    killer.join()
    assert len(killed) >= KILLS / 2, "too few were under way to be killed"

    def unfinished() -> list[str]:
        waiting = ("Enqueued", "Dequeued", "Running", "Retrying")
        return [task.task_id for each in waiting for task in stack.tasks(job, status=each).tasks]

    wait_until(lambda: not unfinished(), 60, lambda: f"{unfinished()}")
    tasks: list[Any] = [stack.task(job, task_id) for task_id in ids]
    for task in tasks:
        assert task.status == "Succeeded", task.to_map()
        assert sum(event.status in FINAL for event in task.events) == 1
    retried = [task for task in tasks if task.already_retried_times]
    assert retried, "no kill met an attempt"
    for task in retried:
        first = next(event for event in task.events if event.status == "Retrying")
        assert json.loads(first.event_detail)["ErrorMessage"]
    delivered = {m["requestContext"]["requestId"] for m in stack.messages(queue, TASKS)}
    assert delivered == {task.request_id for task in tasks}
    stack.fc.delete_function(job)  # which ends its warm instances
    wait_until(lambda: not processes_with(marker), 10, lambda: f"{processes_with(marker)}")
