"""A rename under load: no task that was accepted ends with nowhere to send its message."""

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

PAUSE = 0.05  # seconds between two submissions
FEWEST = 10


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


def request_ids(cloud: RunningCloud, queue_name: str) -> "Counter[str]":
    """The request ids of the messages in a queue, each message taken out."""
    queue = Account(cloud.url, cloud.key, cloud.secret).get_queue(queue_name)
    found: Counter[str] = Counter()
    while True:
        try:
            message = queue.receive_message(0)
        except MNSExceptionBase as nothing:
            if nothing.type != "MessageNotExist":
                raise
            return found
        queue.delete_message(message.receipt_handle)
        found[json.loads(message.message_body)["requestContext"]["requestId"]] += 1


@pytest.fixture(scope="module")
def kept(stack: Stack) -> Stack:
    """The stack up, with what it holds kept at a rename, as prod's is."""
    stack.set("keepData", "true")
    stack.up()
    return stack


def test_a_queue_renamed_under_load_leaves_no_message_without_a_queue(
    kept: Stack, cloud: RunningCloud, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(kept)
    with Load(clients) as load:
        kept.set("queueName", "renamed-results")
        kept.up()
    assert load.refused == []
    assert len(load.accepted) >= FEWEST
    for task_id, _ in load.accepted:
        assert [state.status for _, state in follow(clients, task_id)][-1] == "Succeeded"
    before = request_ids(cloud, "my-fc-job-results")
    after = request_ids(cloud, "renamed-results")
    assert before, "no task ended before the change"
    assert before + after == Counter(request_id for _, request_id in load.accepted)
    assert set(kept.preview()) == {"same"}
