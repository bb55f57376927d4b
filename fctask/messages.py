"""Messages of the destination queue through the official SMQ SDK."""

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any

from fctask.clients import Clients

LONGEST_POLL = 30  # seconds; SMQ's own limit for waitseconds


class NoMessage(Exception):
    """The message did not come within the time given."""


@dataclass(frozen=True)
class DestinationMessage:
    """A message that Function Compute pushed: the parsed document and the handle to remove it."""

    document: dict[str, Any]
    receipt_handle: str

    @property
    def request_id(self) -> str:
        """The invocation that it is about."""
        return str(self.document.get("requestContext", {}).get("requestId", ""))


def parse(body: str) -> dict[str, Any] | None:
    """The JSON object in a message body, plain or base64; None when it is something else."""
    candidates = [body]
    with suppress(binascii.Error, UnicodeDecodeError):
        candidates.append(base64.b64decode(body, validate=True).decode())
    for candidate in candidates:
        try:
            document = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(document, dict):
            return document
    return None


def receive_for(clients: Clients, request_id: str, seconds: float) -> DestinationMessage:
    """Wait at most `seconds` for the message of one request; other messages stay in the queue.

    Raises NoMessage.
    """
    from mns.mns_exception import MNSServerException

    queue = clients.smq.get_queue(clients.target.queue_name)
    queue.set_encoding(False)
    end = monotonic() + seconds
    while (left := end - monotonic()) > 0:
        try:
            received = queue.receive_message(max(1, min(LONGEST_POLL, round(left))))
        except MNSServerException as refused:
            if refused.type != "MessageNotExist":
                raise
            continue
        document = parse(received.message_body)
        message = DestinationMessage(document or {}, received.receipt_handle)
        if message.request_id == request_id:
            return message
    raise NoMessage(
        f"no message of request {request_id} came to queue {clients.target.queue_name} "
        f"within {seconds:.0f} s"
    )


def acknowledge(clients: Clients, message: DestinationMessage) -> None:
    """Remove a received message from the queue."""
    clients.smq.get_queue(clients.target.queue_name).delete_message(message.receipt_handle)
