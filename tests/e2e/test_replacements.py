"""What a rename does, in which order, and that no task loses its message by it, under load.

Queue and function are renamed, each alone and both, under each policy, while tasks are submitted
all the time: each one that was accepted has exactly one message, in the former queue or in the new
one. That the tasks of a former function fail, or are Invalid, is how Function Compute deletes one.
The tests build on each other, in this order.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from fctask.clients import Clients
from fctask.task import Task
from tests.e2e.load import Accepted, Load, request_ids
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

FEWEST = 50
HANDLER = """
import time

def handler(event, context):
    time.sleep(0.5)  # so that some tasks run at any moment of the change
    return "done"
"""
QUEUE_ALONE = ("CreateQueue", "PutAsyncInvokeConfig")
WITH_ITS_POLICY = (
    "CreateQueue",
    "CreatePolicy",
    "AttachPolicyToRole",
    "PutAsyncInvokeConfig",
    "DetachPolicyFromRole",
    "DeletePolicy",
)
FUNCTION = (
    "CreateRole",
    "AttachPolicyToRole",
    "CreateFunction",
    "PutAsyncInvokeConfig",
    "DeleteFunction",
    "DetachPolicyFromRole",
    "DeleteRole",
)
ORDERS = {
    ("least", "queue"): [WITH_ITS_POLICY],
    ("guide", "queue"): [QUEUE_ALONE],
    ("system", "queue"): [QUEUE_ALONE],
    **{(policy, "function"): [FUNCTION] for policy in ("least", "guide", "system")},
    **{(policy, "both"): [QUEUE_ALONE, FUNCTION] for policy in ("least", "guide", "system")},
}
"""What is made, changed and deleted, in which orders, under a policy and at a rename."""


@dataclass
class Job:
    """The stack, and the names that it has now. Its data is kept at a rename, as prod's is."""

    stack: Stack
    cloud: RunningCloud
    function: str = "job-0"
    queue: str = "results-0"
    operations: list[str] = field(default_factory=list[str])
    """What the last change asked of the cloud, oldest first, submissions left out."""

    def change_under_load(self, **settings: str) -> Load:
        """Change these settings and bring them up while tasks are submitted."""
        self.stack.set_all(**settings)
        functions = dict.fromkeys((self.function, settings.get("functionName", self.function)))
        before = self.cloud.own("requests")["last"]
        with Load(*functions) as load:
            self.stack.up()
        self.operations = [one["operation"] for one in self.cloud.requests(before)]
        self.function = settings.get("functionName", self.function)
        self.queue = settings.get("queueName", self.queue)
        assert load.refused == []
        assert len(load.accepted) >= FEWEST
        return load


@pytest.fixture(scope="module")
def job(stack: Stack, cloud: RunningCloud) -> Job:
    """The stack, up, whose role may do the least."""
    (stack.folder / "function_code" / "index.py").write_text(HANDLER)
    job = Job(stack, cloud)
    stack.set_all(
        functionName=job.function,
        queueName=job.queue,
        timeout="60",  # instances that begin at once take their time
        instanceConcurrency="10",  # forty at once
        keepData="true",
    )
    stack.up()
    return job


@pytest.fixture(autouse=True)
def _clients(  # pyright: ignore[reportUnusedFunction]
    clients_of: Callable[[Stack], Clients],
) -> None:
    """The environment of the SDKs' clients that submit."""


def in_order(made: list[str], *steps: str) -> bool:
    """Whether each of the steps was made once, in this order."""
    assert {step: made.count(step) for step in steps} == dict.fromkeys(steps, 1)
    return sorted(steps, key=made.index) == list(steps)


def told(load: Load) -> list[tuple[Accepted, Task]]:
    """Every accepted task with its end, each of which was told to a queue."""
    ends = list(load.ends())
    lost = {one.task_id: (end.status, end.destination) for one, end in ends}
    assert {task: how for task, how in lost.items() if how[1] != "Succeeded"} == {}
    return ends


def went_to(ends: list[tuple[Accepted, Task]], queue: str) -> "Counter[str]":
    """Request ids of the tasks that say that they were told to that queue."""
    place = f"/queues/{queue}/messages"
    return Counter(
        one.request_id
        for one, end in ends
        if str(end.events[-1].details["Destination"]).endswith(place)
    )


@pytest.mark.parametrize("rename", ["queue", "function", "both"])
@pytest.mark.parametrize("policy", ["least", "guide", "system"])
def test_no_task_loses_its_message_by_a_rename_under_load(
    job: Job, policy: str, rename: str
) -> None:
    former_function, former_queue = job.function, job.queue
    settings: dict[str, str] = {}
    if rename != "queue":
        settings["functionName"] = f"{policy}-{rename}"
    if rename != "function":
        settings["queueName"] = f"{policy}-{rename}-results"
    if rename == "queue" and policy != "least":
        change_the_policy(job, policy)
    load = job.change_under_load(**settings)
    for steps in ORDERS[policy, rename]:
        assert in_order(job.operations, *steps)
    assert "DeleteQueue" not in job.operations
    assert "DeleteAsyncInvokeConfig" not in job.operations  # it goes with the function

    ends = told(load)
    submitted = Counter(one.request_id for one in load.accepted)
    former = request_ids(job.cloud, former_queue)
    new = Counter[str]() if rename == "function" else request_ids(job.cloud, job.queue)
    assert former + new == submitted
    assert former
    assert bool(new) == (rename != "function")
    statuses = {
        name: {end.status for one, end in ends if one.function == name}
        for name in (former_function, job.function)
    }
    assert statuses[job.function] == {"Succeeded"}
    if rename != "queue":
        assert {"Succeeded", "Failed"} <= statuses[former_function]  # some ran as it was deleted


def change_the_policy(job: Job, policy: str) -> None:
    """Under load, too, as another policy is another thing attached."""
    load = job.change_under_load(policy=policy)
    assert in_order(job.operations, "AttachPolicyToRole", "DetachPolicyFromRole")
    told(load)
    request_ids(job.cloud, job.queue)


def test_without_keeping_the_former_queue_goes_last(job: Job) -> None:
    """With what is in it, as the setting says; no task is told to a queue that has gone."""
    job.stack.set_all(keepData="false", policy="least")
    job.stack.up()
    former = job.queue
    load = job.change_under_load(queueName="last-results")
    assert in_order(job.operations, *WITH_ITS_POLICY[:-1], "DeleteQueue")
    ends = told(load)
    new = went_to(ends, "last-results")
    assert new
    assert request_ids(job.cloud, "last-results") == new
    assert went_to(ends, former) + new == Counter(one.request_id for one in load.accepted)
    assert set(job.stack.preview()) == {"same"}
