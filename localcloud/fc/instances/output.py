"""The output pipe of an instance: bytes into lines, each given to the call that wrote it, bounded.

What a handler prints beyond the bounds is read and dropped, and one line says how much: a flood
costs localcloud neither memory nor, as reading pauses between two chunks then, its responsiveness.
"""

import asyncio
import os
from collections.abc import Callable

LONGEST_LINE = 128 * 1024  # bytes; FC's own runtime cuts a line there
MOST_BYTES = 4 * 1024 * 1024  # of one invocation; ours
MOST_LINES = 50_000  # of one invocation; ours
_CHUNK = 64 * 1024
_MOST_CHUNKS_AT_ONCE = 16
_PAUSE = 0.001  # seconds between two chunks of a flood: 64 MB/s at most
_MOST_WAITING = 200  # lines printed while no call runs, kept for the next


class CallOutput:
    """Where one call's lines go, and how much of its bounds is used."""

    __slots__ = ("_write", "cut", "left", "lines_left")

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self.left = MOST_BYTES
        self.lines_left = MOST_LINES
        self.cut = 0

    @property
    def flooded(self) -> bool:
        """Whether something was cut already."""
        return self.cut > 0

    def take(self, line: bytes) -> None:
        """Pass one line on, or count it as cut."""
        if self.lines_left <= 0 or len(line) > self.left:
            self.cut += len(line) + 1
            self.left = 0
            self.lines_left = 0
            return
        self.left -= len(line) + 1
        self.lines_left -= 1
        self._write(line.removesuffix(b"\r").decode("utf-8", "replace"))

    def say(self, line: str) -> None:
        """Write a line that is not the handler's."""
        self._write(line)

    def end(self) -> None:
        """Say what was cut."""
        if self.cut:
            self._write(
                f"localcloud: {self.cut} bytes of output were cut: one invocation keeps "
                f"{MOST_BYTES // (1024 * 1024)} MB in at most {MOST_LINES} lines"
            )


class Output:
    """Reads one instance's pipe; `marked` says that lines carry the serial number of their call."""

    def __init__(self, descriptor: int, marked: bool) -> None:
        self._descriptor = descriptor
        self._marked = marked
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, CallOutput] = {}
        self._begun = b""
        self._cutting = 0  # bytes dropped of a line that is too long
        self._waiting: list[bytes] = []
        self._pause: asyncio.TimerHandle | None = None
        self.closed = False
        os.set_blocking(descriptor, False)
        self._loop.add_reader(descriptor, self._readable)

    def begin(self, serial: int, call: CallOutput) -> None:
        """A call begins: it gets its lines, and what came while none ran."""
        self._calls[serial] = call
        waiting, self._waiting = self._waiting, []
        for line in waiting:
            call.take(line)

    def finish(self, serial: int) -> None:
        """A call ended: read what it has written before, then say what was cut."""
        if serial not in self._calls:
            return
        for _ in range(_MOST_CHUNKS_AT_ONCE):
            if self.closed or not self._read():
                break
        if (self._begun or self._cutting) and len(self._calls) == 1:
            self._line(self._begun)
            self._begun = b""
        self._calls.pop(serial).end()

    def close(self) -> None:
        """Stop reading."""
        if self.closed:
            return
        self.closed = True
        if self._pause is not None:
            self._pause.cancel()
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _readable(self) -> None:
        if not self._read():
            return
        if self._cutting or any(call.flooded for call in self._calls.values()):
            self._loop.remove_reader(self._descriptor)
            self._pause = self._loop.call_later(_PAUSE, self._go_on)

    def _go_on(self) -> None:
        self._pause = None
        if not self.closed:
            self._loop.add_reader(self._descriptor, self._readable)

    def _read(self) -> bool:
        """Read one chunk; False when there was none."""
        try:
            data = os.read(self._descriptor, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            if self._begun or self._cutting:
                self._line(self._begun)
                self._begun = b""
            self.close()
            return False
        lines = (self._begun + data).split(b"\n")
        self._begun = lines.pop()
        for line in lines:
            self._line(line)
        if len(self._begun) > LONGEST_LINE:
            if not self._cutting:
                self._whole(self._begun[:LONGEST_LINE])
            self._cutting += len(self._begun)
            self._begun = b""
        return True

    def _line(self, line: bytes) -> None:
        if self._cutting:
            dropped = self._cutting + len(line) - LONGEST_LINE
            self._cutting = 0
            self._whole(b"localcloud: %d bytes of a long line were cut" % dropped)
        elif len(line) > LONGEST_LINE:
            self._whole(line[:LONGEST_LINE])
            self._whole(
                b"localcloud: %d bytes of a long line were cut" % (len(line) - LONGEST_LINE)
            )
        else:
            self._whole(line)

    def _whole(self, line: bytes) -> None:
        serial = 0
        if self._marked and line.startswith(b"\x1e"):
            mark, found, rest = line[1:].partition(b"\x1f")
            if found and mark.isdigit():
                serial, line = int(mark), rest
        call = self._calls.get(serial)
        if call is None:  # not marked: the output of a process that the handler started
            call = next(iter(self._calls.values()), None)
        if call is not None:
            call.take(line)
        elif len(self._waiting) < _MOST_WAITING:
            self._waiting.append(line)
