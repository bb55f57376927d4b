"""What a rename does, in which order, and where the messages of tasks go meanwhile.

A task keeps the destination that it had when it began. One that runs while its queue is renamed so
needs the role to be allowed the former queue until it ends: the policy `guide` allows it, `least`
does so only until the update is done. The README of the components says it.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from mns.account import Account
from mns.mns_exception import MNSExceptionBase

from fctask.clients import Clients
from fctask.tasks import follow, submit
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

PAUSE = 0.1  # seconds between two submissions
FEWEST = 10
HANDLER = """
import time

def handler(event, context):
    time.sleep(0.5)  # so that some tasks run at any moment of the change
    return "done"
"""


class Load:
    """Tasks submitted steadily in a thread of its own, until it is told to stop."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._submit)
        self.accepted: list[tuple[str, str]] = []
        """Task id and request id of every task that was accepted."""
        self.refused: list[Exception] = []

    def _submit(self) -> None:
        while not self._stop.wait(PAUSE):
            try:
                submitted = submit(self._clients, b"{}")
            except Exception as refused:  # noqa: BLE001 - the test says which it expects
                self.refused.append(refused)
                return
            self.accepted.append((submitted.task_id, submitted.request_id))

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def request_ids(cloud: RunningCloud, queue_name: str, wait: int = 0) -> "Counter[str]":
    """The request ids of the messages in a queue, each taken out; `wait` seconds for the next."""
    queue = Account(cloud.url, cloud.key, cloud.secret).get_queue(queue_name)
    found: Counter[str] = Counter()
    while True:
        try:
            message = queue.receive_message(wait)
        except MNSExceptionBase as nothing:
            if nothing.type != "MessageNotExist":
                raise
            return found
        queue.delete_message(message.receipt_handle)
        found[json.loads(message.message_body)["requestContext"]["requestId"]] += 1


@pytest.fixture(scope="module")
def kept(stack: Stack) -> Stack:
    """The stack up, with what it holds kept at a rename, as prod's is."""
    (stack.folder / "function_code" / "index.py").write_text(HANDLER)
    stack.set("timeout", "60")  # ten instances that begin at once take their time
    stack.set("keepData", "true")
    stack.up()
    return stack


def operations(cloud: RunningCloud, after: int) -> list[str]:
    """What was asked for since request number `after`, oldest first."""
    return [one["operation"] for one in cloud.requests(after)]


def last(cloud: RunningCloud) -> int:
    """The number of the last request so far."""
    return cloud.own("requests")["last"]


def in_order(made: list[str], *steps: str) -> bool:
    """Whether each of the steps was made once, in this order."""
    assert {step: made.count(step) for step in steps} == dict.fromkeys(steps, 1)
    return sorted(steps, key=made.index) == list(steps)


def test_a_renamed_queue_is_made_and_allowed_before_it_is_sent_to(
    kept: Stack, cloud: RunningCloud
) -> None:
    """And the former policy goes after the function has left the former queue."""
    before = last(cloud)
    kept.set("queueName", "second-results")
    kept.up()
    assert in_order(
        operations(cloud, before),
        "CreateQueue",
        "CreatePolicy",
        "AttachPolicyToRole",
        "PutAsyncInvokeConfig",
        "DetachPolicyFromRole",
        "DeletePolicy",
    )
    assert "DeleteQueue" not in operations(cloud, before)


def test_a_queue_renamed_under_load_leaves_no_message_without_a_queue(
    kept: Stack, cloud: RunningCloud, clients_of: Callable[[Stack], Clients]
) -> None:
    kept.set("policy", "guide")
    kept.up()
    clients = clients_of(kept)
    with Load(clients) as load:
        kept.set("queueName", "third-results")
        kept.up()
    assert load.refused == []
    assert len(load.accepted) >= FEWEST
    for task_id, _ in load.accepted:
        assert [state.status for _, state in follow(clients, task_id)][-1] == "Succeeded"
    submitted = Counter(request_id for _, request_id in load.accepted)
    former = request_ids(cloud, "second-results", wait=1)
    assert former, "no task began before the change"
    assert former < submitted, "no task began after the change"
    assert former + request_ids(cloud, "third-results", wait=1) == submitted
    assert set(kept.preview()) == {"same"}


def test_a_renamed_function_has_its_destinations_and_its_role_to_its_end(
    kept: Stack, cloud: RunningCloud
) -> None:
    """The names of role and log project go with the function's, so all of it is replaced."""
    before = last(cloud)
    kept.set("policy", "least")
    kept.set("functionName", "renamed-job")
    kept.up()
    made = operations(cloud, before)
    assert in_order(
        made,
        "CreateRole",
        "AttachPolicyToRole",
        "CreateFunction",
        "PutAsyncInvokeConfig",
        "DeleteFunction",
        "DetachPolicyFromRole",
        "DeleteRole",
    )
    assert "DeleteAsyncInvokeConfig" not in made  # it went with the function, not before it
    assert set(kept.preview()) == {"same"}


def test_without_keeping_the_former_queue_goes_last(kept: Stack, cloud: RunningCloud) -> None:
    kept.set("keepData", "false")
    kept.up()
    before = last(cloud)
    kept.set("queueName", "fourth-results")
    kept.up()
    assert in_order(
        operations(cloud, before),
        "CreateQueue",
        "PutAsyncInvokeConfig",
        "DetachPolicyFromRole",
        "DeleteQueue",
    )
