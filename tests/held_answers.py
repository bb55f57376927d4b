"""A wire between a client and localcloud that holds one answer back: the request took effect, and
its sender never hears of it."""

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO

Holds = Callable[[str, bytes], bool]


@dataclass
class Wire:
    """A port that leads to localcloud. `held` is set once an answer is held back."""

    port: int
    holds: Holds
    held: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def carry(self, client: socket.socket, upstream_port: int) -> None:
        """Carry requests and answers over until either side ends."""
        with (
            suppress(ConnectionError),
            client,
            socket.create_connection(("127.0.0.1", upstream_port)) as upstream,
            client.makefile("rb") as asked,
            upstream.makefile("rb") as answered,
        ):
            while request := _message(asked, answers_head=False):
                upstream.sendall(b"".join(request))
                answer = _message(answered, answers_head=request[0].startswith(b"HEAD "))
                if not answer:  # localcloud was killed: the client hears that, as without a wire
                    return
                line = request[0].split(b"\r\n", 1)[0].decode()
                if not self.held.is_set() and self.holds(line, request[1]):
                    self.held.set()
                    self.released.wait()
                    return
                client.sendall(b"".join(answer))


def _message(stream: BinaryIO, *, answers_head: bool) -> tuple[bytes, bytes] | tuple[()]:
    """One HTTP message as it came, head and body; () at the end of the stream."""
    lines: list[bytes] = []
    while (line := stream.readline()) not in (b"\r\n", b""):
        lines.append(line)
    if not lines:
        return ()
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (entry.partition(b":") for entry in lines[1:])
    }
    head = b"".join(lines) + b"\r\n"
    if answers_head:
        return head, b""
    if fields.get(b"transfer-encoding") == b"chunked":
        return head, _chunks(stream)
    return head, stream.read(int(fields.get(b"content-length", b"0")))


def _chunks(stream: BinaryIO) -> bytes:
    read: list[bytes] = []
    while True:
        size = stream.readline()
        read.append(size + stream.read(int(size, 16) + 2))
        if int(size, 16) == 0:
            return b"".join(read)


@contextmanager
def wire_to(upstream_port: int, holds: Holds) -> Generator[Wire]:
    """A wire to the localcloud on `upstream_port` that holds back the first answer to a request of
    which `holds(request line, body)` is true."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        wire = Wire(listening.getsockname()[1], holds)

        def accept() -> None:
            with suppress(OSError):  # the end: the listening socket is shut
                while True:
                    client, _ = listening.accept()
                    threading.Thread(
                        target=wire.carry, args=(client, upstream_port), daemon=True
                    ).start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield wire
        finally:
            wire.released.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()
