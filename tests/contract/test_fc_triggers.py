"""Triggers through the official SDK: kept, changed, and timers that fire."""

import json
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from tests.contract.function_packages import create_request, function_client, models, refusal_of
from tests.running_cloud import RunningCloud


@pytest.fixture
def job(fc: Any) -> Iterator[str]:
    """A function whose asynchronous calls are tasks; no two tests have one of the same name."""
    name = make(fc)
    yield name
    fc.delete_function(name)


def make(fc: Any) -> str:
    name = f"job-{uuid.uuid4().hex[:10]}"
    fc.create_function(create_request(name))
    body = models.PutAsyncInvokeConfigInput(async_task=True)
    fc.put_async_invoke_config(name, models.PutAsyncInvokeConfigRequest(body=body))
    return name


def create(fc: Any, job: str, name: str, kind: str = "timer", **config: Any) -> Any:
    body = models.CreateTriggerInput(
        trigger_name=name, trigger_type=kind, qualifier="LATEST", trigger_config=json.dumps(config)
    )
    return fc.create_trigger(job, models.CreateTriggerRequest(body=body)).body


def soon(seconds: float) -> tuple[str, str]:
    """A cron expression for a second about `seconds` from now, and that time as FC writes it."""
    at = datetime.fromtimestamp(int(time.time() + seconds), timezone.utc)
    return f"{at.second} {at.minute} {at.hour} * * *", at.strftime("%Y-%m-%dT%H:%M:%SZ")


def tasks(fc: Any, job: str) -> list[Any]:
    request = models.ListAsyncTasksRequest(include_payload=True)
    return fc.list_async_tasks(job, request).body.tasks or []


def wait_for_tasks(fc: Any, job: str, count: int) -> list[Any]:
    """The function's tasks, once there are `count` of them and all have succeeded."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = tasks(fc, job)
        if len(found) >= count and all(task.status == "Succeeded" for task in found):
            return found
        time.sleep(0.05)
    raise AssertionError(
        f"no {count} succeeded tasks: {[task.to_map() for task in tasks(fc, job)]}"
    )


def test_a_timer_fires_once_and_its_event_is_fcs(fc: Any, job: str) -> None:
    cron, at = soon(2)
    made = create(fc, job, "nightly", cronExpression=cron, enable=True, payload='{"a": 1}')
    assert made.trigger_id
    (task,) = wait_for_tasks(fc, job, 1)
    assert json.loads(task.task_payload) == {
        "triggerTime": at,
        "triggerName": "nightly",
        "payload": '{"a": 1}',
    }
    time.sleep(1.2)  # the next second has come, and the time of the cron does not come again
    assert len(tasks(fc, job)) == 1


def test_a_timer_survives_a_kill_and_fires_once(fresh_cloud: RunningCloud) -> None:
    fc = function_client(fresh_cloud.config())
    job = make(fc)
    cron, at = soon(3)
    create(fc, job, "nightly", cronExpression=cron, enable=True)
    fresh_cloud.kill()
    fresh_cloud.restart()
    fc = function_client(fresh_cloud.config())
    (task,) = wait_for_tasks(fc, job, 1)
    assert json.loads(task.task_payload)["triggerTime"] == at


def test_a_timer_that_is_off_does_not_fire(fc: Any, job: str) -> None:
    cron, _ = soon(1)
    create(fc, job, "off", cronExpression=cron, enable=False)
    on, _ = soon(2)
    create(fc, job, "on", cronExpression=on, enable=True)
    (task,) = wait_for_tasks(fc, job, 1)
    assert json.loads(task.task_payload)["triggerName"] == "on"


def test_a_trigger_is_given_back_as_it_was_sent_and_can_be_changed(fc: Any, job: str) -> None:
    made = create(fc, job, "t", cronExpression="@every 5m", enable=True)
    found = fc.get_trigger(job, "t").body
    assert found.to_map() == made.to_map()
    assert json.loads(found.trigger_config) == {"cronExpression": "@every 5m", "enable": True}
    assert (found.trigger_type, found.qualifier) == ("timer", "LATEST")
    config = json.dumps({"cronExpression": "CRON_TZ=Asia/Shanghai 0 0 4 * * *", "enable": True})
    body = models.UpdateTriggerInput(trigger_config=config, description="d")
    updated = fc.update_trigger(job, "t", models.UpdateTriggerRequest(body=body)).body
    assert (updated.trigger_config, updated.description) == (config, "d")
    assert updated.trigger_id == made.trigger_id
    listed = fc.list_triggers(job, models.ListTriggersRequest()).body.triggers
    assert [trigger.trigger_name for trigger in listed] == ["t"]
    assert refusal_of(lambda: create(fc, job, "t", cronExpression="@every 1m"))[:2] == (
        409,
        "TriggerAlreadyExists",
    )
    fc.delete_trigger(job, "t")
    assert refusal_of(lambda: fc.get_trigger(job, "t"))[:2] == (404, "TriggerNotFound")


@pytest.mark.parametrize(
    ("kind", "config", "words"),
    [
        ("timer", {"cronExpression": "@every 1s", "enable": True}, "whole minutes"),
        ("timer", {"cronExpression": "0 0 25 * * *", "enable": True}, "hours holds '25'"),
        ("timer", {"enable": True}, "cronExpression is missing"),
        ("smoke", {}, "triggerType is 'smoke'"),
    ],
)
def test_a_trigger_that_could_not_fire_is_refused(
    fc: Any, job: str, kind: str, config: dict[str, Any], words: str
) -> None:
    status, code, message = refusal_of(lambda: create(fc, job, "t", kind, **config))
    assert (status, code) == (400, "InvalidArgument")
    assert words in message


def test_a_trigger_of_another_type_is_kept_with_a_warning(
    fc: Any, cloud: RunningCloud, job: str
) -> None:
    made = create(fc, job, "web", "http", authType="anonymous", methods=["GET"])
    assert made.trigger_type == "http"
    (warning,) = [line for line in cloud.stderr().splitlines() if "trigger web" in line]
    assert "never fires" in warning
