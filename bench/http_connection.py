"""One HTTP connection of a benchmark's client: it sends bytes and awaits whole answers.

The same for every server that is measured, so that its own cost, which shares the machine's cores
with the server, is the same too.
"""

import asyncio
from typing import cast


class HttpConnection:
    """A connection that is opened again where the server closes it after an answer."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._link: _Link | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; the answer's status and body."""
        if self._link is None or self._link.closed:
            loop = asyncio.get_running_loop()
            _, self._link = await loop.create_connection(_Link, "127.0.0.1", self._port)
        return await self._link.ask(request)

    def close(self) -> None:
        """Be done with it."""
        if self._link is not None:
            self._link.transport.close()


class _Link(asyncio.Protocol):
    """One TCP connection."""

    transport: asyncio.Transport
    closed = False

    def __init__(self) -> None:
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's derive from no class

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        lower = head.lower()
        length = int(lower.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self._buffer = b""
        if b"connection: close" in lower:
            self.closed = True
            self.transport.close()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result((int(head[9:12]), rest))

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("the server closed the connection"))
