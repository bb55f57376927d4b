"""Topics, and publishing to them.

https://www.alibabacloud.com/help/en/mns/developer-reference/topic-operations
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from localcloud.refusal import Refusal
from localcloud.smq.attributes import (
    MAXIMUM_MESSAGE_SIZE,
    checked_name,
)
from localcloud.smq.notifications import notification
from localcloud.smq.queues import md5, message_text, new_message_id, send_to
from localcloud.smq.refusals import (
    invalid_argument,
    not_implemented,
    topic_already_exist,
    topic_not_exist,
)
from localcloud.store import queues as queue_store
from localcloud.store import topics as store
from localcloud.store.database import Transaction
from localcloud.store.topics import Subscription, Topic

LONGEST_NAME = 255
MOST_TOPICS = 1000
LONGEST_TAG = 16
MESSAGE_RETENTION_PERIOD = 86400  # seconds; a topic's is not settable

_log = logging.getLogger("localcloud.smq")


@dataclass(frozen=True, slots=True)
class PublishedMessage:
    """What the publisher gets; `queues` are those that the message went into."""

    message_id: str
    body_md5: str
    queues: tuple[str, ...]


def topic_named(tx: Transaction, name: str) -> Topic:
    """The topic of this name. Raises Refusal TopicNotExist."""
    topic = store.find_topic(tx, name)
    if topic is None:
        raise topic_not_exist(name)
    return topic


def create_topic(
    tx: Transaction,
    name: str,
    now: int,
    maximum_message_size: int | None = None,
    logging_enabled: bool | None = None,
    topic_type: str = "normal",
    tags: Mapping[str, str] | None = None,
) -> Topic:
    """Make a topic. `maximum_message_size` 1024..65536 bytes, 65536 where None.

    Raises Refusal TopicAlreadyExist, InvalidArgument, NotImplemented (type fifo).
    """
    checked_name("TopicName", name, LONGEST_NAME)
    if topic_type == "fifo":
        raise not_implemented("localcloud has no fifo topics: use TopicType normal.")
    if topic_type != "normal":
        raise invalid_argument(f"TopicType {topic_type!r} is neither normal nor fifo.")
    if store.find_topic(tx, name) is not None:
        raise topic_already_exist(name)
    if store.count_topics(tx) >= MOST_TOPICS:
        raise invalid_argument(f"The account has {MOST_TOPICS} topics, which is the limit.")
    size = MAXIMUM_MESSAGE_SIZE.default if maximum_message_size is None else maximum_message_size
    topic = Topic(name, MAXIMUM_MESSAGE_SIZE.checked(size), int(bool(logging_enabled)), now, now)
    store.add_topic(tx, topic)
    for key, value in (tags or {}).items():
        store.set_topic_tag(tx, name, key, value)
    return topic


def create_topic_again(
    tx: Transaction,
    name: str,
    now: int,
    maximum_message_size: int | None = None,
    logging_enabled: bool | None = None,
) -> bool:
    """Make a topic (True), or find one with the same attributes (False).

    Raises Refusal TopicAlreadyExist where an attribute differs, and as `create_topic` does.
    """
    before = store.find_topic(tx, name)
    if before is None:
        create_topic(tx, name, now, maximum_message_size, logging_enabled)
        return True
    size = MAXIMUM_MESSAGE_SIZE.default if maximum_message_size is None else maximum_message_size
    if (before.maximum_message_size, bool(before.logging_enabled)) != (size, bool(logging_enabled)):
        raise topic_already_exist(name)
    return False


def set_topic_attributes(
    tx: Transaction,
    name: str,
    now: int,
    maximum_message_size: int | None = None,
    logging_enabled: bool | None = None,
) -> None:
    """Change what is not None. Raises Refusal TopicNotExist, InvalidArgument."""
    topic = topic_named(tx, name)
    if maximum_message_size is not None:
        size = MAXIMUM_MESSAGE_SIZE.checked(maximum_message_size)
        topic = replace(topic, maximum_message_size=size)
    if logging_enabled is not None:
        topic = replace(topic, logging_enabled=int(logging_enabled))
    store.change_topic(tx, replace(topic, modified=now))


def delete_topic(tx: Transaction, name: str) -> None:
    """Delete a topic and its subscriptions. Raises Refusal TopicNotExist."""
    topic_named(tx, name)
    store.remove_topic(tx, name)


def publish_message(
    tx: Transaction,
    topic_name: str,
    body: bytes,
    now: int,
    tag: str | None = None,
    properties: str = "",
) -> PublishedMessage:
    """Put a message into the queue of every subscription whose filter tag is none or `tag`.

    It happens in the same transaction, so there is nothing to try again later: a queue that is
    gone, or that the notification does not fit into, is passed over for the subscription's
    dead-letter queue, and otherwise for a warning in the log. Raises Refusal TopicNotExist, and
    InvalidArgument as `queues.send_message` does (size: the topic's MaximumMessageSize) and for a
    tag of over 16 characters.
    """
    topic = topic_named(tx, topic_name)
    if not 1 <= len(body) <= topic.maximum_message_size:
        raise invalid_argument(
            f"The value of MessageBody should be between 1 and {topic.maximum_message_size} bytes;"
            f" it has {len(body)}."
        )
    if tag and len(tag) > LONGEST_TAG:
        raise invalid_argument(f"MessageTag {tag!r} has over {LONGEST_TAG} characters.")
    text = message_text(body)
    message_id = new_message_id()
    body_md5 = md5(body)
    reached: list[str] = []
    for subscription in store.subscriptions_of(tx, topic_name):
        if subscription.filter_tag and subscription.filter_tag != (tag or ""):
            continue
        told = notification(subscription, message_id, text, body_md5, tag or "", now)
        queue = _deliver(tx, subscription, told.encode(), now, properties)
        if queue:
            reached.append(queue)
    return PublishedMessage(message_id, body_md5, tuple(reached))


def _deliver(
    tx: Transaction, subscription: Subscription, body: bytes, now: int, properties: str
) -> str | None:
    targets = [subscription.queue_name]
    if subscription.dlq_enabled:
        targets.append(subscription.dlq_target)
    why = ""
    for name in targets:
        queue = queue_store.find_queue(tx, name)
        if queue is None:
            why = f"the queue {name!r} does not exist"
            continue
        try:
            send_to(tx, queue, body, now, properties=properties)
        except Refusal as refusal:
            why = refusal.message
        else:
            return name
    _log.warning(
        "topic %s: subscription %s lost a message: %s", subscription.topic, subscription.name, why
    )
    return None
