"""Receipt handles: which message, and which of its receipts. Safe in a URL as they are."""

import re
from typing import NamedTuple

from localcloud.smq.refusals import receipt_handle_error

_HANDLE = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,15})-([0-9A-F]{32})")


class Receipt(NamedTuple):
    """A message by its number and id, and how often it has changed hands."""

    number: int
    receipt: int
    message_id: str


def receipt_handle(number: int, receipt: int, message_id: str) -> str:
    """The handle of a message's receipt; each receive and each change of visibility has its own."""
    return f"{number:x}-{receipt:x}-{message_id}"


def parse_receipt_handle(handle: str) -> Receipt:
    """What a handle says. Raises Refusal ReceiptHandleError."""
    found = _HANDLE.fullmatch(handle)
    if found is None:
        raise receipt_handle_error()
    return Receipt(int(found[1], 16), int(found[2], 16), found[3])
