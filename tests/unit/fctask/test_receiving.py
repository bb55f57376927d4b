"""Waiting for a message for longer than SMQ holds one request: several requests, one after another.

No service is asked: what stands in for the queue says what each request waited for.
"""

from typing import Any, cast

import pytest
from mns.mns_exception import MNSServerException

from fctask.clients import Clients
from fctask.messages import receive
from fctask.target import Target


class QueueThatFills:
    """A queue that has its first message at the request of that number, or never."""

    def __init__(self, filled_at: int | None) -> None:
        self.target = Target("123", "cn-hangzhou", "job", queue_name="results")
        self.polls: list[int] = []
        self._filled_at = filled_at

    def queue(self, name: str) -> "QueueThatFills":
        assert name == "results"
        return self

    def batch_receive_message(self, count: int, wait_seconds: int) -> list[Any]:
        assert count == 1
        self.polls.append(wait_seconds)
        if len(self.polls) == self._filled_at:
            return [Received()]
        raise MNSServerException("MessageNotExist", "Message not exist.", "id", "host")


class Received:
    message_id, message_body, receipt_handle = "m", b"{}", "h"
    enqueue_time, next_visible_time, dequeue_count = 1, 2, 1


@pytest.mark.parametrize(
    ("wait", "polls"), [(0, [0]), (30, [30]), (31, [30, 1]), (90, [30, 30, 30])]
)
def test_no_request_waits_longer_than_smq_allows(wait: int, polls: list[int]) -> None:
    queue = QueueThatFills(None)
    told: list[int] = []
    assert receive(cast(Clients, queue), 1, wait, told.append) == []
    assert queue.polls == polls
    assert told == [30 * number for number in range(1, len(polls))]


def test_the_message_ends_the_wait() -> None:
    queue = QueueThatFills(3)
    (message,) = receive(cast(Clients, queue), 1, 3600)
    assert message.message_id == "m"
    assert queue.polls == [30, 30, 30]
