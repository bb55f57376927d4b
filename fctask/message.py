"""A message of the destination queue: what Function Compute pushed, read from either form of body.

https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/result-callback. Whether FC sends
the body plain or as Base64 is not documented, so both are read.
"""

import base64
import binascii
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fctask.function import function_of_arn


@dataclass(frozen=True)
class QueueMessage:
    """A message as it lies in the queue. Times in ms since 1970.

    `receipt_handle` removes it; it is "" for a message that was only peeked at, and valid until
    `next_visible_at`.
    """

    message_id: str
    body: str
    receipt_handle: str = ""
    enqueued_at: int | None = None
    next_visible_at: int | None = None
    dequeue_count: int = 0

    @cached_property
    def document(self) -> dict[str, Any]:
        """The JSON object in the body; {} where it is something else."""
        return parse(self.body) or {}

    @property
    def is_result(self) -> bool:
        """Whether it is a message of Function Compute about an invocation."""
        return bool(self.request_id)

    @property
    def _context(self) -> dict[str, Any]:
        context = self.document.get("requestContext")
        return context if isinstance(context, dict) else {}

    @property
    def request_id(self) -> str:
        """The invocation that it is about, or ""."""
        return str(self._context.get("requestId", ""))

    @property
    def function_name(self) -> str:
        """The function that it is about, or ""."""
        return function_of_arn(str(self._context.get("functionArn", "")))

    @property
    def condition(self) -> str:
        """Why it was sent: InvocationError and the like; "" for a success and for a stop."""
        return str(self._context.get("condition", ""))

    @property
    def invoke_count(self) -> int:
        """How often it was tried, about."""
        count = self._context.get("approximateInvokeCount", 0)
        return count if isinstance(count, int) else 0

    @property
    def payload(self) -> str | None:
        """The event that was invoked with."""
        payload = self.document.get("requestPayload")
        return payload if isinstance(payload, str) else None

    @property
    def error_message(self) -> str:
        """What the function said of its failure, or ""."""
        response = self.document.get("responsePayload")
        if not self.condition or not isinstance(response, str):
            return ""
        with suppress(ValueError, RecursionError):
            said = json.loads(response)
            if isinstance(said, dict) and said.get("errorMessage"):
                return str(said["errorMessage"])
        return response

    def described(self) -> dict[str, Any]:
        """For JSON: SMQ's names, and the body as an object where it is one."""
        written: dict[str, Any] = {
            "messageId": self.message_id,
            "receiptHandle": self.receipt_handle or None,
            "enqueueTime": self.enqueued_at,
            "nextVisibleTime": self.next_visible_at,
            "dequeueCount": self.dequeue_count,
            "body": self.document or self.body,
        }
        return {name: value for name, value in written.items() if value is not None}


def parse(body: str) -> dict[str, Any] | None:
    """The JSON object in a message body, plain or base64; None when it is something else.

    Also for one with half of a surrogate pair in it, which can neither be shown nor kept in a file.
    """
    candidates = [body]
    with suppress(binascii.Error, ValueError):
        candidates.append(base64.b64decode(body, validate=True).decode())
    for candidate in candidates:
        try:
            document = json.loads(candidate)
            if "\\u" in candidate:
                json.dumps(document, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            continue
        if isinstance(document, dict):
            return document
    return None
