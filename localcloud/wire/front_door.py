"""The one ASGI application: reads a request, picks its dialect, writes the answer.

A bare callable, because every task passes here. What it cannot read becomes a 4xx in the dialect's
own error shape; a 5xx only ever means that something in localcloud is broken, and its traceback is
in the server's log, never in the answer.
"""

import asyncio
import functools
import logging
import re
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from localcloud.clock import Clock
from localcloud.refusal import Refusal
from localcloud.store.database import NotWritten
from localcloud.wire.body_memory import BodyMemory
from localcloud.wire.dialect import Dialect
from localcloud.wire.exchange import Answer
from localcloud.wire.hosts import SUFFIX, is_ours
from localcloud.wire.journal import Entry, Journal
from localcloud.wire.own import PREFIX as OWN_PREFIX
from localcloud.wire.request import BadRequest, Request, read_head

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TARGET = "localcloud.target"
"""Key of the ASGI scope under which the HTTP protocol leaves the request line's target (bytes)."""

ANSWER = "localcloud.answer"
"""Key under which it may leave a way to send a whole answer at once, cheaper than ASGI messages:
called with status, headers, body and whether to close; False where the messages are to be sent."""

_MOST_DISCARDED = 256 * 1024 * 1024  # bytes of a refused body that are read so that it can be said
_ROA_PATH = re.compile(r"/\d{4}-\d\d-\d\d/")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_NO_BODY = (204, 304)

_log = logging.getLogger("localcloud")


class Dialects:
    """The five dialects, and which of them a request speaks."""

    __slots__ = ("fc", "log", "own", "rpc", "smq")

    def __init__(
        self, *, rpc: Dialect, fc: Dialect, smq: Dialect, log: Dialect, own: Dialect
    ) -> None:
        self.rpc = rpc
        self.fc = fc
        self.smq = smq
        self.log = log
        self.own = own

    def of(self, path: str, headers: MutableMapping[str, str]) -> Dialect:
        """The dialect of a request with this path and these headers."""
        if _ROA_PATH.match(path):
            return self.fc
        if "x-mns-version" in headers:
            return self.smq
        if "x-log-apiversion" in headers:
            return self.log
        if path.startswith(OWN_PREFIX):
            return self.own
        authorization = headers.get("authorization", "")
        if authorization.startswith("MNS "):
            return self.smq
        if authorization.startswith(("LOG ", "SLS4-")):
            return self.log
        return self.rpc


class FrontDoor:
    """The ASGI application. `verbose` writes a line for each request to standard error.

    `bodies` is the room for large bodies; None is as much as `BodyMemory` has by default.
    """

    def __init__(
        self,
        dialects: Dialects,
        journal: Journal,
        clock: Clock,
        *,
        verbose: bool = False,
        bodies: BodyMemory | None = None,
    ) -> None:
        self._dialects = dialects
        self._journal = journal
        self._clock = clock
        self._verbose = verbose
        self._bodies = bodies or BodyMemory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = time.perf_counter()
        close = False
        entry: Entry | None = None
        try:
            request = read_head(scope["method"], scope[TARGET], scope["headers"])
        except BadRequest as refusal:
            close = True
            dialect: Dialect = self._dialects.rpc
            request = Request(scope["method"], "/", "", "", {})
            answer = dialect.refuse(refusal, dialect.new_request_id(), "")
        else:
            dialect = self._dialects.of(request.path, request.headers)
            if dialect is not self._dialects.own:
                entry = self._journal.begin(self._clock(), dialect.name, request)
            else:
                entry = Entry(0, 0, dialect.name, request)
            entry.request_id = dialect.new_request_id()
            answer, close = await self._answer(dialect, request, entry, receive)
            entry.status = answer.status
        await _write(scope, send, answer, close=close)
        if self._verbose:
            operation = entry.operation if entry else ""
            sys.stderr.write(
                f"{request.method} {request.host}{request.path} {dialect.name} {operation} "
                f"{answer.status} {(time.perf_counter() - began) * 1000:.1f} ms\n"
            )

    async def _answer(
        self, dialect: Dialect, request: Request, entry: Entry, receive: Receive
    ) -> tuple[Answer, bool]:
        """The answer, and whether the connection must end after it."""
        read = False
        try:
            if not is_ours(request.host) or request.method == "CONNECT":
                raise Refusal(
                    "Forbidden",
                    f"localcloud is no proxy to other hosts: it answers for 127.0.0.1, localhost "
                    f"and names under {SUFFIX}, not for {request.host!r}",
                    403,
                )
            if _is_of_a_web_page(request):
                raise Refusal(
                    "Forbidden",
                    "localcloud answers programs: this request was sent by a web page",
                    403,
                )
            request.body = await _read_body(request, receive, dialect, self._bodies)
            request.receive = receive
            read = True
            return await dialect.answer(request, entry), False
        except BadRequest as refusal:
            said = Refusal(dialect.bad_request, refusal.message, refusal.status)
            return dialect.refuse(said, entry.request_id, request.host), not read
        except Refusal as refusal:
            return dialect.refuse(refusal, entry.request_id, request.host), not read
        except NotWritten as full:
            said = Refusal("ServiceUnavailable", str(full), 503)
            return dialect.refuse(said, entry.request_id, request.host), False
        except RecursionError:  # a document that is nested deeper than anybody needs
            said = Refusal(dialect.bad_request, "the body is nested too deeply", 400)
            return dialect.refuse(said, entry.request_id, request.host), False
        except asyncio.CancelledError:  # the server stops, and this request would keep it
            stopping = Refusal("ServiceUnavailable", "localcloud is stopping", 503)
            return dialect.refuse(stopping, entry.request_id, request.host), True
        except Exception:  # noqa: BLE001 - the last resort: one broken call must not end the server
            _log.exception("%s %s %s", dialect.name, entry.operation, entry.request_id)
            broken = Refusal(
                "InternalError",
                "localcloud failed to answer this, which is a fault in it: its log has the reason "
                f"under request id {entry.request_id}",
                500,
            )
            return dialect.refuse(broken, entry.request_id, request.host), False
        finally:
            if request.held:
                self._bodies.release(request)


def _is_of_a_web_page(request: Request) -> bool:
    """Whether a browser says that a page sent it: any page can sign by the key that all know.

    Browsers send Origin with whatever can change something, Sec-Fetch-Site with everything; SDKs,
    Pulumi and the address bar send neither, or `none`.
    """
    asked_from = request.headers.get("sec-fetch-site", "none")
    return "origin" in request.headers or asked_from != "none"


async def _read_body(
    request: Request, receive: Receive, dialect: Dialect, bodies: BodyMemory
) -> bytes:
    """The body whole. Raises Refusal 413 when it is longer than the dialect takes.

    And 503 where the bodies under way leave no room for it.
    """
    length = request.headers.get("content-length")
    announced = int(length) if length and length.isdigit() else 0
    if announced > dialect.largest_body:
        await _discard(receive, min(announced, _MOST_DISCARDED))
        raise _too_large(dialect)
    if not announced and "transfer-encoding" not in request.headers:
        return b""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await _next_part(receive)
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > dialect.largest_body or not bodies.hold(request, size):
            chunks.clear()
            bodies.release(request)
            await _discard(receive, _MOST_DISCARDED)
            raise _too_large(dialect) if size > dialect.largest_body else _no_room(bodies)
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


async def _next_part(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise BadRequest("the connection ended within the body")
    return message


async def _discard(receive: Receive, most: int) -> None:
    """Read what a refused client still sends, so that it gets to read the refusal."""
    seen = 0
    while seen < most:
        message = await _next_part(receive)
        seen += len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _too_large(dialect: Dialect) -> Refusal:
    return Refusal(
        dialect.too_large,
        f"payload size exceeds maximum allowed size ({dialect.largest_body} bytes)",
        413,
    )


def _no_room(bodies: BodyMemory) -> Refusal:
    return Refusal(
        "ServiceUnavailable",
        f"the bodies of the requests under way fill the {bodies.most >> 20} MB that localcloud has "
        "for them: send this again when some of them are answered",
        503,
    )


async def _write(scope: Scope, send: Send, answer: Answer, *, close: bool) -> None:
    body = b"" if answer.status in _NO_BODY else answer.body
    headers: list[tuple[bytes, bytes]] = [
        (_header_name(name), _header_value(value)) for name, value in answer.headers.items()
    ]
    if answer.status not in _NO_BODY:
        headers.append((b"content-type", _header_value(answer.content_type)))
        headers.append((b"content-length", b"%d" % len(body)))
    # taken out, for it holds its scope: else each request would be garbage in a circle
    at_once: Callable[..., bool] | None = scope.pop(ANSWER, None)
    if at_once is not None and at_once(answer.status, headers, body, close):
        return
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@functools.lru_cache(maxsize=256)
def _header_name(name: str) -> bytes:
    """A header's name as it is sent. Raises ValueError for what is none."""
    if not _TOKEN.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a header")
    return name.encode("ascii")


def _header_value(value: str) -> bytes:
    """A header value in ASCII; what a header cannot carry is percent-encoded."""
    if value.isascii() and value.isprintable():
        return value.encode("ascii")
    return quote(value, safe=" !\"#$&'()*+,/:;<=>?@[]^`{|}~-._").encode("ascii")
