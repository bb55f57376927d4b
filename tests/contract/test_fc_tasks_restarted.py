"""What localcloud had promised for later still holds after it was killed."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import pytest
from mns.queue import QueueMeta

from tests.contract.function_packages import models, refusal_of
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, trail, wait_until
from tests.running_cloud import RunningCloud


@pytest.fixture
def stack(fresh_cloud: RunningCloud) -> TaskStack:
    return TaskStack(fresh_cloud)


def hold(stack: TaskStack, job: str) -> None:
    """Nothing of this function runs from now on."""
    body = models.PutConcurrencyInput(reserved_concurrency=0)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))


def test_a_task_that_gets_too_old_while_localcloud_is_down_expires(stack: TaskStack) -> None:
    queue = stack.queue()
    job = stack.function(role=stack.role(GUIDE_POLICY), failure=queue_arn(queue), age=2)
    hold(stack, job)
    task_id = stack.submit(job)
    stack.cloud.kill()
    time.sleep(2.1)
    stack.cloud.restart()
    stack = TaskStack(stack.cloud)  # SMQ's client does not open a lost connection again
    task = stack.wait(job, task_id)
    assert (task.status, trail(task)) == ("Expired", ["Enqueued", "Expired"])
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["condition"] == "Expired"


def test_a_retry_is_made_at_its_time_whatever_happens_in_between(stack: TaskStack) -> None:
    job = stack.function(retries=2)
    task_id = stack.submit(job, {"raise": "again"})
    stack.wait(job, task_id, ("Retrying",))
    stack.cloud.kill()
    stack.cloud.restart()
    task = stack.wait(job, task_id)
    assert (task.status, task.already_retried_times) == ("Failed", 2)
    assert trail(task) == [
        "Enqueued",
        *("Dequeued", "Running", "Retrying") * 2,
        *("Dequeued", "Running", "Failed"),
    ]
    events: list[Any] = task.events
    for before, after in itertools.pairwise(events):
        if before.status == "Retrying":
            due = json.loads(before.event_detail)["NextAttempt"]
            assert due <= after.timestamp < due + 1500


def test_an_attempt_that_was_cut_short_is_made_again_and_uses_up_no_retry(
    stack: TaskStack, tmp_path: Path
) -> None:
    job = stack.function(retries=0)
    note = tmp_path / "note"
    task_id = stack.submit(job, {"note": str(note), "sleep": 1})
    wait_until(note.exists)
    stack.wait(job, task_id, ("Running",))
    stack.cloud.kill()
    stack.cloud.restart()
    task = stack.wait(job, task_id)
    assert task.status == "Succeeded"
    (lost,) = [event for event in task.events if event.status == "Retrying"]
    assert json.loads(lost.event_detail)["Error"] == "SystemError"
    assert note.read_text().split() == [task.request_id] * 2


def test_a_delay_goes_on_while_localcloud_is_down(stack: TaskStack) -> None:
    job = stack.function()
    task_id = stack.submit(job, common_headers={"x-fc-async-delay": "2"})
    accepted = stack.task(job, task_id).started_time
    stack.cloud.kill()
    stack.cloud.restart()
    task = stack.wait(job, task_id)
    begun = next(event.timestamp for event in task.events if event.status == "Dequeued")
    assert 2000 <= begun - accepted < 4000


def test_a_result_that_waits_for_its_queue_is_sent_after_a_kill(stack: TaskStack) -> None:
    queue = stack.queue()
    job = stack.function(role=stack.role(GUIDE_POLICY), success=queue_arn(queue))
    stack.smq.get_queue(queue).delete()
    task = stack.wait(job, stack.submit(job))
    assert task.destination_status.startswith("Retrying: QueueNotExist")
    stack.cloud.kill()
    stack.cloud.restart()
    stack = TaskStack(stack.cloud)  # SMQ's client does not open a lost connection again
    stack.smq.get_queue(queue).create(QueueMeta())
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == task.request_id
    wait_until(lambda: stack.task(job, task.task_id).destination_status == "Succeeded")


def test_used_task_ids_and_what_became_of_them_are_remembered(stack: TaskStack) -> None:
    job = stack.function()
    stack.wait(job, stack.submit(job, {"n": 1}, x_fc_async_task_id="once"))
    before = stack.task(job, "once").to_map()
    stack.cloud.kill()
    stack.cloud.restart()
    assert stack.task(job, "once").to_map() == before
    assert refusal_of(lambda: stack.submit(job, x_fc_async_task_id="once"))[:2] == (
        409,
        "AsyncTaskAlreadyExists",
    )
