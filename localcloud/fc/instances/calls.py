"""Calls of one instance: what they are, and their frames on its socket (see runtime/handler.py)."""

import asyncio
import enum
import json
import socket
import struct
import time
from collections.abc import Callable

from localcloud.fc.instances.invocation import Ending, Invocation, Outcome
from localcloud.fc.instances.output import CallOutput

_HEADER = struct.Struct("<IBI")
_LENGTH = struct.Struct("<I")
_END = struct.Struct("<BI")
_CHUNK = 256 * 1024
_MOST_FRAME = 64 * 1024 * 1024  # more than a runtime sends: only a handler that meddles does


class Kind(enum.IntEnum):
    """What is called, by the numbers in frames."""

    INVOKE = 0
    INITIALIZE = 1
    PRE_STOP = 2
    START = 3  # returns when node, or a custom runtime's server, is up


LOG_NAMES = {Kind.INITIALIZE: "Initialize", Kind.PRE_STOP: "PreStop"}
"""FC's names in start and end lines. The lines of Invoke are written by whoever asked for it."""

END_NO_MEMORY = 4

ENDINGS = {
    0: Ending.ANSWERED,
    1: Ending.RAISED,
    2: Ending.NO_HANDLER,
    3: Ending.BAD_CODE,
    5: Ending.HANDLED,
}
"""What the numbers of an end frame mean, but for `END_NO_MEMORY`."""


class Call:
    """One call under way: `settled` gets its outcome. `timeout` in seconds."""

    __slots__ = ("began", "invocation", "kind", "output", "settled", "timeout", "timer")

    def __init__(self, kind: Kind, invocation: Invocation, timeout: int) -> None:
        self.kind = kind
        self.invocation = invocation
        self.timeout = timeout
        self.output = CallOutput(invocation.write_log)
        self.began = time.monotonic()
        self.settled: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None


class CallSocket:
    """Frames over the instance's socket.

    `answered` gets serial number, how it ended, peak memory in kB and payload of each end frame;
    `broken` is told when what comes is no frame.
    """

    def __init__(
        self,
        ours: socket.socket,
        answered: Callable[[int, int, int, bytes], None],
        broken: Callable[[], None],
    ) -> None:
        self._socket = ours
        self._answered = answered
        self._broken = broken
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._unsent = bytearray()
        ours.setblocking(False)
        self._loop.add_reader(ours, self.read)

    def send(self, serial: int, call: Call, handler: str, event: bytes) -> None:
        """Send one call. Never waits: what the socket does not take now follows later."""
        invocation = call.invocation
        document: dict[str, object] = {
            "request_id": invocation.request_id,
            "handler": handler,
            "qualifier": invocation.qualifier,
        }
        if credentials := invocation.credentials:
            document["credentials"] = (
                credentials.access_key_id,
                credentials.access_key_secret,
                credentials.security_token,
            )
        if call.kind is Kind.START:
            document["timeout"] = call.timeout
        said = json.dumps(document).encode()
        length = 5 + _LENGTH.size + len(said) + len(event)
        head = _HEADER.pack(length, call.kind, serial) + _LENGTH.pack(len(said))
        self._put(b"".join((head, said, event)))

    def read(self) -> bool:
        """Take one chunk of what has come; False when there was none."""
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self._loop.remove_reader(self._socket)
            return False
        received = self._received
        received += data
        while len(received) >= _HEADER.size:
            length, _, serial = _HEADER.unpack_from(received)
            if not 5 + _END.size <= length <= _MOST_FRAME:
                received.clear()
                self._broken()
                break
            end = 4 + length
            if len(received) < end:
                break
            how, peak = _END.unpack_from(received, _HEADER.size)
            payload = bytes(memoryview(received)[_HEADER.size + _END.size : end])
            del received[:end]
            self._answered(serial, how, peak, payload)
        return True

    def close(self) -> None:
        """Stop reading and writing."""
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._socket.close()

    def _put(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # its process has ended: the keeper says so
        if sent < len(data):
            self._unsent += memoryview(data)[sent:]
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            sent = self._socket.send(memoryview(self._unsent)[:_CHUNK])
        except BlockingIOError:
            return
        except OSError:
            sent = len(self._unsent)
        del self._unsent[:sent]
        if not self._unsent:
            self._loop.remove_writer(self._socket)
