"""fctask redrive: what is submitted again, what is left alone, and that nothing is ever lost."""

import json
import os
import signal
from collections.abc import Generator
from typing import Any

import pytest
from mns.queue import Message, QueueMeta

from tests.between import Relay, relay_to
from tests.contract.function_packages import code_of, models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.fctask_program import Fctask
from tests.running_cloud import RunningCloud

VISIBILITY = 2  # seconds for which a received message is kept from others

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def role(stack: TaskStack) -> str:
    return stack.role(GUIDE_POLICY)


@pytest.fixture
def queue(stack: TaskStack) -> str:
    name = stack.queue()
    meta = QueueMeta()
    meta.set_visibilitytimeout(VISIBILITY)
    stack.smq.get_queue(name).set_attributes(meta)
    return name


def make_job(stack: TaskStack, role: str, queue: str, **settings: Any) -> str:
    arn = queue_arn(queue)
    return stack.function(role=role, success=arn, failure=arn, **settings)


def repair(stack: TaskStack, job: str) -> None:
    """From now on the function succeeds whatever its event says."""
    code = code_of("def handler(event, context):\n    return 'repaired'\n")
    body = models.UpdateFunctionInput(code=code)
    stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))


def redriven(stack: TaskStack, job: str) -> list[str]:
    """The ids of the tasks that redrive has submitted."""
    return [one.task_id for one in stack.tasks(job, prefix="redrive-").tasks or []]


def waiting(stack: TaskStack, queue: str) -> list[str]:
    """The request ids of the messages in the queue, whether received or not; they are removed."""
    found: list[str] = []
    name = stack.smq.get_queue(queue)
    meta = name.get_attributes()
    total = int(meta.active_messages) + int(meta.inactive_messages)
    for message in stack.messages(queue, total) if total else []:
        found.append(message["requestContext"]["requestId"])
    return sorted(found)


def test_only_messages_of_failed_tasks_are_redriven(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue, timeout=100)
    failed = [stack.submit(job, {"raise": "no", "n": n}) for n in range(2)]
    named = stack.submit(job, {"raise": "no", "n": 9}, x_fc_async_task_id="my-own-id")
    succeeded = stack.submit(job, {})
    stopped = stack.submit(job, {"sleep": 90})
    stack.wait(job, stopped, ("Running",))
    stack.stop(job, stopped)
    for task_id in (*failed, named, succeeded, stopped):
        stack.wait(job, task_id)
    named_request = stack.task(job, named).request_id
    repair(stack, job)

    done = fctask.of(job).json("redrive", "--yes")

    assert (done["redriven"], done["acceptedBefore"], done["notAccepted"]) == (3, 0, 0)
    status = {one["requestId"]: (one["done"], one.get("status")) for one in done["messages"]}
    assert status[succeeded] == ("left alone", "Succeeded")
    assert status[stopped] == ("left alone", "Stopped")
    again = redriven(stack, job)
    assert sorted(again) == sorted(f"redrive-{one}" for one in (*failed, named_request))
    for task_id in again:
        assert stack.wait(job, task_id).status == "Succeeded"
    payloads = {json.loads(stack.task(job, one).task_payload)["n"] for one in again}
    assert payloads == {0, 1, 9}
    requests = [stack.task(job, one).request_id for one in again]
    # the failures are gone; success and stop were put back at once, and the new successes came
    assert waiting(stack, queue) == sorted([succeeded, stopped, *requests])


def test_expired_tasks_are_redriven_too(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue, age=1, timeout=60)
    body = models.PutConcurrencyInput(reserved_concurrency=1)
    stack.fc.put_concurrency_config(job, models.PutConcurrencyConfigRequest(body=body))
    slow = stack.submit(job, {"sleep": 60})
    stack.wait(job, slow, ("Running",))
    late = stack.submit(job, {"late": True})
    assert stack.wait(job, late).status == "Expired"
    stack.stop(job, slow)
    stack.wait(job, slow)
    done = fctask.of(job).json("redrive", "--yes")
    came = {one["requestId"]: one["done"] for one in done["messages"]}
    assert (came[late], came[slow]) == ("redriven", "left alone")


def test_stopped_and_succeeded_ones_when_asked_for(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue, timeout=100)
    succeeded, stopped = stack.submit(job, {}), stack.submit(job, {"sleep": 90})
    stack.wait(job, stopped, ("Running",))
    stack.stop(job, stopped)
    stack.wait(job, stopped)
    stack.wait(job, succeeded)
    repair(stack, job)
    done = fctask.of(job).json("redrive", "--yes", "--include", "stopped", "--limit", "2")
    assert {one["requestId"]: one["done"] for one in done["messages"]} == {
        stopped: "redriven",
        succeeded: "left alone",
    }
    done = fctask.of(job).json("redrive", "--yes", "--include", "succeeded", "--limit", "1")
    assert [one["done"] for one in done["messages"]] == ["redriven"]


def test_what_fails_again_is_not_redriven_in_a_circle(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue)
    stack.wait(job, stack.submit(job, {"raise": "for ever"}))
    first = fctask.of(job).json("redrive", "--yes")
    assert first["redriven"] == 1
    (again,) = redriven(stack, job)
    stack.wait(job, again)
    second = fctask.of(job).json("redrive", "--yes")
    assert second["redriven"] == 1
    assert len(redriven(stack, job)) == 2


def test_a_task_that_was_run_again_by_hand_is_left_alone(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue)
    failed = stack.submit(job, {"raise": "no"})
    stack.wait(job, failed)
    repair(stack, job)
    (again,) = fctask.of(job).json("rerun", failed)["tasks"]
    stack.wait(job, again["taskId"])
    done = fctask.of(job).json("redrive", "--yes")
    notes = {one["requestId"]: one.get("note", "") for one in done["messages"]}
    assert again["taskId"] in notes[failed]
    assert done["redriven"] == 0


def test_rerun_of_all_that_failed_knows_what_redrive_has_done(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue)
    failed = stack.submit(job, {"raise": "no"})
    stack.wait(job, failed)
    program = fctask.of(job)
    program.json("redrive", "--yes")
    first = f"redrive-{failed}"
    stack.wait(job, first)
    (once,) = program.json("rerun", "--status", "Failed", "--yes")["tasks"]
    assert once["of"] == first  # which failed as well, and stands for the one before
    stack.wait(job, once["taskId"])
    repair(stack, job)
    program.json("redrive", "--yes", "--limit", "1")
    second = f"redrive-{stack.task(job, first).request_id}"
    assert stack.wait(job, second).status == "Succeeded"
    assert program.json("rerun", "--status", "Failed", "--yes")["tasks"] == []


def test_messages_of_others_are_left_alone_and_given_back_at_once(
    fctask: Fctask, stack: TaskStack, role: str
) -> None:
    queue = stack.queue()  # which keeps a received message from others for half a minute
    job, other = make_job(stack, role, queue), make_job(stack, role, queue)
    stack.wait(other, stack.submit(other, {"raise": "no"}))
    handle = stack.smq.get_queue(queue)
    for body in ("no JSON at all", '{"some": "other thing"}', '["a list"]'):
        handle.send_message(Message(body))
    done = fctask.of(job).json("redrive", "--yes")
    assert [one["done"] for one in done["messages"]] == ["left alone"] * 4
    assert any(other in one["note"] for one in done["messages"])
    assert redriven(stack, job) == redriven(stack, other) == []
    assert int(handle.get_attributes().active_messages) == 4


def test_nobody_there_to_ask_means_nothing_is_done(
    fctask: Fctask, stack: TaskStack, role: str, queue: str
) -> None:
    job = make_job(stack, role, queue)
    failed = stack.submit(job, {"raise": "no"})
    stack.wait(job, failed)
    ran = fctask.of(job).run("redrive")
    assert ran.exit_code == 2, ran.text
    assert "--yes" in ran.stderr
    assert redriven(stack, job) == []
    assert waiting(stack, queue) == [failed]


@pytest.fixture
def relay(cloud: RunningCloud) -> Generator[Relay, None, None]:
    with relay_to(cloud) as made:
        yield made


MOMENTS = {
    "received, and not told so": ("after", "GET", "numOfMessages"),
    "before its task is looked up": ("before", "GET", "/async-tasks/1-"),
    "before it is submitted": ("before", "POST", "/invocations"),
    "accepted, and not told so": ("after", "POST", "/invocations"),
    "before the message is removed": ("before", "DELETE", "ReceiptHandle"),
    "removed, and not told so": ("after", "DELETE", "ReceiptHandle"),
}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_interrupted_anywhere_it_loses_none_and_submits_none_twice(
    fctask: Fctask,
    stack: TaskStack,
    role: str,
    queue: str,
    relay: Relay,
    moment: str,
    how: signal.Signals,
) -> None:
    job = make_job(stack, role, queue)
    failed = [stack.submit(job, {"raise": "no", "n": number}) for number in range(3)]
    for task_id in failed:
        stack.wait(job, task_id)
    repair(stack, job)
    side, method, part = MOMENTS[moment]
    seen = 0

    def strike(asked: str, path: str) -> bool:
        nonlocal seen
        if asked == method and part in path:
            seen += 1
            if seen == (1 if part == "numOfMessages" else 2):  # one receive, three of the others
                os.kill(process.pid, how)
                return True
        return False

    setattr(relay, side, strike)
    through = Fctask(
        {
            **{key: value for key, value in fctask.environment.items() if key != "HTTP_PROXY"},
            "FCTASK_FC_ENDPOINT": relay.url,
            "FCTASK_SMQ_ENDPOINT": relay.url,
        }
    )
    process = through.of(job).start("redrive", "--yes")
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == (-how if how == signal.SIGKILL else 130), stderr
    assert "Traceback" not in stderr
    relay.before = relay.after = None

    # what the killed run had received comes back when its time is over
    attributes = stack.smq.get_queue(queue).get_attributes
    wait_until(lambda: int(attributes().inactive_messages) == 0, seconds=VISIBILITY + 5)
    second = fctask.of(job).json("redrive", "--yes")

    assert second["notAccepted"] == 0
    assert sorted(redriven(stack, job)) == sorted(f"redrive-{one}" for one in failed)
    for task_id in failed:
        assert stack.wait(job, f"redrive-{task_id}").status == "Succeeded"
    new = [stack.task(job, f"redrive-{one}").request_id for one in failed]
    assert waiting(stack, queue) == sorted(new)  # each once, and no failure any more
