"""FC's contract with a Python handler, inside the process of one instance.

https://www.alibabacloud.com/help/en/functioncompute/fc/event-handlers-1-1

Frames on the instance's socket, both ways: four bytes length of what follows, one byte kind, four
bytes serial number of the call, then the body. To the handler: a call, whose body is four bytes
length of its JSON, the JSON and the event. From it: an end, whose body is one byte `END_*`, four
bytes peak memory in kB, and the payload.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import importlib
import json
import logging
import os
import queue
import resource
import socket
import struct
import sys
import threading
import traceback
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import context, loading, logs

INVOKE, INITIALIZE, PRE_STOP, START = 0, 1, 2, 3
_HEADER = struct.Struct("<IBI")
_LENGTH = struct.Struct("<I")
_END = struct.Struct("<BI")
# An answer's limit: what FC takes as a synchronous event, and what its gateway gives back.
MOST_ANSWER = 32 * 1024 * 1024
_KB_OF_MAXRSS = 1 if sys.platform.startswith("linux") else 1024


def serve(link: socket.socket, order: Dict[str, Any]) -> None:
    """Answer calls until localcloud closes the socket; ends the process.

    `order` is the order for the instance; current directory and environment are set already.
    """
    status = 0
    try:
        Instance(link, order).run()
    except SystemExit as leaving:
        status = _status_of(leaving)
    _end_process(status)


def _status_of(leaving: SystemExit) -> int:
    if leaving.code is None:
        return 0
    if isinstance(leaving.code, int):
        return leaving.code & 0xFF
    print(leaving.code, file=sys.stderr)
    return 1


def _end_process(status: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # the handler closed it
            stream.flush()
    os._exit(status)


class Instance:
    """Takes calls from localcloud and runs them: in turn, or on threads where several may run."""

    def __init__(self, link: socket.socket, order: Dict[str, Any]) -> None:
        self._link = link
        self._reader = link.makefile("rb", buffering=65536)
        self._order = order
        self._code = order["code"]
        self._several = order["instance_concurrency"] > 1
        self._current = logs.CurrentCall(self._several)
        self._loaded: Dict[str, Callable[..., Any]] = {}
        self._loading = threading.RLock()
        self._sending = threading.Lock()
        self._peak_reset = -1
        self._prepare()

    def _prepare(self) -> None:
        self._lines = logs.redirect(self._current, self._several)
        sys.argv = [self._code]
        sys.path[:0] = self._order["python_path"]
        importlib.invalidate_caches()
        if "random" in sys.modules:
            sys.modules["random"].seed()
        if not self._several and sys.platform.startswith("linux"):
            self._peak_reset = os.open("/proc/self/clear_refs", os.O_WRONLY)

    def run(self) -> None:
        """Take calls one after another, or hand each to a thread where several may run at once."""
        if not self._several:
            while True:
                call = self._receive()
                if call is None:
                    return
                self._answer(*call)
        waiting: Any = queue.Queue()
        threads = 0
        while True:
            call = self._receive()
            if call is None:
                return
            if threads < self._order["instance_concurrency"]:
                threads += 1
                threading.Thread(target=self._work, args=(waiting,), daemon=True).start()
            waiting.put(call)

    def _work(self, waiting: Any) -> None:
        while True:
            call = waiting.get()
            try:
                self._answer(*call)
            except SystemExit as leaving:
                _end_process(_status_of(leaving))

    def _receive(self) -> Optional[Tuple[int, int, Dict[str, Any], bytes]]:
        head = self._reader.read(_HEADER.size)
        if len(head) < _HEADER.size:
            return None
        length, kind, serial = _HEADER.unpack(head)
        body = self._reader.read(length - 5)
        if len(body) < length - 5:
            return None
        (size,) = _LENGTH.unpack_from(body)
        call = json.loads(body[4 : 4 + size].decode())
        return kind, serial, call, body[4 + size :]

    def _answer(self, kind: int, serial: int, call: Dict[str, Any], event: bytes) -> None:
        if self._peak_reset >= 0:
            os.pwrite(self._peak_reset, b"5", 0)  # VmHWM starts again at what is resident now
        self._current.set(serial, call["request_id"])
        end, payload = self._run(kind, call, event)
        sys.stdout.flush()
        sys.stderr.flush()
        if self._lines is not None:
            self._lines.end(serial)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _KB_OF_MAXRSS
        head = _HEADER.pack(5 + _END.size + len(payload), kind, serial) + _END.pack(end, peak)
        with self._sending:
            self._link.sendall(head + payload)

    def _run(self, kind: int, call: Dict[str, Any], event: bytes) -> Tuple[int, bytes]:
        try:
            credentials = call.get("credentials")
            if credentials:
                os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = credentials[0]
                os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = credentials[1]
                os.environ["ALIBABA_CLOUD_SECURITY_TOKEN"] = credentials[2]
            given = context.make(self._order, call)
            function = self._load(call["handler"])
            if kind != INVOKE:
                function(given)
                return loading.END_ANSWERED, b""
            payload = _serialised(function(event, given))
            if len(payload) > MOST_ANSWER:
                raise ValueError(
                    f"response payload size {len(payload)} exceeds maximum allowed size "
                    f"({MOST_ANSWER} bytes)"
                )
            return loading.END_ANSWERED, payload
        except loading.Failure as failure:
            return failure.end, self._report(failure.kind, str(failure), failure.stack)
        except MemoryError as error:
            stack = loading.stack_of(error, self._code)
            return loading.END_NO_MEMORY, self._report("MemoryError", str(error), stack)
        except Exception as error:  # noqa: BLE001 - what a handler raises is its answer
            return loading.END_RAISED, self._report(
                type(error).__name__, loading.text_of(error), loading.stack_of(error, self._code)
            )
        except BaseException as error:
            if isinstance(error, SystemExit):
                raise
            traceback.print_exc()
            raise SystemExit(1) from None

    def _report(self, kind: str, message: str, stack: List[Any]) -> bytes:
        report = {"errorMessage": message, "errorType": kind, "stackTrace": stack}
        logging.getLogger().error("%s", report)
        return json.dumps(report).encode()

    def _load(self, name: str) -> Callable[..., Any]:
        function = self._loaded.get(name)
        if function is None:
            with self._loading:
                function = self._loaded.get(name) or loading.load(name, self._code)
                self._loaded[name] = function
        return function


def _serialised(result: Any) -> bytes:
    """What the caller gets: bytes as they are, str as UTF-8, anything else (also None) as JSON."""
    if isinstance(result, bytes):
        return result
    if isinstance(result, str):
        return result.encode()
    return json.dumps(result).encode()
