"""What a handler prints and logs: standard output with marks, and FC's form of log lines.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import io
import logging
import os
import sys
import threading
import time
from typing import Any, Dict, List, Optional, Tuple

try:
    from contextvars import ContextVar
except ImportError:  # Python 3.6: every call has a thread of its own there, which does as well
    ContextVar = None  # type: ignore


class CurrentCall:
    """Which call the code that runs now belongs to."""

    def __init__(self, own_threads: bool) -> None:
        self._one = (0, "")
        self._local: Any = None
        self._variable: Any = None
        if own_threads:
            if ContextVar is None:
                self._local = threading.local()
            else:
                self._variable = ContextVar("call", default=(0, ""))

    def set(self, serial: int, request_id: str) -> None:
        """What runs in this thread (and context) from now on belongs to this call."""
        call = (serial, request_id)
        if self._variable is not None:
            self._variable.set(call)
        elif self._local is not None:
            self._local.call = call
        self._one = call

    def get(self) -> Tuple[int, str]:
        """Serial number and request id; 0 and "" outside of every call."""
        if self._variable is not None:
            return self._variable.get()
        if self._local is not None:
            return getattr(self._local, "call", (0, ""))
        return self._one


class Lines(io.RawIOBase):
    """Standard output of an instance that runs several calls at once: whole lines, each marked.

    A mark is 0x1E, the call's serial number and 0x1F in front of the line. What a call writes
    without a line end waits until the rest comes or the call ends.
    """

    def __init__(self, descriptor: int, current: CurrentCall) -> None:
        io.RawIOBase.__init__(self)
        self._descriptor = descriptor
        self._current = current
        self._begun: Dict[int, bytes] = {}
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """For `io`."""
        return True

    def fileno(self) -> int:
        """For `subprocess` and others that write beside this stream."""
        return self._descriptor

    def write(self, data: Any) -> int:
        """Write the whole lines of `data` marked; keep the rest."""
        serial = self._current.get()[0]
        with self._lock:
            lines = (self._begun.pop(serial, b"") + bytes(data)).split(b"\n")
            if lines[-1]:
                self._begun[serial] = lines[-1]
            self._put(serial, lines[:-1])
        return len(data)

    def end(self, serial: int) -> None:
        """Write what a call left without a line end."""
        with self._lock:
            rest = self._begun.pop(serial, b"")
            if rest:
                self._put(serial, [rest])

    def _put(self, serial: int, lines: List[bytes]) -> None:
        mark = b"\x1e%d\x1f" % serial if serial else b""
        data = b"".join(mark + line + b"\n" for line in lines)
        while data:
            data = data[os.write(self._descriptor, data) :]


class _Formatter(logging.Formatter):
    """FC's form of a log line: UTC time, request id, level, message."""

    def __init__(self, current: CurrentCall) -> None:
        logging.Formatter.__init__(
            self, "%(fc_time)s %(fc_request_id)s [%(levelname)s] %(message)s"
        )
        self._current = current

    def format(self, record: logging.LogRecord) -> str:
        seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        record.fc_time = f"{seconds}.{int(record.msecs):03d}Z"
        record.fc_request_id = self._current.get()[1]
        return logging.Formatter.format(self, record)


class _Output(logging.Handler):
    """Writes to what `sys.stdout` is when a record comes, so that redirecting it works."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as FC's line; what cannot be formatted is reported by `logging`."""
        try:
            sys.stdout.write(self.format(record) + "\n")
            sys.stdout.flush()
        except Exception:  # noqa: BLE001 - as every handler of `logging` does
            self.handleError(record)


def redirect(current: CurrentCall, marked: bool) -> Optional[Lines]:
    """Point `sys.stdout`, `sys.stderr` and the root logger at descriptor 1.

    Gives the raw stream where lines are marked, so that a call's last line can be ended.
    """
    lines = Lines(1, current) if marked else None
    if lines is not None:  # nothing may wait where calls meet: a line's beginning is its call's
        buffer: Any = lines
    else:
        buffer = io.BufferedWriter(io.FileIO(1, "wb", closefd=False))
    sys.stdout = sys.stderr = io.TextIOWrapper(
        buffer, "utf-8", errors="backslashreplace", line_buffering=True, write_through=marked
    )
    output = _Output()
    output.setFormatter(_Formatter(current))
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(logging.INFO)
    return lines
