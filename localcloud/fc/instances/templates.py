"""localcloud's end of a template process: started when first needed, started again when it died."""

import asyncio
import errno
import json
import logging
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_START = Path(__file__).parent / "runtime" / "start.py"
_HEADER = struct.Struct("<I")
_NO_PROGRAM = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ENOEXEC, errno.ELOOP)
PATIENCE = 5.0  # seconds for a template to do what it was told, which takes milliseconds
_SECOND_PATIENCE = 1.0  # seconds more when it was stopped, and was told to go on
_LAST_PATIENCE = 60.0  # seconds more for one that is not stopped: a disk may be that slow


class TemplateGone(Exception):
    """The template process ended before it took an order, or was ended as it took none."""


class CannotStart(Exception):
    """The interpreter is no program that can be started (any more); the text says why."""


class Template:
    """One interpreter's template. Use it from one event loop."""

    def __init__(self, interpreter: str) -> None:
        self._interpreter = interpreter
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._ended = False  # its end of the socket has been closed
        self._urged: tuple[int, int] = (0, 0)  # process and signal
        self._ordering = asyncio.Lock()
        self._heard = b""
        self._sweeps: dict[str, asyncio.Future[None]] = {}

    @property
    def process_id(self) -> int | None:
        """The process id while a template is running."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the process, unless it is running. Raises CannotStart."""
        async with self._ordering:
            await self._running()

    async def order(self, order: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Hand over an order; the caller keeps its own descriptors and may close them afterwards.

        Starts the template where there is none. Raises CannotStart, and TemplateGone when it ended
        meanwhile, or did not take the order in time.
        """
        body = json.dumps(order).encode()
        async with self._ordering:
            control = await self._running()
            sending = asyncio.ensure_future(
                _send(control, memoryview(_HEADER.pack(len(body)) + body), list(descriptors))
            )
            try:
                await self.expect(sending)
            except OSError as error:
                await self._forget()
                raise TemplateGone(str(error)) from error

    async def expect(self, done: "asyncio.Future[None]") -> None:
        """Wait for what follows from an order; raises what that raises.

        A template that does nothing for `PATIENCE` seconds may have been stopped (by a handler,
        say), and is told to go on. One that is stopped again after that is killed, and the next
        order starts another; one that is only slow is waited for, up to `_LAST_PATIENCE` seconds.
        Raises TemplateGone, with `done` cancelled.
        """
        process = self._process
        try:
            if await _happens(done, PATIENCE):
                return
            self._urge(process, signal.SIGCONT, "told to go on")
            latest = time.monotonic() + _LAST_PATIENCE
            while True:
                if await _happens(done, _SECOND_PATIENCE):
                    return
                slow = process is not None and process.poll() is None and not _stopped(process.pid)
                if not slow or time.monotonic() > latest:
                    break
            self._urge(process, signal.SIGKILL, "killed")
            if process is not None:
                await asyncio.to_thread(process.wait)
                self._ended = self._ended or process is self._process
            raise TemplateGone("it did nothing, and was killed")
        finally:
            done.cancel()

    def _urge(
        self, process: "subprocess.Popen[bytes] | None", number: signal.Signals, told: str
    ) -> None:
        if process is None or process.poll() is not None:
            return
        if self._urged != (process.pid, number):  # once for all who wait
            self._urged = process.pid, number
            log.warning("the template process of %s does nothing: %s", self._interpreter, told)
        process.send_signal(number)

    async def sweep(self, instance_id: str) -> None:
        """Return when nothing is left of an instance whose keeper was killed."""
        swept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sweeps[instance_id] = swept
        try:
            await self.order({"sweep": instance_id})
            await self.expect(swept)
        except TemplateGone:
            pass  # with the template gone too, the kernel's parent-death signal is all there was
        finally:
            del self._sweeps[instance_id]

    async def stop(self) -> None:
        """End the template process and wait for its end."""
        async with self._ordering:
            await self._forget()

    async def _running(self) -> socket.socket:
        if self._control is not None and not self._ended:
            return self._control
        await self._forget()
        return self._start()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [self._interpreter, "-I", "-S", str(_START), str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                    start_new_session=True,  # Ctrl-C at localcloud's terminal is not for it
                )
            except OSError as error:
                ours.close()
                if error.errno in _NO_PROGRAM:
                    raise CannotStart(f"{self._interpreter}: {error.strerror}") from error
                raise
        ours.setblocking(False)
        self._control = ours
        self._ended = False
        self._heard = b""
        asyncio.get_running_loop().add_reader(ours, self._hear)
        return ours

    def _hear(self) -> None:
        assert self._control is not None  # noqa: S101 - the reader is removed with the socket
        try:
            said = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            # an order may be under way, which finds out and closes the socket, or the next one does
            asyncio.get_running_loop().remove_reader(self._control)
            self._ended = True
            return
        self._heard += said
        while len(self._heard) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._heard)
            end = _HEADER.size + length
            if len(self._heard) < end:
                return
            answer = json.loads(self._heard[_HEADER.size : end])
            self._heard = self._heard[end:]
            swept = self._sweeps.get(answer["swept"])
            if swept is not None and not swept.done():
                swept.set_result(None)

    async def _forget(self) -> None:
        if self._control is not None:
            asyncio.get_running_loop().remove_reader(self._control)
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)  # one that was stopped ends, too
        try:
            await asyncio.to_thread(process.wait, PATIENCE)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(process.wait)


class Templates:
    """One template for each interpreter that is in use."""

    def __init__(self) -> None:
        self._templates: dict[str, Template] = {}

    def of(self, interpreter: str) -> Template:
        """The template of the interpreter with this path; its process starts when it is needed."""
        template = self._templates.get(interpreter)
        if template is None:
            template = self._templates[interpreter] = Template(interpreter)
        return template

    def processes(self) -> set[int]:
        """The process ids of those that run."""
        return {pid for one in self._templates.values() if (pid := one.process_id) is not None}

    async def stop(self) -> None:
        """End them all, and wait for their ends."""
        await asyncio.gather(*(template.stop() for template in self._templates.values()))
        self._templates.clear()


async def _send(control: socket.socket, data: memoryview, descriptors: list[int]) -> None:
    sent = await _send_with(control, data, descriptors)
    if sent < len(data):
        await asyncio.get_running_loop().sock_sendall(control, data[sent:])


async def _send_with(control: socket.socket, data: memoryview, descriptors: list[int]) -> int:
    while True:
        try:
            return socket.send_fds(control, [data], descriptors)
        except BlockingIOError:  # the template is behind with its orders
            loop = asyncio.get_running_loop()
            writable: asyncio.Future[None] = loop.create_future()
            loop.add_writer(control, _set, writable)
            try:
                await writable
            finally:
                loop.remove_writer(control)


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _stopped(pid: int) -> bool:
    """Whether a process is stopped; False where there is no /proc to tell it (macOS)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes()  # proc(5)
    except OSError:
        return False
    return status.rpartition(b")")[2].split()[0] in (b"T", b"t")


async def _happens(done: "asyncio.Future[None]", seconds: float) -> bool:
    """Whether it is done within so many seconds; raises what it raises."""
    await asyncio.wait([done], timeout=seconds)
    if done.done():
        done.result()
    return done.done()
