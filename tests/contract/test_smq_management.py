"""Queues, topics and subscriptions as the management API makes them, with its official client."""

from typing import Any

import pytest
from alibabacloud_mns_open20220119 import models
from mns.account import Account

from tests.refused import refused


def create(mns_open: Any, name: str, **attributes: Any) -> None:
    mns_open.create_queue(models.CreateQueueRequest(queue_name=name, **attributes))


def attributes_of(mns_open: Any, name: str) -> Any:
    request = models.GetQueueAttributesRequest(queue_name=name)
    return mns_open.get_queue_attributes(request).body.data


def test_a_queue_has_smqs_defaults(mns_open: Any) -> None:
    create(mns_open, "plain")
    got = attributes_of(mns_open, "plain")
    assert (got.queue_name, got.queue_type) == ("plain", "normal")
    assert (got.delay_seconds, got.polling_wait_seconds) == (0, 0)
    assert (got.visibility_timeout, got.message_retention_period) == (30, 345600)
    assert got.maximum_message_size == 65536
    assert got.logging_enabled is False
    assert (got.active_messages, got.inactive_messages, got.delay_messages) == (0, 0, 0)


def test_a_queue_is_given_back_as_it_was_made(mns_open: Any) -> None:
    create(mns_open, "dead")
    create(
        mns_open,
        "whole",
        delay_seconds=5,
        maximum_message_size=1024,
        message_retention_period=60,
        polling_wait_seconds=30,
        visibility_timeout=43200,
        enable_logging=True,
        dlq_policy=models.CreateQueueRequestDlqPolicy(
            enabled=True, dead_letter_target_queue="dead", max_receive_count=3
        ),
        tag=[models.CreateQueueRequestTag(key="team", value="data")],
    )
    got = attributes_of(mns_open, "whole")
    assert (got.delay_seconds, got.maximum_message_size) == (5, 1024)
    assert (got.message_retention_period, got.polling_wait_seconds) == (60, 30)
    assert (got.visibility_timeout, got.logging_enabled) == (43200, True)
    assert got.dlq_policy.to_map() == {
        "Enabled": True,
        "DeadLetterTargetQueue": "dead",
        "MaxReceiveCount": 3,
    }
    assert [(tag.tag_key, tag.tag_value) for tag in got.tags] == [("team", "data")]


def test_an_existing_queue_is_refused_even_if_it_is_the_same(mns_open: Any) -> None:
    create(mns_open, "twice")
    assert refused(lambda: create(mns_open, "twice")) == ("QueueAlreadyExist", 409)


def test_an_update_changes_what_it_names_and_nothing_else(mns_open: Any) -> None:
    create(mns_open, "dead-2")
    create(
        mns_open,
        "changed",
        visibility_timeout=60,
        dlq_policy=models.CreateQueueRequestDlqPolicy(
            enabled=True, dead_letter_target_queue="dead-2", max_receive_count=3
        ),
    )
    mns_open.set_queue_attributes(
        models.SetQueueAttributesRequest(
            queue_name="changed",
            delay_seconds=9,
            dlq_policy=models.SetQueueAttributesRequestDlqPolicy(enabled=False),
        )
    )
    got = attributes_of(mns_open, "changed")
    assert (got.delay_seconds, got.visibility_timeout) == (9, 60)
    # An update that disables the policy names nothing else of it.
    assert got.dlq_policy.to_map() == {
        "Enabled": False,
        "DeadLetterTargetQueue": "dead-2",
        "MaxReceiveCount": 3,
    }


def test_a_deleted_queue_is_gone(mns_open: Any) -> None:
    create(mns_open, "short-lived")
    mns_open.delete_queue(models.DeleteQueueRequest(queue_name="short-lived"))
    gone = ("QueueNotExist", 404)
    assert refused(lambda: attributes_of(mns_open, "short-lived")) == gone
    delete = models.DeleteQueueRequest(queue_name="short-lived")
    assert refused(lambda: mns_open.delete_queue(delete)) == gone


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"queue_name": "under_score"}, "InvalidArgument"),
        ({"queue_name": "-first"}, "InvalidArgument"),
        ({"queue_name": "x" * 121}, "InvalidArgument"),
        ({"delay_seconds": 604801}, "InvalidArgument"),
        ({"maximum_message_size": 1023}, "InvalidArgument"),
        ({"maximum_message_size": 65537}, "InvalidArgument"),
        ({"message_retention_period": 59}, "InvalidArgument"),
        ({"message_retention_period": 604801}, "InvalidArgument"),
        ({"visibility_timeout": 43201}, "InvalidArgument"),
        ({"polling_wait_seconds": 31}, "InvalidArgument"),
        ({"queue_type": "fifo"}, "NotImplemented"),
        ({"enable_sse": True}, "NotImplemented"),
    ],
)
def test_a_queue_that_is_not_valid_is_refused(
    mns_open: Any, values: dict[str, Any], code: str
) -> None:
    whole: dict[str, Any] = {"queue_name": "never", **values}
    request = models.CreateQueueRequest(**whole)
    assert refused(lambda: mns_open.create_queue(request)) == (code, 400)


@pytest.mark.parametrize("target", ["nowhere", "self-dead"])
def test_a_dead_letter_queue_must_be_another_that_exists(mns_open: Any, target: str) -> None:
    policy = models.CreateQueueRequestDlqPolicy(enabled=True, dead_letter_target_queue=target)
    request = models.CreateQueueRequest(queue_name="self-dead", dlq_policy=policy)
    assert refused(lambda: mns_open.create_queue(request)) == ("InvalidArgument", 400)


def test_queues_are_listed_by_name_and_tag(mns_open: Any) -> None:
    for number in range(5):
        tag = [models.CreateQueueRequestTag(key="odd", value=str(number % 2))]
        create(mns_open, f"listed-{number}", tag=tag)
    page = mns_open.list_queue(
        models.ListQueueRequest(queue_name="listed-", page_num=2, page_size=2)
    ).body.data
    assert [queue.queue_name for queue in page.page_data] == ["listed-2", "listed-3"]
    assert (page.total, page.pages, page.size) == (5, 3, 2)
    odd = mns_open.list_queue(
        models.ListQueueRequest(tag=[models.ListQueueRequestTag(key="odd", value="1")])
    ).body.data
    assert [queue.queue_name for queue in odd.page_data] == ["listed-1", "listed-3"]


def test_the_counts_are_true(mns_open: Any, smq: Account) -> None:
    from mns.queue import Message

    create(mns_open, "counted")
    queue = smq.get_queue("counted")
    for _ in range(3):
        queue.send_message(Message("here"))
    queue.send_message(Message("later", delay_seconds=100))
    queue.receive_message()
    got = attributes_of(mns_open, "counted")
    assert (got.active_messages, got.inactive_messages, got.delay_messages) == (2, 1, 1)


def test_a_topic_is_made_changed_and_deleted(mns_open: Any) -> None:
    mns_open.create_topic(
        models.CreateTopicRequest(topic_name="news", max_message_size=2048, enable_logging=True)
    )
    request = models.CreateTopicRequest(topic_name="news")
    assert refused(lambda: mns_open.create_topic(request)) == ("TopicAlreadyExist", 409)
    get = models.GetTopicAttributesRequest(topic_name="news")
    got = mns_open.get_topic_attributes(get).body.data
    assert (got.max_message_size, got.logging_enabled, got.topic_type) == (2048, True, "normal")
    mns_open.set_topic_attributes(
        models.SetTopicAttributesRequest(topic_name="news", enable_logging=False)
    )
    got = mns_open.get_topic_attributes(get).body.data
    assert (got.max_message_size, got.logging_enabled) == (2048, False)
    listed = mns_open.list_topic(models.ListTopicRequest(topic_name="new")).body.data.page_data
    assert [topic.topic_name for topic in listed] == ["news"]
    mns_open.delete_topic(models.DeleteTopicRequest(topic_name="news"))
    assert refused(lambda: mns_open.get_topic_attributes(get)) == ("TopicNotExist", 404)


def test_a_queue_is_subscribed_to_a_topic(mns_open: Any) -> None:
    mns_open.create_topic(models.CreateTopicRequest(topic_name="source"))
    subscribe = models.SubscribeRequest(
        topic_name="source",
        subscription_name="to-queue",
        push_type="queue",
        endpoint="acs:mns:cn-hangzhou:1234567890123456:queues/sink",
        notify_content_format="JSON",
        message_tag="urgent",
    )
    mns_open.subscribe(subscribe)
    assert refused(lambda: mns_open.subscribe(subscribe)) == ("SubscriptionAlreadyExist", 409)
    get = models.GetSubscriptionAttributesRequest(topic_name="source", subscription_name="to-queue")
    got = mns_open.get_subscription_attributes(get).body.data
    assert got.endpoint == subscribe.endpoint
    assert (got.filter_tag, got.notify_content_format) == ("urgent", "JSON")
    assert got.notify_strategy == "BACKOFF_RETRY"
    mns_open.set_subscription_attributes(
        models.SetSubscriptionAttributesRequest(
            topic_name="source",
            subscription_name="to-queue",
            notify_strategy="EXPONENTIAL_DECAY_RETRY",
        )
    )
    got = mns_open.get_subscription_attributes(get).body.data
    assert got.notify_strategy == "EXPONENTIAL_DECAY_RETRY"
    listed = mns_open.list_subscription_by_topic(
        models.ListSubscriptionByTopicRequest(topic_name="source")
    ).body.data.page_data
    assert [one.subscription_name for one in listed] == ["to-queue"]
    mns_open.unsubscribe(
        models.UnsubscribeRequest(topic_name="source", subscription_name="to-queue")
    )
    assert refused(lambda: mns_open.get_subscription_attributes(get)) == (
        "SubscriptionNotExist",
        404,
    )


@pytest.mark.parametrize(
    ("push_type", "endpoint"),
    [
        ("http", "http://example.com/"),
        ("queue", "acs:mns:cn-beijing:1234567890123456:queues/sink"),
        ("queue", "acs:mns:cn-hangzhou:9999999999999999:queues/sink"),
    ],
)
def test_an_endpoint_that_is_no_queue_of_ours_is_refused(
    mns_open: Any, push_type: str, endpoint: str
) -> None:
    name = f"refusing-{abs(hash(endpoint))}"
    mns_open.create_topic(models.CreateTopicRequest(topic_name=name))
    request = models.SubscribeRequest(
        topic_name=name, subscription_name="s", push_type=push_type, endpoint=endpoint
    )
    assert refused(lambda: mns_open.subscribe(request)) == ("NotImplemented", 400)


def test_tags_are_put_on_and_taken_off_as_the_provider_does(mns_open: Any) -> None:
    from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
    from darabonba.runtime import RuntimeOptions

    create(mns_open, "tagged")

    def call(action: str, **query: str) -> Any:
        params = Params(
            action=action,
            version="2022-01-19",
            protocol="HTTP",
            pathname="/",
            method="POST",
            auth_type="AK",
            style="RPC",
            req_body_type="formData",
            body_type="json",
        )
        resource = {"ResourceType": "queue", "ResourceId.1": "tagged"}
        request = OpenApiRequest(query={"RegionId": "cn-hangzhou", **resource, **query})
        return mns_open.call_api(params, request, RuntimeOptions())["body"]

    call("TagResources", **{"Tag.1.Key": "a", "Tag.1.Value": "1", "Tag.2.Key": "b"})
    call("UntagResources", **{"TagKey.1": "a"})
    assert [(tag.tag_key, tag.tag_value) for tag in attributes_of(mns_open, "tagged").tags] == [
        ("b", "")
    ]
    listed = call("ListTagResources")["TagResources"]
    assert listed[0]["TagKey"] == "b"
