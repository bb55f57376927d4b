"""localcloud's own paths under /_localcloud/: health, the journal of requests, and stop.

They are for programs on this machine: the host name must be this machine's (so that no web page
reaches them by a name of its own that resolves to 127.0.0.1), and what changes something needs the
header x-localcloud (which a page of another origin cannot send).
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from localcloud.refusal import Refusal
from localcloud.request_ids import uuid_request_id
from localcloud.wire.exchange import Answer, json_answer
from localcloud.wire.hosts import is_loopback
from localcloud.wire.journal import Entry, Journal
from localcloud.wire.request import Request, decode_query

PREFIX = "/_localcloud/"
INTENT_HEADER = "x-localcloud"


class OwnDialect:
    """Health, requests and stop."""

    name = "localcloud"
    largest_body = 64 * 1024
    too_large = "RequestEntityTooLarge"
    bad_request = "InvalidRequest"

    def __init__(
        self,
        health: Callable[[], dict[str, Any]],
        counts: Callable[[], Awaitable[dict[str, int]]],
        journal: Journal,
        stop: Callable[[], None],
    ) -> None:
        self._health = health
        self._counts = counts
        self._journal = journal
        self._stop = stop

    async def answer(self, request: Request, entry: Entry) -> Answer:
        """Answer one of the four paths."""
        del entry
        if not is_loopback(request.host):
            raise Refusal("Forbidden", "these paths answer to 127.0.0.1 and localhost only", 403)
        match request.method, request.path[len(PREFIX) :]:
            case "GET", "health":
                return json_answer(self._health())
            case "GET", "status":
                return json_answer({**self._health(), "counts": await self._counts()})
            case "GET", "requests":
                after = decode_query(request.query).get("after", "0")
                if not after.isdigit() or len(after) > 15:
                    raise Refusal("InvalidRequest", f"after={after!r} is not a sequence number")
                entries = self._journal.after(int(after))
                return json_answer({"last": self._journal.last, "requests": entries})
            case "POST", "stop":
                if INTENT_HEADER not in request.headers:
                    raise Refusal("Forbidden", f"the header {INTENT_HEADER} is missing", 403)
                self._stop()
                return json_answer({"stopping": True}, 202)
            case _:
                raise Refusal(
                    "NotImplemented",
                    f"there is no {request.method} {request.path}: GET health, status or requests, "
                    "POST stop",
                )

    def refuse(self, refusal: Refusal, request_id: str, host: str) -> Answer:
        """{"code", "message"}."""
        del request_id, host
        document = {"code": refusal.code, "message": refusal.message}
        return Answer(refusal.status, json.dumps(document).encode())

    def new_request_id(self) -> str:
        """An upper-case UUID."""
        return uuid_request_id()
