"""uvicorn's HTTP/1.1 protocol with what a server that is everybody's proxy needs besides.

The request line's target goes to the application as it came: uvicorn parses it itself, loses the
host of an absolute form and ends in a traceback for bytes outside ASCII. An answer, whose body is
always there whole, goes out in one write: uvicorn's ASGI messages make it two, and a write to a
socket is the dearest thing on a request's way. And a client that sends nothing, or too long a head,
or takes nothing of its answer, is let go.
"""

import asyncio
import functools
import time
from collections.abc import Sequence
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)
from uvicorn.server import ServerState

from localcloud.wire.front_door import ANSWER, TARGET

LARGEST_HEAD = 64 * 1024  # bytes of request line and headers
HEAD_TIMEOUT = 30.0  # s from the first byte of a request until its headers are complete
SILENCE_TIMEOUT = 60.0  # s without a byte within a body, or of an answer taken
_LINGER = 2.0  # s in which a client that was told off may still send
_SWEEP = 5.0  # s between two looks at all connections


class Connection(HttpToolsProtocol):
    """One client's connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.head_began = time.monotonic()  # 0.0 outside a head
        self.head_size = 0
        self.body_heard = 0.0  # when the last byte of a body came; 0.0 outside a body
        self.given_up = False
        self.untaken = 0  # bytes of answers that stood here at a look; 0 once more is heard
        self.untaken_since = 0.0
        self.answering: RequestResponseCycle | None = None

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and end a head that grows without end."""
        if self.given_up:
            return
        self.untaken = 0
        if self.body_heard:
            self.body_heard = time.monotonic()
        elif not self.head_began:
            self.head_began = time.monotonic()
        super().data_received(data)
        if self.head_began and self.transport and not self.transport.is_closing():
            self.head_size += len(data)
            if self.head_size > LARGEST_HEAD:
                self._give_up(f"The request's head is longer than {LARGEST_HEAD} bytes.\n")

    def on_headers_complete(self) -> None:
        """Hand the target on untouched, and keep uvicorn from parsing it."""
        self.head_began = 0.0
        self.head_size = 0
        self.body_heard = time.monotonic()
        self.scope[TARGET] = self.url  # type: ignore[typeddict-unknown-key]
        self.url = b"/"
        super().on_headers_complete()
        # The application's task is made, and has not begun.
        self.cycle.scope[ANSWER] = functools.partial(_answer, self.cycle)  # type: ignore[typeddict-unknown-key]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self.answering = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so to the request that is being answered: uvicorn tells only the one sent last."""
        if self.answering is not None:
            self.answering.disconnected = True
            self.answering.message_event.set()
        super().connection_lost(exc)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self.body_heard = 0.0
        super().on_message_complete()

    def _give_up(self, sentence: str) -> None:
        """Say why, and let the client finish sending: a reset would swallow the sentence."""
        self.given_up = True
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
            b"content-type: text/plain; charset=utf-8\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(sentence), sentence.encode())
        )
        self.transport.write_eof()
        self.loop.call_later(_LINGER, self.transport.close)

    def overdue(self, now: float) -> bool:
        """Whether the client keeps us waiting for too long: to be asked at intervals.

        For the rest of its request, or with an answer of which it takes nothing.
        """
        untaken = self.transport.get_write_buffer_size()
        if untaken:
            if not self.untaken or untaken < self.untaken:
                self.untaken, self.untaken_since = untaken, now
            return now - self.untaken_since > SILENCE_TIMEOUT
        self.untaken = 0
        if self.head_began:
            return now - self.head_began > HEAD_TIMEOUT
        if self.body_heard and not self.flow.read_paused:
            return now - self.body_heard > SILENCE_TIMEOUT
        return False


def _answer(
    cycle: RequestResponseCycle,
    status: int,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes,
    close: bool,
) -> bool:
    """Send a whole answer, as `cycle.send` does in two steps; False where that has to wait.

    `headers` are fit to be sent, and say how long the body is where there may be one.
    """
    if cycle.disconnected:
        return True
    if cycle.flow.write_paused:  # the client does not read what it was sent before
        return False
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    if close:
        cycle.keep_alive = False
    content = [STATUS_LINE[status]]
    for name, value in (*cycle.default_headers, *headers):
        content += (name.lower(), b": ", value, b"\r\n")
    content.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    if cycle.scope["method"] != "HEAD":
        content.append(body)
    cycle.transport.write(b"".join(content))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


async def let_go_of_the_silent(state: ServerState) -> None:
    """Let go of the clients that keep us waiting. Runs until it is cancelled."""
    while True:
        await asyncio.sleep(_SWEEP)
        let_go_of_the_overdue(state, time.monotonic())


def let_go_of_the_overdue(state: ServerState, now: float) -> None:
    """End the connections that are overdue at `now`, a time of the monotonic clock."""
    for connection in list(state.connections):
        if isinstance(connection, Connection) and connection.overdue(now):
            connection.transport.abort()  # to close it would wait until its answer is taken
