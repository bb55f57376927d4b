"""Taking messages from a queue: receive, peek, delete, change visibility.

https://www.alibabacloud.com/help/en/mns/developer-reference/receivemessage
"""

import json
from dataclasses import dataclass
from typing import Any

from localcloud.refusal import Refusal
from localcloud.smq import waiting
from localcloud.smq.arns import queue_arn
from localcloud.smq.attributes import CHANGED_VISIBILITY
from localcloud.smq.queues import announce, expired_at, new_message_id, queue_named
from localcloud.smq.receipts import parse_receipt_handle, receipt_handle
from localcloud.smq.refusals import message_not_exist, receipt_handle_error
from localcloud.store import queues as store
from localcloud.store.database import Transaction
from localcloud.store.queues import Message, Queue

MOST_IN_A_STEP = 256
"""So many messages one change makes ready, moves or forgets at most: none holds up the others."""


@dataclass(slots=True)
class Reception:
    """What a receive found: the queue as it is now, and messages as they are from now on."""

    queue: Queue
    messages: list[Message]


def handle_of(message: Message) -> str:
    """The receipt handle of a message as `receive` gave it."""
    return receipt_handle(message.number, message.receipt, message.message_id)


def receive(tx: Transaction, queue_name: str, now: int, most: int) -> Reception:
    """Take up to `most` messages: the smallest priority first, then the oldest.

    They are invisible for the queue's VisibilityTimeout. A message that was received as often as
    the dead-letter policy allows goes there instead. Raises Refusal QueueNotExist.
    """
    queue = queue_named(tx, queue_name)
    ripened = ripen(tx, queue, now)
    taken: list[Message] = []
    visible_at = now + queue.visibility_timeout * 1000
    for message in _next_ready(tx, queue, now, most):
        store.take(tx, message, visible_at, now)
        taken.append(
            message._replace(
                visible_at=visible_at,
                receipt=message.receipt + 1,
                dequeue_count=message.dequeue_count + 1,
                first_dequeued=message.first_dequeued or now,
            )
        )
    if waiting.anyone(queue.queue_id):
        _tell_the_others(tx, queue.queue_id, ripened - len(taken), now)
    return Reception(queue, taken)


def peek(tx: Transaction, queue_name: str, now: int, most: int) -> list[Message]:
    """Up to `most` messages that a receive would get, left as they are.

    Raises Refusal QueueNotExist.
    """
    queue = queue_named(tx, queue_name)
    ripened = ripen(tx, queue, now)
    if waiting.anyone(queue.queue_id):
        _tell_the_others(tx, queue.queue_id, ripened, now)
    return _next_ready(tx, queue, now, most)


def delete_message(tx: Transaction, queue_name: str, handle: str, now: int) -> None:
    """Delete a received message. Raises Refusal QueueNotExist, ReceiptHandleError."""
    _delete(tx, queue_named(tx, queue_name), handle, now)


def delete_messages(
    tx: Transaction, queue_name: str, handles: list[str], now: int
) -> list[tuple[str, Refusal]]:
    """Delete several; those that could not be, each with its reason. Raises QueueNotExist."""
    queue = queue_named(tx, queue_name)
    failed: list[tuple[str, Refusal]] = []
    for handle in handles:
        try:
            _delete(tx, queue, handle, now)
        except Refusal as refusal:
            failed.append((handle, refusal))
    return failed


def change_visibility(
    tx: Transaction, queue_name: str, handle: str, seconds: int, now: int
) -> tuple[str, int]:
    """Let a received message become visible so many seconds from now; 0 is at once.

    Returns its new handle, which is the only valid one from now on, and that time (ms). Raises
    Refusal QueueNotExist, InvalidArgument (0..43200), MessageNotExist, ReceiptHandleError.
    """
    CHANGED_VISIBILITY.checked(seconds)
    queue = queue_named(tx, queue_name)
    held = parse_receipt_handle(handle)
    message = store.find_message(tx, held.number)
    if (
        message is None
        or message.queue_id != queue.queue_id
        or message.message_id != held.message_id
        or message.enqueued <= expired_at(queue, now)
    ):
        raise message_not_exist()
    if message.receipt != held.receipt or message.ready or message.visible_at <= now:
        raise receipt_handle_error()
    visible_at = now + seconds * 1000
    store.hide(tx, held.number, visible_at, held.receipt + 1)
    if waiting.anyone(queue.queue_id):
        announce(tx, queue.queue_id, visible_at, now)
    return receipt_handle(held.number, held.receipt + 1, held.message_id), visible_at


def ripen(tx: Transaction, queue: Queue, now: int) -> int:
    """Make messages ready whose time has come, and move the dead among them; how many are ready."""
    ripe_at = store.next_ripe_at(tx, queue.queue_id)
    if ripe_at is None or ripe_at > now:
        return 0
    if not queue.dlq_enabled:
        return store.ripen(tx, queue.queue_id, now, MOST_IN_A_STEP)
    ripe = store.ripe_received(tx, queue.queue_id, now, queue.dlq_max_receive_count, MOST_IN_A_STEP)
    for message in ripe:
        if not move_to_dead_letters(tx, queue, message, now):
            break
    return store.ripen(tx, queue.queue_id, now, MOST_IN_A_STEP)


def move_to_dead_letters(tx: Transaction, queue: Queue, message: Message, now: int) -> bool:
    """Move a message to the dead-letter queue; False, and left where it is, if that is gone.

    Its retention goes on from when it was first sent:
    https://www.alibabacloud.com/help/en/mns/developer-reference/dead-letter-queue
    """
    target = store.find_queue(tx, queue.dlq_target)
    if target is None:
        return False
    store.remove_message(tx, message.number)
    store.add_message(
        tx,
        target.queue_id,
        message.priority,
        message.enqueued,
        now,
        new_message_id(),
        message.body_md5,
        _with_origin(message, queue),
        message.body,
        now,
    )
    announce(tx, target.queue_id, now, now)
    return True


def _with_origin(message: Message, queue: Queue) -> str:
    properties: dict[str, Any] = json.loads(message.properties or "{}")
    kept = [one for one in properties.get("system", []) if not str(one["Name"]).startswith("DLQ")]
    origin = {"DLQSourceArn": queue_arn(queue.name), "DLQOriginMessageId": message.message_id}
    system = kept + [{"Name": n, "Value": v, "Type": "STRING"} for n, v in origin.items()]
    return json.dumps({"user": [], "group": "", **properties, "system": system})


def _next_ready(tx: Transaction, queue: Queue, now: int, most: int) -> list[Message]:
    """Ready messages that are neither expired nor dead; those that are go on the way."""
    expired = expired_at(queue, now)
    for _ in range(MOST_IN_A_STEP):
        found = store.first_ready(tx, queue.queue_id, most)
        if any(message.enqueued <= expired for message in found):
            store.remove_expired(tx, queue.queue_id, expired, MOST_IN_A_STEP)
            found = store.first_ready_sent_after(tx, queue.queue_id, expired, most)
        if not queue.dlq_enabled:
            return found
        limit = queue.dlq_max_receive_count
        dead = [message for message in found if message.dequeue_count >= limit]
        if not [message for message in dead if move_to_dead_letters(tx, queue, message, now)]:
            return found
    return []


def _delete(tx: Transaction, queue: Queue, handle: str, now: int) -> None:
    held = parse_receipt_handle(handle)
    if not store.remove_received(
        tx,
        queue.queue_id,
        held.number,
        held.receipt,
        held.message_id,
        now,
        expired_at(queue, now),
    ):
        raise receipt_handle_error()


def _tell_the_others(tx: Transaction, queue_id: int, ready: int, now: int) -> None:
    if ready > 0:
        tx.after_commit(lambda: waiting.wake(queue_id, ready))
    ripe_at = store.next_ripe_at(tx, queue_id)
    if ripe_at is not None:
        announce(tx, queue_id, max(ripe_at, now + 1), now)
