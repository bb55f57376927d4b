"""Queues on SMQ's data plane, with its official client."""

import pytest
from mns.account import Account
from mns.mns_request import ListQueueRequest, ListQueueResponse
from mns.queue import QueueMeta

from tests.refused import smq_refused
from tests.running_cloud import RunningCloud

# The SDK has deprecated the counts of a queue, which SMQ still answers.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function:DeprecationWarning")


def test_a_queue_is_made_read_changed_and_deleted(smq: Account, cloud: RunningCloud) -> None:
    queue = smq.get_queue("orders")
    url = queue.create(QueueMeta(vis_timeout=12, delay_sec=1, logging_enabled=True))
    assert url == f"{cloud.url}/queues/orders"
    got = queue.get_attributes()
    assert (got.queue_name, got.visibility_timeout, got.delay_seconds) == ("orders", 12, 1)
    assert (got.maximum_message_size, got.message_retention_period) == (65536, 345600)
    assert (got.polling_wait_seconds, got.logging_enabled) == (0, True)
    assert got.create_time == got.last_modify_time > 1_600_000_000
    queue.set_attributes(QueueMeta(vis_timeout=13))
    changed = queue.get_attributes()
    assert (changed.visibility_timeout, changed.delay_seconds) == (13, 1)
    queue.delete()
    assert smq_refused(queue.get_attributes) == "QueueNotExist"


def test_a_queue_can_be_made_again_only_as_it_is(smq: Account) -> None:
    queue = smq.get_queue("again")
    queue.create(QueueMeta(vis_timeout=12))
    assert queue.create(QueueMeta(vis_timeout=12)).endswith("/queues/again")
    assert smq_refused(lambda: queue.create(QueueMeta(vis_timeout=13))) == "QueueAlreadyExist"
    # What is not named has its default.
    assert smq_refused(lambda: queue.create(QueueMeta())) == "QueueAlreadyExist"
    assert queue.get_attributes().visibility_timeout == 12


@pytest.mark.parametrize(
    "meta",
    [
        QueueMeta(vis_timeout=43201),
        QueueMeta(max_msg_size=1023),
        QueueMeta(msg_ttl=59),
        QueueMeta(delay_sec=604801),
        QueueMeta(polling_wait_sec=31),
    ],
)
def test_an_attribute_outside_its_range_is_refused(smq: Account, meta: QueueMeta) -> None:
    assert smq_refused(lambda: smq.get_queue("never").create(meta)) == "InvalidArgument"


def test_queues_are_listed_page_by_page(smq: Account) -> None:
    for number in range(5):
        smq.get_queue(f"listed-{number}").create(QueueMeta())
    smq.get_queue("other").create(QueueMeta())
    names: list[str] = []
    marker = ""
    while True:
        urls, marker = smq.list_queue("listed-", ret_number=2, marker=marker)
        assert len(urls) <= 2
        names += [url.rpartition("/")[2] for url in urls]
        if not marker:
            break
    assert names == [f"listed-{number}" for number in range(5)]


def test_a_list_has_the_attributes_where_they_are_asked_for(smq: Account) -> None:
    smq.get_queue("with-meta").create(QueueMeta(vis_timeout=99))
    answer = ListQueueResponse()
    smq.mns_client.list_queue(ListQueueRequest("with-meta", with_meta=True), answer)
    assert [(one["QueueName"], one["VisibilityTimeout"]) for one in answer.queuemeta_list] == [
        ("with-meta", "99")
    ]


def test_what_smq_does_not_have_is_refused(smq: Account) -> None:
    queue = smq.get_queue("nowhere")
    for call in (queue.delete, queue.get_attributes, queue.receive_message, queue.peek_message):
        assert smq_refused(call) == "QueueNotExist"
