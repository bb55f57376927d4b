"""Queues in SMQ's management API."""

import json
from typing import Any

from localcloud.smq import queues
from localcloud.smq.arns import ALL_QUEUES, queue_arn
from localcloud.smq.attributes import QueueAttributes
from localcloud.smq.management import PAGE, page, shown_tags
from localcloud.store import queues as store
from localcloud.store.database import Transaction
from localcloud.store.queues import Queue
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters

_SETTINGS = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "VisibilityTimeout",
    "PollingWaitSeconds",
    "EnableLogging",
    "DlqPolicy",
)


def _arn(parameters: RpcParameters) -> tuple[str, ...]:
    return (queue_arn(parameters.text("QueueName")),)


def _all(_parameters: RpcParameters) -> tuple[str, ...]:
    return (ALL_QUEUES,)


def _create_queue(asked: Asked) -> dict[str, Any]:
    queues.create_queue(
        asked.tx,
        asked.parameters.text("QueueName"),
        _queue_attributes(asked.parameters),
        asked.now,
        asked.parameters.maybe("QueueType") or "normal",
        asked.parameters.tags(),
    )
    return {"Code": 201, "Success": True, "Message": "created"}


def _set_queue(asked: Asked) -> dict[str, Any]:
    queues.set_queue_attributes(
        asked.tx, asked.parameters.text("QueueName"), _queue_attributes(asked.parameters), asked.now
    )
    return {"Code": 200, "Success": True, "Message": "changed"}


def _delete_queue(asked: Asked) -> dict[str, Any]:
    queues.delete_queue(asked.tx, asked.parameters.text("QueueName"))
    return {"Code": 204, "Success": True, "Message": "deleted"}


def _get_queue(asked: Asked) -> dict[str, Any]:
    return _shown_queue(
        asked.tx, queues.queue_named(asked.tx, asked.parameters.text("QueueName")), asked.now
    )


def _list_queues(asked: Asked) -> dict[str, Any]:
    name = asked.parameters.maybe("QueueName") or ""
    tags = asked.parameters.tags()
    kind = asked.parameters.maybe("QueueType") or "normal"
    found = [
        queue
        for queue in store.list_queues(asked.tx, "", "", queues.MOST_QUEUES)
        if name in queue.name
        and queue.queue_type == kind
        and tags.items() <= store.tags_of_queue(asked.tx, queue.name).items()
    ]
    return page(asked.parameters, found, lambda queue: _shown_queue(asked.tx, queue, asked.now))


def _queue_attributes(parameters: RpcParameters) -> QueueAttributes:
    return QueueAttributes(
        delay_seconds=parameters.whole_number("DelaySeconds"),
        maximum_message_size=parameters.whole_number("MaximumMessageSize"),
        message_retention_period=parameters.whole_number("MessageRetentionPeriod"),
        visibility_timeout=parameters.whole_number("VisibilityTimeout"),
        polling_wait_seconds=parameters.whole_number("PollingWaitSeconds"),
        logging_enabled=parameters.flag("EnableLogging"),
        dlq_policy=parameters.maybe("DlqPolicy") or None,
    )


def _shown_queue(tx: Transaction, queue: Queue, now: int) -> dict[str, Any]:
    counts = queues.counts(tx, queue, now)
    shown: dict[str, Any] = {
        "QueueName": queue.name,
        "QueueType": queue.queue_type,
        "CreateTime": queue.created // 1000,
        "LastModifyTime": queue.modified // 1000,
        "DelaySeconds": queue.delay_seconds,
        "MaximumMessageSize": queue.maximum_message_size,
        "MessageRetentionPeriod": queue.message_retention_period,
        "VisibilityTimeout": queue.visibility_timeout,
        "PollingWaitSeconds": queue.polling_wait_seconds,
        "LoggingEnabled": bool(queue.logging_enabled),
        "ActiveMessages": counts.active,
        "InactiveMessages": counts.inactive,
        "DelayMessages": counts.delayed,
        "Tags": shown_tags(store.tags_of_queue(tx, queue.name)),
    }
    if queue.dlq_policy:
        shown["DlqPolicy"] = json.loads(queue.dlq_policy)
    return shown


OPERATIONS: dict[str, Operation] = {
    "CreateQueue": Operation(("QueueName", "QueueType", "Tag", *_SETTINGS), _arn, _create_queue),
    "GetQueueAttributes": Operation(("QueueName", "Tag"), _arn, _get_queue, reads=True),
    "SetQueueAttributes": Operation(("QueueName", *_SETTINGS), _arn, _set_queue),
    "DeleteQueue": Operation(("QueueName",), _arn, _delete_queue),
    "ListQueue": Operation(
        ("QueueName", "QueueType", "Tag", *PAGE), _all, _list_queues, reads=True
    ),
}
