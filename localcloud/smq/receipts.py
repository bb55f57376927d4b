"""Receipt handles: which message, and which of its receipts. Safe in a URL as they are."""

import re

from localcloud.smq.refusals import receipt_handle_error

_HANDLE = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,15})-0")


def receipt_handle(number: int, receipt: int) -> str:
    """The handle of a message's receipt; each receive and each change of visibility has its own."""
    return f"{number:x}-{receipt:x}-0"


def parse_receipt_handle(handle: str) -> tuple[int, int]:
    """The message's number and its receipt. Raises Refusal ReceiptHandleError."""
    found = _HANDLE.fullmatch(handle)
    if found is None:
        raise receipt_handle_error()
    return int(found[1], 16), int(found[2], 16)
