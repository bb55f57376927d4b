"""Topics on SMQ's data plane, with its official client."""

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from mns.account import Account
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta

from tests.refused import smq_refused
from tests.running_cloud import RunningCloud

ACCOUNT_ID = "1234567890123456"


def make_queue(smq: Account, name: str) -> Any:
    queue = smq.get_queue(name)
    queue.set_encoding(False)
    queue.create(QueueMeta())
    return queue


def make_topic(smq: Account, name: str, **subscriptions: SubscriptionMeta) -> Any:
    topic = smq.get_topic(name)
    topic.create(TopicMeta())
    for subscription, meta in subscriptions.items():
        topic.get_subscription(subscription).subscribe(meta)
    return topic


def to_queue(name: str, form: str = "SIMPLIFIED", tag: str = "") -> SubscriptionMeta:
    endpoint = f"acs:mns:cn-hangzhou:{ACCOUNT_ID}:queues/{name}"
    return SubscriptionMeta(endpoint, notify_content_format=form, filter_tag=tag)


def test_a_topic_is_made_read_changed_and_deleted(smq: Account, cloud: RunningCloud) -> None:
    topic = smq.get_topic("life")
    assert topic.create(TopicMeta(2048, True)) == f"{cloud.url}/topics/life"
    assert topic.create(TopicMeta(2048, True)).endswith("/topics/life")
    assert smq_refused(lambda: topic.create(TopicMeta(4096))) == "TopicAlreadyExist"
    got = topic.get_attributes()
    assert (got.maximum_message_size, got.logging_enabled) == (2048, True)
    assert (got.message_retention_period, got.message_count) == (86400, 0)
    topic.set_attributes(TopicMeta(logging_enabled=False))
    got = topic.get_attributes()
    assert (got.maximum_message_size, got.logging_enabled) == (2048, False)
    urls, _ = smq.list_topic("life")
    assert urls == [f"{cloud.url}/topics/life"]
    topic.delete()
    assert smq_refused(topic.get_attributes) == "TopicNotExist"


def test_a_subscription_is_made_read_changed_and_deleted(smq: Account, cloud: RunningCloud) -> None:
    topic = make_topic(smq, "subscribed")
    subscription = topic.get_subscription("one")
    meta = to_queue("somewhere", "JSON", "hot")
    url = f"{cloud.url}/topics/subscribed/subscriptions/one"
    assert subscription.subscribe(meta) == url
    assert subscription.subscribe(meta) == url
    other = to_queue("elsewhere")
    assert smq_refused(lambda: subscription.subscribe(other)) == "SubscriptionAlreadyExist"
    got = subscription.get_attributes()
    assert (got.endpoint, got.filter_tag) == (meta.endpoint, "hot")
    assert (got.notify_content_format, got.notify_strategy) == ("JSON", "BACKOFF_RETRY")
    assert (got.topic_owner, got.topic_name) == (ACCOUNT_ID, "subscribed")
    subscription.set_attributes(SubscriptionMeta(notify_strategy="EXPONENTIAL_DECAY_RETRY"))
    assert subscription.get_attributes().notify_strategy == "EXPONENTIAL_DECAY_RETRY"
    assert topic.list_subscription()[0] == [url]
    subscription.unsubscribe()
    assert smq_refused(subscription.get_attributes) == "SubscriptionNotExist"
    assert topic.list_subscription()[0] == []


def test_a_published_message_reaches_every_subscribed_queue(smq: Account) -> None:
    queues = [make_queue(smq, f"fan-{number}") for number in range(3)]
    topic = make_topic(smq, "fan", **{f"s{n}": to_queue(f"fan-{n}") for n in range(3)})
    topic.publish_message(TopicMessage('{"a": "<&>"}'))
    assert [queue.receive_message().message_body for queue in queues] == ['{"a": "<&>"}'] * 3


def test_the_json_format_has_the_messages_attributes(smq: Account) -> None:
    queue = make_queue(smq, "json-sink")
    topic = make_topic(smq, "json-source", s=to_queue("json-sink", "JSON"))
    sent = topic.publish_message(TopicMessage("text", "hot"))
    got = json.loads(queue.receive_message().message_body)
    assert int(got.pop("PublishTime")) > 1_600_000_000_000
    assert got == {
        "TopicOwner": ACCOUNT_ID,
        "TopicName": "json-source",
        "Subscriber": ACCOUNT_ID,
        "SubscriptionName": "s",
        "MessageId": sent.message_id,
        "Message": "text",
        "MessageMD5": sent.message_body_md5,
        "MessageTag": "hot",
    }


def test_the_xml_format_has_the_messages_attributes(smq: Account) -> None:
    queue = make_queue(smq, "xml-sink")
    topic = make_topic(smq, "xml-source", s=to_queue("xml-sink", "XML"))
    sent = topic.publish_message(TopicMessage("a <b> & c"))
    root = ElementTree.fromstring(queue.receive_message().message_body)  # noqa: S314
    got = {child.tag.rpartition("}")[2]: child.text for child in root}
    assert root.tag == "{http://mns.aliyuncs.com/doc/v1/}Notification"
    assert (got["Message"], got["MessageId"]) == ("a <b> & c", sent.message_id)
    assert "MessageTag" not in got


def test_a_filter_tag_lets_its_own_messages_through_only(smq: Account) -> None:
    hot, everything = make_queue(smq, "hot"), make_queue(smq, "everything")
    topic = make_topic(smq, "filtered", hot=to_queue("hot", tag="hot"), all=to_queue("everything"))
    for body, tag in (("1", "hot"), ("2", "cold"), ("3", "")):
        topic.publish_message(TopicMessage(body, tag))
    assert [one.message_body for one in hot.batch_receive_message(16)] == ["1"]
    assert [one.message_body for one in everything.batch_receive_message(16)] == ["1", "2", "3"]


def test_a_queue_that_is_gone_does_not_stop_the_others(smq: Account) -> None:
    queue = make_queue(smq, "still-there")
    topic = make_topic(smq, "half", a=to_queue("not-there"), b=to_queue("still-there"))
    topic.publish_message(TopicMessage("anyway"))
    assert queue.receive_message().message_body == "anyway"


@pytest.mark.parametrize("size", [1025, 65536])
def test_a_message_over_the_topics_limit_is_refused(smq: Account, size: int) -> None:
    topic = smq.get_topic("small")
    topic.create(TopicMeta(1024))
    topic.publish_message(TopicMessage("x" * 1024))
    message = TopicMessage("x" * size)
    assert smq_refused(lambda: topic.publish_message(message)) == "InvalidArgument"


def test_publishing_to_nowhere_is_refused(smq: Account) -> None:
    topic = smq.get_topic("nowhere")
    assert smq_refused(lambda: topic.publish_message(TopicMessage("m"))) == "TopicNotExist"
    subscription = topic.get_subscription("s")
    assert smq_refused(lambda: subscription.subscribe(to_queue("q"))) == "TopicNotExist"
