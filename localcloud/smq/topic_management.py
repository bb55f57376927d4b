"""Topics and subscriptions in SMQ's management API."""

import json
from typing import Any

from localcloud.account import ACCOUNT_ID
from localcloud.smq import subscriptions, topics
from localcloud.smq.arns import ALL_TOPICS, subscription_arn, topic_arn
from localcloud.smq.management import PAGE, page, shown_tags
from localcloud.smq.subscriptions import NewSubscription
from localcloud.smq.topics import MESSAGE_RETENTION_PERIOD
from localcloud.store import topics as store
from localcloud.store.database import Transaction
from localcloud.store.topics import Subscription, Topic
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters

_NAMES = ("TopicName", "SubscriptionName")
_SUBSCRIPTION = (
    "Endpoint",
    "PushType",
    "MessageTag",
    "NotifyStrategy",
    "NotifyContentFormat",
    "StsRoleArn",
    "DlqPolicy",
)


def _arn(parameters: RpcParameters) -> tuple[str, ...]:
    return (topic_arn(parameters.text("TopicName")),)


def _all(_parameters: RpcParameters) -> tuple[str, ...]:
    return (ALL_TOPICS,)


def _subscription(parameters: RpcParameters) -> tuple[str, ...]:
    return (subscription_arn(parameters.text("TopicName"), parameters.text("SubscriptionName")),)


def _create_topic(asked: Asked) -> dict[str, Any]:
    topics.create_topic(
        asked.tx,
        asked.parameters.text("TopicName"),
        asked.now,
        asked.parameters.whole_number("MaxMessageSize"),
        asked.parameters.flag("EnableLogging"),
        asked.parameters.maybe("TopicType") or "normal",
        asked.parameters.tags(),
    )
    return {"Code": 201, "Success": True, "Message": "created"}


def _set_topic(asked: Asked) -> dict[str, Any]:
    topics.set_topic_attributes(
        asked.tx,
        asked.parameters.text("TopicName"),
        asked.now,
        asked.parameters.whole_number("MaxMessageSize"),
        asked.parameters.flag("EnableLogging"),
    )
    return {"Code": 200, "Success": True, "Message": "changed"}


def _delete_topic(asked: Asked) -> dict[str, Any]:
    topics.delete_topic(asked.tx, asked.parameters.text("TopicName"))
    return {"Code": 204, "Success": True, "Message": "deleted"}


def _get_topic(asked: Asked) -> dict[str, Any]:
    return _shown_topic(asked.tx, topics.topic_named(asked.tx, asked.parameters.text("TopicName")))


def _list_topics(asked: Asked) -> dict[str, Any]:
    name = asked.parameters.maybe("TopicName") or ""
    tags = asked.parameters.tags()
    found = [
        topic
        for topic in store.list_topics(asked.tx, "", "", topics.MOST_TOPICS)
        if name in topic.name
        and (asked.parameters.maybe("TopicType") or "normal") == "normal"
        and tags.items() <= store.tags_of_topic(asked.tx, topic.name).items()
    ]
    return page(asked.parameters, found, lambda topic: _shown_topic(asked.tx, topic))


def _shown_topic(tx: Transaction, topic: Topic) -> dict[str, Any]:
    return {
        "TopicName": topic.name,
        "TopicType": "normal",
        "CreateTime": topic.created // 1000,
        "LastModifyTime": topic.modified // 1000,
        "MaxMessageSize": topic.maximum_message_size,
        "MessageRetentionPeriod": MESSAGE_RETENTION_PERIOD,
        "MessageCount": 0,
        "LoggingEnabled": bool(topic.logging_enabled),
        "Tags": shown_tags(store.tags_of_topic(tx, topic.name)),
    }


def _subscribe(asked: Asked) -> None:
    topic = asked.parameters.text("TopicName")
    name = asked.parameters.text("SubscriptionName")
    subscriptions.subscribe_new(
        asked.tx,
        topic,
        name,
        NewSubscription(
            endpoint=asked.parameters.text("Endpoint"),
            filter_tag=asked.parameters.maybe("MessageTag") or "",
            notify_strategy=asked.parameters.maybe("NotifyStrategy") or "BACKOFF_RETRY",
            notify_content_format=asked.parameters.maybe("NotifyContentFormat") or "XML",
            push_type=asked.parameters.maybe("PushType") or "queue",
            sts_role_arn=asked.parameters.maybe("StsRoleArn") or "",
            dlq_policy=asked.parameters.maybe("DlqPolicy") or None,
        ),
        asked.now,
    )


def _unsubscribe(asked: Asked) -> None:
    subscriptions.unsubscribe(
        asked.tx, asked.parameters.text("TopicName"), asked.parameters.text("SubscriptionName")
    )


def _get_subscription(asked: Asked) -> dict[str, Any]:
    return _shown_subscription(
        subscriptions.subscription_named(
            asked.tx, asked.parameters.text("TopicName"), asked.parameters.text("SubscriptionName")
        )
    )


def _set_subscription(asked: Asked) -> None:
    subscriptions.set_subscription_attributes(
        asked.tx,
        asked.parameters.text("TopicName"),
        asked.parameters.text("SubscriptionName"),
        asked.now,
        asked.parameters.maybe("NotifyStrategy") or None,
        asked.parameters.maybe("DlqPolicy") or None,
    )


def _list_subscriptions(asked: Asked) -> dict[str, Any]:
    topic = topics.topic_named(asked.tx, asked.parameters.text("TopicName"))
    name = asked.parameters.maybe("SubscriptionName") or ""
    endpoint = asked.parameters.maybe("EndpointValue") or ""
    kind = asked.parameters.maybe("EndpointType") or "queue"
    found = [
        one
        for one in store.subscriptions_of(asked.tx, topic.name)
        if name in one.name and endpoint in one.endpoint and one.push_type == kind
    ]
    return page(asked.parameters, found, _shown_subscription)


def _shown_subscription(subscription: Subscription) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "TopicOwner": ACCOUNT_ID,
        "TopicName": subscription.topic,
        "SubscriptionName": subscription.name,
        "Endpoint": subscription.endpoint,
        "NotifyStrategy": subscription.notify_strategy,
        "NotifyContentFormat": subscription.notify_content_format,
        "CreateTime": subscription.created // 1000,
        "LastModifyTime": subscription.modified // 1000,
    }
    if subscription.filter_tag:
        shown["FilterTag"] = subscription.filter_tag
    if subscription.dlq_policy:
        shown["DlqPolicy"] = json.loads(subscription.dlq_policy)
    return shown


OPERATIONS: dict[str, Operation] = {
    "CreateTopic": Operation(
        ("TopicName", "TopicType", "MaxMessageSize", "EnableLogging", "Tag"), _arn, _create_topic
    ),
    "GetTopicAttributes": Operation(("TopicName", "Tag"), _arn, _get_topic, reads=True),
    "SetTopicAttributes": Operation(
        ("TopicName", "MaxMessageSize", "EnableLogging"), _arn, _set_topic
    ),
    "DeleteTopic": Operation(("TopicName",), _arn, _delete_topic),
    "ListTopic": Operation(
        ("TopicName", "TopicType", "Tag", *PAGE), _all, _list_topics, reads=True
    ),
    "Subscribe": Operation((*_NAMES, *_SUBSCRIPTION), _subscription, _subscribe),
    "Unsubscribe": Operation(_NAMES, _subscription, _unsubscribe),
    "GetSubscriptionAttributes": Operation(_NAMES, _subscription, _get_subscription, reads=True),
    "SetSubscriptionAttributes": Operation(
        (*_NAMES, "NotifyStrategy", "DlqPolicy"), _subscription, _set_subscription
    ),
    "ListSubscriptionByTopic": Operation(
        (*_NAMES, "EndpointType", "EndpointValue", *PAGE), _arn, _list_subscriptions, reads=True
    ),
}
