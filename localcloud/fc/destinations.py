"""Where the result of an asynchronous invocation goes, and the message that goes there.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/result-callback
"""

import base64
import json
import logging
from dataclasses import dataclass

from localcloud.fc import async_config, permissions, submissions
from localcloud.fc.async_config import Destination
from localcloud.fc.permissions import Denied, Permissions
from localcloud.fc.submissions import Submission, Wake
from localcloud.refusal import Refusal
from localcloud.request_ids import function_request_id
from localcloud.smq import queues, topics
from localcloud.store import outbox
from localcloud.store import tasks as store
from localcloud.store.database import Transaction

log = logging.getLogger(__name__)

SUCCEEDED = "Succeeded"

# Somebody may be about to make the thing again (an update that replaces it does); nothing else
# gets better by waiting. Ours: FC documents no retry of a delivery.
_WORTH_ANOTHER_TRY = frozenset({"QueueNotExist", "TopicNotExist", "FunctionNotFound"})
_PAUSES = (1_000, 2_000, 4_000, 8_000, 16_000, 32_000)  # ms before each further try


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of one try. `status` is the task's destinationStatus; `again`: worth another."""

    status: str
    again: bool = False


def message(
    *,
    now: int,
    request_id: str,
    function_arn: str,
    condition: str,
    invoke_count: int,
    payload: bytes,
    function_error: str,
    response: bytes,
) -> bytes:
    """The JSON that FC sends to a destination: these fields, in this order, payloads as strings."""
    return json.dumps(
        {
            "timestamp": now,
            "requestContext": {
                "requestId": request_id,
                "functionArn": function_arn,
                "condition": condition,
                "approximateInvokeCount": invoke_count,
            },
            "requestPayload": payload.decode("utf-8", "replace"),
            "responseContext": {"statusCode": 200, "functionError": function_error},
            "responsePayload": response.decode("utf-8", "replace"),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def send(
    tx: Transaction,
    allowed: Permissions,
    *,
    role: str,
    destination: str,
    body: bytes,
    chain_depth: int,
    now: int,
    wake: Wake,
) -> Delivery:
    """Try once to deliver `body` to the ARN `destination` in the name of `role`.

    A queue or topic gets it Base64-encoded, so that the official SDK's default receive gives the
    JSON (whether FC does so is not documented: ours); a function gets it as its event.
    """
    try:
        target = async_config.parse_destination(destination)
        allowed.require(role, *needed(target))
        if target.kind == "queue":
            queues.send_message(tx, target.name, base64.b64encode(body), now)
        elif target.kind == "topic":
            topics.publish_message(tx, target.name, base64.b64encode(body), now)
        else:
            name, _, qualifier = target.name.partition("/")
            _invoke(tx, name, qualifier, body, chain_depth, now, wake)
    except Denied as denied:
        return Delivery(f"Failed: AccessDenied: {denied}")
    except Refusal as refusal:
        return Delivery(
            f"Failed: {refusal.code}: {refusal.message}", refusal.code in _WORTH_ANOTHER_TRY
        )
    return Delivery(SUCCEEDED)


def needed(target: Destination) -> tuple[str, str]:
    """The action, and the resource it is on, that a role must be allowed to send there."""
    if target.kind == "queue":
        return "mns:SendMessage", permissions.queue_resource(target.name)
    if target.kind == "topic":
        return "mns:PublishMessage", permissions.topic_resource(target.name)
    return "fc:InvokeFunction", permissions.function_resource(target.name.partition("/")[0])


def _invoke(
    tx: Transaction,
    name: str,
    qualifier: str,
    body: bytes,
    chain_depth: int,
    now: int,
    wake: Wake,
) -> None:
    if chain_depth >= submissions.MAX_CHAIN_DEPTH:
        raise Refusal(
            "ChainTooDeep",
            f"function {name!r} would be the {chain_depth + 1}th that is invoked as a destination"
            f" of the one before; localcloud ends such a chain after {submissions.MAX_CHAIN_DEPTH}",
        )
    submission = Submission(
        function=name,
        qualifier=qualifier,
        payload=body,
        request_id=function_request_id(),
        chain_depth=chain_depth + 1,
    )
    answer = submissions.submit(tx, [submission], now, wake)[0]
    if isinstance(answer, Refusal):
        raise answer


def send_or_keep(
    tx: Transaction,
    allowed: Permissions,
    *,
    task: int,
    request_id: str,
    role: str,
    destination: str,
    body: bytes,
    chain_depth: int,
    now: int,
    wake: Wake,
) -> str:
    """Deliver a result in the transaction that makes it final; returns its destinationStatus.

    What may succeed a little later goes into the outbox, in the same transaction.
    """
    tried = send(
        tx,
        allowed,
        role=role,
        destination=destination,
        body=body,
        chain_depth=chain_depth,
        now=now,
        wake=wake,
    )
    if tried.again:
        outbox.put(
            tx,
            task=task,
            request_id=request_id,
            due_at=now + _PAUSES[0],
            role=role,
            destination=destination,
            chain_depth=chain_depth,
            body=body,
        )
        return tried.status.replace("Failed", "Retrying", 1)
    if tried.status != SUCCEEDED:
        _warn(tx, request_id, destination, tried.status)
    return tried.status


def send_again(tx: Transaction, allowed: Permissions, now: int, limit: int, wake: Wake) -> int:
    """Try what is due in the outbox; returns how many were due (`limit`: there may be more)."""
    rows = outbox.due(tx, now, limit)
    for row in rows:
        tried = send(
            tx,
            allowed,
            role=row.role,
            destination=row.destination,
            body=row.body,
            chain_depth=row.chain_depth,
            now=now,
            wake=wake,
        )
        if tried.again and row.tries < len(_PAUSES):
            outbox.postpone(tx, row.id, now + _PAUSES[row.tries])
            continue
        outbox.delivered(tx, row.id)
        status = tried.status
        if status != SUCCEEDED:
            status += f" (given up after {row.tries + 1} tries)" if tried.again else ""
            _warn(tx, row.request_id, row.destination, status)
        store.add_event(tx, row.task, now, detail_of(row.destination, status), status)
    return len(rows)


def detail_of(destination: str, status: str) -> str:
    """What an event says about a delivery."""
    return json.dumps({"Destination": destination, "DestinationStatus": status}, ensure_ascii=False)


def _warn(tx: Transaction, request_id: str, destination: str, status: str) -> None:
    tx.after_commit(
        lambda: log.warning("result of %s not sent to %s: %s", request_id, destination, status)
    )
