"""Function Compute requests signed ahead of time, and connections that send them without pause.

Signing with the official SDK costs the client more than the server needs to answer: a benchmark of
the server signs before the clock runs, and then only writes bytes and waits for answers.
"""

import asyncio
import base64
import hmac
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from email.utils import formatdate
from typing import cast

KEY = "localcloud"


def signed(
    method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of one request, ROA signature version 1.0. `target` needs no percent-encoding."""
    given = {
        "date": formatdate(usegmt=True),
        "x-acs-signature-nonce": secrets.token_hex(16),
        **(headers or {}),
    }
    acs = "".join(f"{name}:{given[name]}\n" for name in sorted(given) if name.startswith("x-acs-"))
    path, mark, query = target.partition("?")
    resource = path + mark + "&".join(sorted(query.split("&")))
    text = f"{method}\n\n\n\n{given['date']}\n{acs}{resource}"
    signature = base64.b64encode(hmac.digest(KEY.encode(), text.encode(), "sha1")).decode()
    given |= {
        "host": "127.0.0.1",
        "authorization": f"acs {KEY}:{signature}",
        "content-length": str(len(body)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + body


class _Client(asyncio.Protocol):
    """One connection: sends the next request when the answer before is whole."""

    def __init__(self, requests: Iterator[bytes], expected: bytes, taken: list[float]) -> None:
        self.requests = requests
        self.expected = expected
        self.taken = taken
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.began = 0.0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's derive from no class
        self.next()

    def next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.transport.close()
            if not self.done.done():
                self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(rest) < length:
            return
        self.taken.append(time.perf_counter() - self.began)
        self.buffer = rest[length:]
        if not head.startswith(b"HTTP/1.1 " + self.expected):
            self.done.set_exception(RuntimeError(f"{head.decode()}\n{rest[:2000].decode()}"))
            self.transport.close()
            return
        self.next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))


async def send_all(
    port: int, requests: Sequence[bytes], connections: int, expected: bytes = b"202"
) -> tuple[float, list[float]]:
    """Send them over so many connections; seconds for all of them, and seconds for each.

    Raises RuntimeError with the answer where its status is not the expected one.
    """
    taken: list[float] = []
    remaining = iter(requests)
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = [
        (
            await loop.create_connection(
                lambda: _Client(remaining, expected, taken), "127.0.0.1", port
            )
        )[1]
        for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), 300)
    return time.perf_counter() - began, taken
