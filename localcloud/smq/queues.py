"""Queues and sending to them.

https://www.alibabacloud.com/help/en/mns/developer-reference/queue-operations
"""

import hashlib
import json
import os
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.smq import attributes as limits
from localcloud.smq import waiting
from localcloud.smq.attributes import QueueAttributes
from localcloud.smq.receipts import receipt_handle
from localcloud.smq.refusals import (
    invalid_argument,
    not_implemented,
    queue_already_exist,
    queue_not_exist,
)
from localcloud.store import queues as store
from localcloud.store.database import Transaction
from localcloud.store.queues import Counts, Queue

MOST_QUEUES = 1000
LONGEST_NAME = 120

# What XML 1.0 has no place for, and so no message either.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(slots=True)
class SentMessage:
    """What the sender gets. `receipt_handle` is "" unless the message is delayed."""

    message_id: str
    body_md5: str
    receipt_handle: str


def queue_named(tx: Transaction, name: str) -> Queue:
    """The queue of this name. Raises Refusal QueueNotExist."""
    queue = store.find_queue(tx, name)
    if queue is None:
        raise queue_not_exist(name)
    return queue


def create_queue(
    tx: Transaction,
    name: str,
    attributes: QueueAttributes,
    now: int,
    queue_type: str = "normal",
    tags: Mapping[str, str] | None = None,
) -> Queue:
    """Make a queue.

    Raises Refusal QueueAlreadyExist, InvalidArgument (name, attributes, the
    limit of 1,000 queues) and NotImplemented (type fifo).
    """
    limits.checked_name("QueueName", name, LONGEST_NAME)
    if queue_type == "fifo":
        raise not_implemented("localcloud has no fifo queues: use QueueType normal.")
    if queue_type != "normal":
        raise invalid_argument(f"QueueType {queue_type!r} is neither normal nor fifo.")
    if store.find_queue(tx, name) is not None:
        raise queue_already_exist(name)
    if store.count_queues(tx) >= MOST_QUEUES:
        raise invalid_argument(f"The account has {MOST_QUEUES} queues, which is the limit.")
    fresh = Queue(
        # Random, for no queue ever gets the messages or the receivers of an earlier one.
        queue_id=int.from_bytes(os.urandom(6), "big"),
        name=name,
        queue_type=queue_type,
        delay_seconds=limits.DELAY_SECONDS.default,
        maximum_message_size=limits.MAXIMUM_MESSAGE_SIZE.default,
        message_retention_period=limits.MESSAGE_RETENTION_PERIOD.default,
        visibility_timeout=limits.VISIBILITY_TIMEOUT.default,
        polling_wait_seconds=limits.POLLING_WAIT_SECONDS.default,
        logging_enabled=0,
        dlq_policy=None,
        dlq_enabled=0,
        dlq_target="",
        dlq_max_receive_count=limits.MAX_RECEIVE_COUNT.default,
        created=now,
        modified=now,
    )
    queue = _with(tx, fresh, attributes, now)
    store.add_queue(tx, queue)
    for key, value in (tags or {}).items():
        store.set_queue_tag(tx, name, key, value)
    return queue


def create_queue_again(
    tx: Transaction, name: str, attributes: QueueAttributes, now: int
) -> tuple[Queue, bool]:
    """Make a queue, or find one with the same attributes; whether it was made.

    What a request does not name has its default here too. Raises as `create_queue` does;
    QueueAlreadyExist only where an attribute differs.
    """
    before = store.find_queue(tx, name)
    if before is None:
        return create_queue(tx, name, attributes, now), True
    asked = QueueAttributes(
        delay_seconds=_or(attributes.delay_seconds, limits.DELAY_SECONDS),
        maximum_message_size=_or(attributes.maximum_message_size, limits.MAXIMUM_MESSAGE_SIZE),
        message_retention_period=_or(
            attributes.message_retention_period, limits.MESSAGE_RETENTION_PERIOD
        ),
        visibility_timeout=_or(attributes.visibility_timeout, limits.VISIBILITY_TIMEOUT),
        polling_wait_seconds=_or(attributes.polling_wait_seconds, limits.POLLING_WAIT_SECONDS),
        logging_enabled=bool(attributes.logging_enabled),
        dlq_policy=attributes.dlq_policy,
    )
    if _with(tx, before, asked, before.modified) != before:
        raise queue_already_exist(name)
    return before, False


def set_queue_attributes(tx: Transaction, name: str, attributes: QueueAttributes, now: int) -> None:
    """Change what is named. Raises Refusal QueueNotExist, InvalidArgument."""
    queue = queue_named(tx, name)
    store.change_queue(tx, _with(tx, queue, attributes, now))


def delete_queue(tx: Transaction, name: str) -> None:
    """Delete a queue with its messages, and wake its receivers. Raises Refusal QueueNotExist."""
    queue = queue_named(tx, name)
    store.remove_queue(tx, queue.queue_id)
    tx.after_commit(lambda: waiting.wake_all(queue.queue_id))


def counts(tx: Transaction, queue: Queue, now: int) -> Counts:
    """How many messages are active, inactive and delayed."""
    return store.count_messages(tx, queue.queue_id, now, expired_at(queue, now))


def expired_at(queue: Queue, now: int) -> int:
    """A message that was sent at this time (ms) or earlier is past its retention."""
    return now - queue.message_retention_period * 1000


def send_message(
    tx: Transaction,
    queue_name: str,
    body: bytes,
    now: int,
    delay_seconds: int | None = None,
    priority: int | None = None,
    properties: str = "",
) -> SentMessage:
    """Put a message into a queue, and wake a receiver that waits for it.

    `delay_seconds` 0..604800, the queue's where None; `priority` 1 (first) ..16, 8 where None;
    `properties` as `properties_json` makes them. Raises Refusal QueueNotExist (404);
    InvalidArgument for a body that is empty, longer than the queue's MaximumMessageSize (bytes),
    not UTF-8 or not text that XML can hold, and for values outside their ranges.
    """
    return send_to(tx, queue_named(tx, queue_name), body, now, delay_seconds, priority, properties)


def send_to(
    tx: Transaction,
    queue: Queue,
    body: bytes,
    now: int,
    delay_seconds: int | None = None,
    priority: int | None = None,
    properties: str = "",
) -> SentMessage:
    """`send_message` to a queue that was found already."""
    if not 1 <= len(body) <= queue.maximum_message_size:
        raise invalid_argument(
            f"The value of MessageBody should be between 1 and {queue.maximum_message_size} bytes;"
            f" it has {len(body)}."
        )
    text = message_text(body)
    if delay_seconds is None:
        delay_seconds = queue.delay_seconds
    else:
        limits.DELAY_SECONDS.checked(delay_seconds)
    if priority is None:
        priority = limits.PRIORITY.default
    else:
        limits.PRIORITY.checked(priority)
    message_id = new_message_id()
    body_md5 = md5(body)
    visible_at = now + delay_seconds * 1000
    number = store.add_message(
        tx,
        queue.queue_id,
        priority,
        now,
        visible_at,
        message_id,
        body_md5,
        properties,
        text,
        now,
    )
    if waiting.anyone(queue.queue_id):
        announce(tx, queue.queue_id, visible_at, now)
    handle = receipt_handle(number, 0, message_id) if delay_seconds else ""
    return SentMessage(message_id, body_md5, handle)


def announce(tx: Transaction, queue_id: int, visible_at: int, now: int) -> None:
    """Have a receiver woken for a message that is, or will be, visible at `visible_at` (ms)."""
    if visible_at <= now:
        tx.after_commit(lambda: waiting.wake(queue_id, 1))
    else:
        seconds = (visible_at - now) / 1000
        tx.after_commit(lambda: waiting.wake_later(queue_id, seconds, visible_at))


def message_text(body: bytes) -> str:
    """A message's body as text. Raises Refusal InvalidArgument where XML cannot hold it."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise invalid_argument("MessageBody is not UTF-8: send bytes in base64.") from None
    found = _NOT_IN_XML.search(text)
    if found:
        raise invalid_argument(
            f"MessageBody has the character U+{ord(found[0]):04X}, which XML cannot hold:"
            " send it in base64."
        )
    return text


def properties_json(
    user: list[dict[str, str]], system: list[dict[str, str]], message_group_id: str
) -> str:
    """A message's properties as they are stored; "" where it has none.

    Each property has Name, Value and Type.
    """
    if not (user or system or message_group_id):
        return ""
    return json.dumps({"user": user, "system": system, "group": message_group_id})


def new_message_id() -> str:
    """32 upper-case hexadecimal digits."""
    # Not secret, only unlike any other: os.urandom would give way to other threads each time.
    return f"{random.getrandbits(128):032X}"


def md5(body: bytes) -> str:
    """MessageBodyMD5: upper-case hexadecimal digits."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest().upper()


def _or(value: int | None, range_: limits.Range) -> int:
    return range_.default if value is None else value


def _with(tx: Transaction, queue: Queue, attributes: QueueAttributes, now: int) -> Queue:
    given = attributes
    logging = queue.logging_enabled if given.logging_enabled is None else given.logging_enabled
    stored = limits.merged_dlq_policy(queue.dlq_policy, given.dlq_policy)
    policy = limits.dead_letter_policy(stored)
    if policy.enabled and stored != queue.dlq_policy:
        if policy.target == queue.name:
            raise invalid_argument(f"The queue {queue.name!r} cannot be its own dead-letter queue.")
        if store.find_queue(tx, policy.target) is None:
            raise invalid_argument(
                f"DlqPolicy: DeadLetterTargetQueue {policy.target!r} does not exist: create it"
                " first."
            )
    return queue._replace(
        delay_seconds=_set(limits.DELAY_SECONDS, given.delay_seconds, queue.delay_seconds),
        maximum_message_size=_set(
            limits.MAXIMUM_MESSAGE_SIZE, given.maximum_message_size, queue.maximum_message_size
        ),
        message_retention_period=_set(
            limits.MESSAGE_RETENTION_PERIOD,
            given.message_retention_period,
            queue.message_retention_period,
        ),
        visibility_timeout=_set(
            limits.VISIBILITY_TIMEOUT, given.visibility_timeout, queue.visibility_timeout
        ),
        polling_wait_seconds=_set(
            limits.POLLING_WAIT_SECONDS, given.polling_wait_seconds, queue.polling_wait_seconds
        ),
        logging_enabled=int(logging),
        dlq_policy=stored,
        dlq_enabled=int(policy.enabled),
        dlq_target=policy.target,
        dlq_max_receive_count=policy.max_receive_count,
        modified=now,
    )


def _set(range_: limits.Range, given: int | None, before: int) -> int:
    return before if given is None else range_.checked(given)
