"""Queues, topics and subscriptions in SMQ's XML: attributes as requests set and answers show them.

Times of queues, topics and subscriptions are in seconds here, of messages in ms, as SMQ has it.
"""

from localcloud.account import ACCOUNT_ID
from localcloud.smq.attributes import QueueAttributes
from localcloud.smq.message_xml import whole_number
from localcloud.smq.refusals import invalid_argument
from localcloud.smq.subscriptions import NewSubscription
from localcloud.smq.topics import MESSAGE_RETENTION_PERIOD
from localcloud.smq.xml_reading import fields_of, parse
from localcloud.smq.xml_writing import element
from localcloud.store.queues import Counts, Queue
from localcloud.store.topics import Subscription, Topic

_QUEUE_SETTINGS = {
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "VisibilityTimeout",
    "PollingWaitSeconds",
    "LoggingEnabled",
}


def read_queue_attributes(body: bytes) -> QueueAttributes:
    """What a <Queue> sets. Raises Refusal MalformedXML, InvalidArgument."""
    fields = _fields(body, "Queue", _QUEUE_SETTINGS)

    def number(name: str) -> int | None:
        return whole_number(name, fields[name]) if name in fields else None

    return QueueAttributes(
        delay_seconds=number("DelaySeconds"),
        maximum_message_size=number("MaximumMessageSize"),
        message_retention_period=number("MessageRetentionPeriod"),
        visibility_timeout=number("VisibilityTimeout"),
        polling_wait_seconds=number("PollingWaitSeconds"),
        logging_enabled=_logging(fields),
    )


def read_topic_attributes(body: bytes) -> tuple[int | None, bool | None]:
    """MaximumMessageSize (bytes) and LoggingEnabled of a <Topic>, None where it has them not."""
    fields = _fields(body, "Topic", {"MaximumMessageSize", "LoggingEnabled"})
    size = fields.get("MaximumMessageSize")
    return (
        None if size is None else whole_number("MaximumMessageSize", size),
        _logging(fields),
    )


def read_subscription(body: bytes) -> NewSubscription:
    """What a <Subscription> of a Subscribe request says."""
    fields = _fields(
        body, "Subscription", {"Endpoint", "FilterTag", "NotifyStrategy", "NotifyContentFormat"}
    )
    if not fields.get("Endpoint"):
        raise invalid_argument("Endpoint is missing.")
    return NewSubscription(
        endpoint=fields["Endpoint"],
        filter_tag=fields.get("FilterTag", ""),
        notify_strategy=fields.get("NotifyStrategy") or "BACKOFF_RETRY",
        notify_content_format=fields.get("NotifyContentFormat") or "XML",
    )


def read_notify_strategy(body: bytes) -> str | None:
    """NotifyStrategy of the <Subscription> of a SetSubscriptionAttributes request."""
    return _fields(body, "Subscription", {"NotifyStrategy"}).get("NotifyStrategy")


def queue_elements(queue: Queue, counts: Counts) -> str:
    """All of a queue's attributes."""
    return "".join(
        element(name, str(value))
        for name, value in (
            ("QueueName", queue.name),
            ("CreateTime", queue.created // 1000),
            ("LastModifyTime", queue.modified // 1000),
            ("DelaySeconds", queue.delay_seconds),
            ("MaximumMessageSize", queue.maximum_message_size),
            ("MessageRetentionPeriod", queue.message_retention_period),
            ("VisibilityTimeout", queue.visibility_timeout),
            ("PollingWaitSeconds", queue.polling_wait_seconds),
            ("ActiveMessages", counts.active),
            ("InactiveMessages", counts.inactive),
            ("DelayMessages", counts.delayed),
            ("LoggingEnabled", bool(queue.logging_enabled)),
        )
    )


def topic_elements(topic: Topic) -> str:
    """All of a topic's attributes. It holds no messages: they are in the queues at once."""
    return "".join(
        element(name, str(value))
        for name, value in (
            ("TopicName", topic.name),
            ("CreateTime", topic.created // 1000),
            ("LastModifyTime", topic.modified // 1000),
            ("MaximumMessageSize", topic.maximum_message_size),
            ("MessageRetentionPeriod", MESSAGE_RETENTION_PERIOD),
            ("MessageCount", 0),
            ("LoggingEnabled", bool(topic.logging_enabled)),
        )
    )


def subscription_elements(subscription: Subscription) -> str:
    """All of a subscription's attributes."""
    filter_tag = element("FilterTag", subscription.filter_tag) if subscription.filter_tag else ""
    return filter_tag + "".join(
        element(name, str(value))
        for name, value in (
            ("TopicOwner", ACCOUNT_ID),
            ("TopicName", subscription.topic),
            ("SubscriptionName", subscription.name),
            ("Subscriber", ACCOUNT_ID),
            ("Endpoint", subscription.endpoint),
            ("NotifyStrategy", subscription.notify_strategy),
            ("NotifyContentFormat", subscription.notify_content_format),
            ("CreateTime", subscription.created // 1000),
            ("LastModifyTime", subscription.modified // 1000),
        )
    )


def _fields(body: bytes, root: str, known: set[str]) -> dict[str, str]:
    if not body.strip():
        return {}
    fields = fields_of(parse(body, root))
    for name in fields:
        if name not in known:
            raise invalid_argument(
                f"The XML does not fit the operation: {root} has no {name} that can be set here."
            )
    return fields


def _logging(fields: dict[str, str]) -> bool | None:
    text = fields.get("LoggingEnabled")
    if text is None:
        return None
    if text.lower() not in ("true", "false"):
        raise invalid_argument(f"LoggingEnabled must be True or False; it is {text!r}.")
    return text.lower() == "true"
