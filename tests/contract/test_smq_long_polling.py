"""Receivers that wait for a message, with SMQ's official client on connections of their own."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta

from tests.running_cloud import RunningCloud


class Receiver:
    """A receive that waits in a thread; `result` is the message or the refusal's code."""

    def __init__(self, cloud: RunningCloud, queue_name: str, seconds: int = 20) -> None:
        self.result: Any = None
        self.took = 0.0
        self._queue: Any = Account(cloud.url, cloud.key, cloud.secret).get_queue(queue_name)
        self._seconds = seconds
        self._thread = threading.Thread(target=self._receive)
        self._thread.start()

    def done(self, within: float = 5) -> Any:
        """The result, which must be there within so many seconds."""
        self._thread.join(within)
        assert not self._thread.is_alive(), "the receive still waits"
        return self.result

    def _receive(self) -> None:
        began = time.monotonic()
        try:
            self.result = self._queue.receive_message(self._seconds)
        except MNSServerException as error:
            self.result = error.type
        self.took = time.monotonic() - began


@pytest.fixture
def make(smq: Account) -> Callable[..., Any]:
    """Makes a queue with no message in it."""

    def made(name: str, **attributes: int) -> Any:
        queue = smq.get_queue(name)
        queue.create(QueueMeta(**attributes))
        return queue

    return made


def waiting(cloud: RunningCloud, name: str, many: int = 1) -> None:
    """Wait until so many receives of a queue have come in and not been answered."""
    _until(lambda: len(_unanswered(cloud, name)) >= many)


def answered(cloud: RunningCloud, name: str) -> None:
    """Wait until every receive of a queue has been answered."""
    _until(lambda: not _unanswered(cloud, name))


def _unanswered(cloud: RunningCloud, name: str) -> list[Any]:
    path = f"/queues/{name}/messages"
    return [one for one in cloud.requests() if one["path"] == path and not one["status"]]


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, "it did not come to that within 5 s"
        time.sleep(0.01)


def test_a_receiver_gets_the_message_that_is_sent_while_it_waits(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("woken")
    receiver = Receiver(cloud, "woken")
    waiting(cloud, "woken")
    began = time.monotonic()
    queue.send_message(Message("now"))
    assert receiver.done().message_body == b"now"
    assert time.monotonic() - began < 1


def test_each_message_wakes_one_receiver(cloud: RunningCloud, make: Callable[..., Any]) -> None:
    queue = make("shared")
    receivers = [Receiver(cloud, "shared", 3) for _ in range(5)]
    waiting(cloud, "shared", 5)
    for number in range(3):
        queue.send_message(Message(f"m{number}"))
    results = [receiver.done(10) for receiver in receivers]
    bodies = [one.message_body for one in results if not isinstance(one, str)]
    assert sorted(bodies) == [b"m0", b"m1", b"m2"]
    assert [one for one in results if isinstance(one, str)] == ["MessageNotExist"] * 2


def test_a_batch_wakes_as_many_receivers_as_it_has_messages(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("batched")
    receivers = [Receiver(cloud, "batched") for _ in range(4)]
    waiting(cloud, "batched", 4)
    queue.batch_send_message([Message(f"m{number}") for number in range(4)])
    bodies = sorted(receiver.done().message_body for receiver in receivers)
    assert bodies == [b"m0", b"m1", b"m2", b"m3"]


def test_a_receiver_waits_as_long_as_the_queue_says_where_it_does_not_say(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    make("patient", polling_wait_sec=1)
    patient = Receiver(cloud, "patient", -1)
    assert patient.done() == "MessageNotExist"
    assert 1 <= patient.took < 3
    hasty = Receiver(cloud, "patient", 0)
    assert hasty.done() == "MessageNotExist"
    assert hasty.took < 0.9


def test_a_receiver_is_woken_when_a_delayed_message_becomes_visible(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("delayed")
    receiver = Receiver(cloud, "delayed")
    waiting(cloud, "delayed")
    queue.send_message(Message("soon", delay_seconds=1))
    assert receiver.done().message_body == b"soon"
    assert 1 <= receiver.took < 3


def test_receivers_are_woken_when_received_messages_become_visible_again(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("returned", vis_timeout=1)
    queue.batch_send_message([Message("a"), Message("b")])
    assert len(queue.batch_receive_message(2)) == 2
    receivers = [Receiver(cloud, "returned") for _ in range(2)]
    assert sorted(one.done().message_body for one in receivers) == [b"a", b"b"]


def test_a_receiver_is_woken_by_a_message_that_is_given_back(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("given-back", vis_timeout=600)
    queue.send_message(Message("back"))
    handle = queue.receive_message().receipt_handle
    receiver = Receiver(cloud, "given-back")
    waiting(cloud, "given-back")
    queue.change_message_visibility(handle, 0)
    assert receiver.done().dequeue_count == 2


def test_a_receiver_is_woken_by_a_published_message(
    cloud: RunningCloud, smq: Account, make: Callable[..., Any]
) -> None:
    make("sink")
    topic = smq.get_topic("source")
    topic.create(TopicMeta())
    endpoint = "acs:mns:cn-hangzhou:1234567890123456:queues/sink"
    meta = SubscriptionMeta(endpoint, notify_content_format="SIMPLIFIED")
    topic.get_subscription("s").subscribe(meta)
    receiver = Receiver(cloud, "sink")
    waiting(cloud, "sink")
    topic.publish_message(TopicMessage("d2FrZQ=="))
    assert receiver.done().message_body == b"wake"


def test_a_deleted_queue_lets_its_receivers_go(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("deleted")
    receivers = [Receiver(cloud, "deleted") for _ in range(3)]
    waiting(cloud, "deleted", 3)
    queue.delete()
    assert [receiver.done() for receiver in receivers] == ["QueueNotExist"] * 3


def test_a_client_that_goes_away_takes_no_message_with_it(
    cloud: RunningCloud, make: Callable[..., Any]
) -> None:
    queue = make("left", vis_timeout=600)
    leaving = subprocess.Popen(
        [sys.executable, "-c", _RECEIVE, cloud.url, cloud.key, cloud.secret, "left"]
    )
    waiting(cloud, "left")
    leaving.kill()
    leaving.wait()
    answered(cloud, "left")
    receiver = Receiver(cloud, "left")
    waiting(cloud, "left")
    queue.send_message(Message("for who is still there"))
    assert receiver.done().message_body == b"for who is still there"
    assert receiver.result.dequeue_count == 1


_RECEIVE = """
import sys
from mns.account import Account
url, key, secret, name = sys.argv[1:]
Account(url, key, secret).get_queue(name).receive_message(30)
"""


def test_a_stop_does_not_wait_for_receivers(fresh_cloud: RunningCloud) -> None:
    Account(fresh_cloud.url, "localcloud", "localcloud").get_queue("q").create(QueueMeta())
    receiver = Receiver(fresh_cloud, "q", 30)
    waiting(fresh_cloud, "q")
    began = time.monotonic()
    assert fresh_cloud.stop() == 0
    assert time.monotonic() - began < 10
    assert receiver.done() == "ServiceUnavailable"
