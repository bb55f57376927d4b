"""What the front door asks of a dialect."""

import os
import random
import time
from typing import Protocol

from localcloud.refusal import Refusal
from localcloud.wire.exchange import Answer
from localcloud.wire.journal import Entry
from localcloud.wire.request import Request


class Dialect(Protocol):
    """How one kind of service reads a request and writes an answer or a refusal."""

    name: str
    largest_body: int  # bytes
    too_large: str  # the service's code for a body over that
    bad_request: str  # its code for what is wrong in any dialect: URL, encoding, headers

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Check the signature, find the operation and let it answer. Raises Refusal."""
        ...

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """A refusal in this service's error shape."""
        ...

    def new_request_id(self) -> str:
        """A request id in this service's form."""
        ...


def hexadecimal_request_id() -> str:
    """24 upper-case hexadecimal digits, as SMQ and Log Service number their requests."""
    # Not secret, only unlike any other: os.urandom would give way to other threads each time.
    return f"{random.getrandbits(96):024X}"


def uuid_request_id() -> str:
    """An upper-case UUID, as RPC services number their requests."""
    digits = os.urandom(16).hex().upper()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def function_request_id() -> str:
    """`1-<seconds>-<8 digits>-<12 digits>` in hexadecimal, as Function Compute numbers them."""
    return f"1-{int(time.time()):08x}-{random.getrandbits(32):08x}-{random.getrandbits(48):012x}"
