"""What the front door asks of a dialect."""

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
