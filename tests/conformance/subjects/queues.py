"""Queues and their messages: SMQ's data plane, and GetQueueAttributes of its management."""

from typing import Any

from alibabacloud_mns_open20220119 import models
from mns.queue import Message, QueueMeta

from tests.conformance.run import Run

_RECEIVE_FOR = 5  # s of long polling


def make_queue(run: Run, name: str, **attributes: Any) -> Any:
    """CreateQueue; it is removed at the end. Gives its URL."""
    queue: Any = run.side.smq.get_queue(name)
    run.make(f"queue {name}", queue.delete)
    return queue.create(QueueMeta(**attributes))


def queue_arn(run: Run, name: str) -> str:
    """The destination ARN of a queue."""
    keys = run.side.keys
    return f"acs:mns:{keys.region}:{keys.account_id}:/queues/{name}/messages"


def queues(run: Run) -> None:
    """Make, send, peek, receive, hold, delete, and what is refused on the way."""
    name = run.name("queue")
    queue: Any = run.side.smq.get_queue(name)
    run.see("GetQueueAttributes of none", queue.get_attributes)
    run.see("SendMessage to none", lambda: queue.send_message(Message("m")))
    run.need("CreateQueue", lambda: make_queue(run, name, vis_timeout=20))
    run.see("CreateQueue as it is", lambda: make_queue(run, name, vis_timeout=20))
    run.see("CreateQueue otherwise", lambda: make_queue(run, name, vis_timeout=21))
    run.see(
        "CreateQueue with an attribute out of its range",
        lambda: run.side.smq.get_queue(run.name("bad")).create(QueueMeta(vis_timeout=50_000)),
    )
    run.see("GetQueueAttributes", queue.get_attributes)
    run.see(
        "GetQueueAttributes of the management",
        lambda: run.side.mns_open.get_queue_attributes(
            models.GetQueueAttributesRequest(queue_name=name)
        ),
    )
    run.see("ReceiveMessage from an empty queue", lambda: queue.receive_message(0))
    run.need("SendMessage", lambda: queue.send_message(Message("a message of a run")))
    run.see("PeekMessage", queue.peek_message)
    received = run.need("ReceiveMessage", lambda: queue.receive_message(_RECEIVE_FOR))
    held = run.see(
        "ChangeMessageVisibility",
        lambda: queue.change_message_visibility(received.receipt_handle, 30),
    )
    run.see("ReceiveMessage while it is held", lambda: queue.receive_message(0))
    run.see(
        "DeleteMessage with the handle before the change",
        lambda: queue.delete_message(received.receipt_handle),
    )
    if held is not None:
        run.see("DeleteMessage", lambda: queue.delete_message(held.receipt_handle))
        run.see("DeleteMessage again", lambda: queue.delete_message(held.receipt_handle))
    run.see("DeleteMessage with a handle that is none", lambda: queue.delete_message("none"))
    run.see("SendMessage, delayed", lambda: queue.send_message(Message("later", delay_seconds=30)))
    run.see("SendMessage over 64 KB", lambda: queue.send_message(Message("x" * 65_537)))
    _batches(run, queue)


def _batches(run: Run, queue: Any) -> None:
    messages = [Message(f"number {number}") for number in range(3)]
    run.need("BatchSendMessage", lambda: queue.batch_send_message(messages))
    run.see("BatchPeekMessage", lambda: queue.batch_peek_message(3))
    received = run.need("BatchReceiveMessage", lambda: queue.batch_receive_message(3, _RECEIVE_FOR))
    handles = [message.receipt_handle for message in received]
    run.see(
        "BatchDeleteMessage with one handle that is none",
        lambda: queue.batch_delete_message([*handles, "none"]),
    )
    run.see(
        "BatchSendMessage of 17",
        lambda: queue.batch_send_message([Message("m") for _ in range(17)]),
    )
