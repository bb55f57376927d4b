"""One instance as localcloud sees it: a socket for calls, a link to its keeper, its output pipe."""

import asyncio
import contextlib
import json
import math
import os
import secrets
import shutil
import signal
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.fc.instances import failures
from localcloud.fc.instances.invocation import (
    Credentials,
    Ending,
    InstanceSpec,
    Invocation,
    Outcome,
)
from localcloud.fc.instances.output import CallOutput, Output
from localcloud.fc.instances.templates import Template

INVOKE, INITIALIZE, PRE_STOP = 0, 1, 2
_NAMES = {INVOKE: "Invoke", INITIALIZE: "Initialize", PRE_STOP: "PreStop"}
_ENDINGS = (Ending.ANSWERED, Ending.HANDLED, Ending.NO_HANDLER, Ending.BAD_CODE)
_END_NO_MEMORY = 4
_HEADER = struct.Struct("<IBI")
_LENGTH = struct.Struct("<I")
_END = struct.Struct("<BI")
_CHUNK = 256 * 1024
_MOST_FRAME = 64 * 1024 * 1024  # more than the runtime sends: only a handler that meddles does
_QUICK = 0.01  # seconds; a call that ends sooner is measured by its own process alone
_PATIENCE = 3  # seconds for a keeper to say that all is gone; then it is killed itself
_SPARED = "the instance was ended because another invocation in it {}"


class StartFailed(Exception):
    """The template ended before it had made the instance."""


class _Call:
    """One call under way: `settled` gets its outcome."""

    __slots__ = ("began", "invocation", "kind", "output", "settled", "timeout", "timer")

    def __init__(self, kind: int, invocation: Invocation, timeout: int) -> None:
        self.kind = kind
        self.invocation = invocation
        self.timeout = timeout
        self.output = CallOutput(invocation.write_log)
        self.began = time.monotonic()
        self.settled: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None


class Instance:
    """Runs calls of one spec until it ends. `ended` is called once, when nothing of it is left."""

    def __init__(
        self,
        spec: InstanceSpec,
        template: Template,
        folder: Path,
        ended: Callable[["Instance"], None],
    ) -> None:
        self.spec = spec
        self.instance_id = f"c-{int(time.time()):08x}-{secrets.token_hex(10)}"
        self.temporary = folder / self.instance_id
        self.retiring = False
        self.started = False
        self.saying_goodbye = False
        self.credentials: Credentials | None = None
        self.reserved = 0  # invocations that have a place here, or wait for it to be opened
        self.opened: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.idle_since = time.monotonic()
        self._template = template
        self._ended = ended
        self._loop = asyncio.get_running_loop()
        self._calls: dict[int, _Call] = {}
        self._serial = 0
        self._socket: socket.socket
        self._link: socket.socket
        self._output: Output
        self._received = bytearray()
        self._unsent = bytearray()
        self._heard = b""
        self._keeper = 0
        self._peak = 0  # kB, as the keeper tells it
        self._watch = 0  # counts watches, so that a late message is not taken for the next call's
        self._watching = False
        self._why: Ending | None = None
        self._culprit: _Call | None = None
        self._reason = ""
        self._exit_status: int | None = None
        self._rescue: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self.gone: asyncio.Future[None] = self._loop.create_future()

    @property
    def usable(self) -> bool:
        """Whether it is neither ending nor to be ended."""
        return not self.retiring and self._why is None and not self.gone.done()

    @property
    def ending(self) -> bool:
        """Whether it is being killed, or gone."""
        return self._why is not None or self.gone.done()

    @property
    def accepts(self) -> bool:
        """Whether it has a place for one more invocation."""
        return self.usable and self.reserved < self.spec.instance_concurrency

    async def start(self, order: dict[str, Any]) -> None:
        """Have the template make it. Raises TemplateGone when there is no template to ask."""
        self.temporary.mkdir(parents=True)
        self._socket, their_socket = socket.socketpair()
        self._link, their_link = socket.socketpair()
        read_end, write_end = os.pipe()
        try:
            await self._template.order(
                order, (their_socket.fileno(), their_link.fileno(), write_end)
            )
        except BaseException:
            self._socket.close()
            self._link.close()
            os.close(read_end)
            shutil.rmtree(self.temporary, ignore_errors=True)
            raise
        finally:
            their_socket.close()
            their_link.close()
            os.close(write_end)
        self._socket.setblocking(False)
        self._link.setblocking(False)
        self._output = Output(read_end, self.spec.instance_concurrency > 1)
        self._loop.add_reader(self._socket, self._readable)
        self._loop.add_reader(self._link, self._hear)
        self.started = True

    async def call(
        self, kind: int, invocation: Invocation, handler: str, timeout: int, event: bytes = b""
    ) -> Outcome:
        """Run one call and return how it ended, with every line of it written. `timeout` in s.

        A call that is cancelled takes its instance with it. Raises StartFailed.
        """
        self._serial += 1
        serial = self._serial
        call = _Call(kind, invocation, timeout)
        self._calls[serial] = call
        self._output.begin(serial, call.output)
        call.output.say(f"FC {_NAMES[kind]} Start RequestId: {invocation.request_id}")
        credentials = self.credentials = invocation.credentials
        said = json.dumps(
            {
                "request_id": invocation.request_id,
                "handler": handler,
                "qualifier": invocation.qualifier,
                "credentials": credentials
                and (
                    credentials.access_key_id,
                    credentials.access_key_secret,
                    credentials.security_token,
                ),
            }
        ).encode()
        length = 5 + _LENGTH.size + len(said) + len(event)
        self._send(
            b"".join((_HEADER.pack(length, kind, serial), _LENGTH.pack(len(said)), said, event))
        )
        call.timer = self._loop.call_later(_QUICK, self._not_quick, call)
        try:
            return await call.settled
        except asyncio.CancelledError:
            self.end(Ending.STOPPED, call)
            raise

    def end(self, why: Ending, culprit: _Call | None = None, reason: str = "") -> None:
        """Kill all of it. Calls under way end as `why`; with a culprit, the others as NO_INSTANCE.

        `gone` is done when no process of it is left.
        """
        if self._why is not None or self.gone.done():
            return
        self._why = why
        if not self.started:
            return
        self._culprit = culprit
        self._reason = reason
        self._tell(b"kill\n")
        self._rescue = self._loop.call_later(_PATIENCE, self._end_keeper)

    def stop(self, request_id: str) -> bool:
        """Kill it for the sake of one invocation; False when that is not under way here."""
        for call in self._calls.values():
            if call.invocation.request_id == request_id:
                self.end(Ending.STOPPED, call)
                return True
        return False

    def settle(self) -> None:
        """Have the keeper look for processes that were left behind; for an idle instance."""
        self._tell(b"unwatch\n")

    # What the handler's process says.

    def _send(self, data: bytes) -> None:
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

    def _readable(self) -> bool:
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
            if length > _MOST_FRAME or length < 5 + _END.size:
                self.end(Ending.EXITED, reason="the instance's socket was written to by others")
                received.clear()
                break
            end = 4 + length
            if len(received) < end:
                break
            how, peak = _END.unpack_from(received, _HEADER.size)
            payload = bytes(memoryview(received)[_HEADER.size + _END.size : end])
            del received[:end]
            self._answered(serial, how, peak, payload)
        return True

    def _answered(self, serial: int, how: int, peak: int, payload: bytes) -> None:
        call = self._calls.get(serial)
        if call is None:
            return
        self._peak = max(self._peak, peak)
        if self._why is not None:
            return  # it is being killed: the outcome is settled when all is gone
        if how == _END_NO_MEMORY or self._peak > self.spec.memory_size * 1024:
            self.end(Ending.OUT_OF_MEMORY)  # FC's kernel would have killed it at that moment
            return
        ending = _ENDINGS[how] if how < len(_ENDINGS) else Ending.EXITED
        self._settle(serial, call, ending, payload)
        if not self._calls:
            self._rest()

    # What the keeper says.

    def _tell(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # it has gone: the end of its link says so
            self._link.send(line)

    def _hear(self) -> None:
        try:
            said = self._link.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._loop.remove_reader(self._link)
            self._link_closed()
            return
        *lines, self._heard = (self._heard + said).split(b"\n")
        for line in lines:
            word, *numbers = line.split()
            self._take(word, [int(number) for number in numbers])

    def _take(self, word: bytes, numbers: list[int]) -> None:
        if word == b"here":
            self._keeper = numbers[0]
        elif word == b"peak":
            if numbers[0] == self._watch:
                self._peak = max(self._peak, numbers[1])
        elif word == b"memory":
            self._peak = max(self._peak, numbers[0])
            self._note_end(Ending.OUT_OF_MEMORY)
        elif word == b"processes":
            self._note_end(Ending.EXITED, f"it had {numbers[0]} processes at once")
        elif word == b"exited":
            self._exit_status = numbers[0]
            self._peak = max(self._peak, numbers[1])
            self._note_end(Ending.EXITED)
        elif word == b"gone":
            self._peak = max(self._peak, numbers[0])
            self._all_gone()

    def _note_end(self, why: Ending, reason: str = "") -> None:
        if self._why is None:
            self._why = why
            self._reason = reason
            self._rescue = self._loop.call_later(_PATIENCE, self._end_keeper)

    def _link_closed(self) -> None:
        if self.gone.done():
            return
        if not self._keeper:  # the template ended before it forked
            self._fail_start()
            return
        self._note_end(Ending.EXITED, "its keeper was killed")
        self._sweeping = self._loop.create_task(self._sweep())

    async def _sweep(self) -> None:
        await self._template.sweep(self.instance_id)
        self._all_gone()

    def _end_keeper(self) -> None:
        """The keeper does not answer (it was stopped, say): the template ends what it kept."""
        if self._keeper and not self.gone.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._keeper, signal.SIGKILL)

    # Ends of calls.

    def _not_quick(self, call: _Call) -> None:
        if not self._watching:
            self._watching = True
            self._watch += 1
            self._tell(b"watch %d\n" % self._watch)
        left = call.began + call.timeout - time.monotonic()
        call.timer = self._loop.call_later(max(0, left), self._overdue, call)

    def _overdue(self, call: _Call) -> None:
        self.end(Ending.TIMED_OUT, call)

    def _rest(self) -> None:
        """No call is under way any more."""
        self.idle_since = time.monotonic()
        self._peak = 0
        if self._watching:
            self._watching = False
            self._tell(b"unwatch\n")

    def _settle(self, serial: int, call: _Call, ending: Ending, payload: bytes | None) -> None:
        if call.timer is not None:
            call.timer.cancel()
        self._output.finish(serial)
        del self._calls[serial]
        if call.settled.done():
            return  # cancelled meanwhile
        took = (time.monotonic() - call.began) * 1000
        peak = self._peak / 1024
        if payload is None:
            payload = self._failure(call, ending, took, peak)
        self._report(call, ending, payload, took, peak)
        call.settled.set_result(Outcome(ending, payload, round(took), peak, self.instance_id))

    def _failure(self, call: _Call, ending: Ending, took: float, peak: float) -> bytes:
        if ending is Ending.TIMED_OUT and call.kind == INITIALIZE:
            return failures.initializer_timed_out(call.timeout, peak)
        if ending is Ending.TIMED_OUT:
            return failures.timed_out(call.timeout, peak)
        if ending is Ending.OUT_OF_MEMORY:
            return failures.out_of_memory(round(took), peak)
        if ending is Ending.STOPPED:
            return failures.stopped()
        if ending is Ending.NO_INSTANCE:
            return failures.no_instance(self._reason)
        return failures.exited(round(took), peak)

    def _report(
        self, call: _Call, ending: Ending, payload: bytes, took: float, peak: float
    ) -> None:
        """FC's last lines of a call, after one of ours on what its message leaves out."""
        say = call.output.say
        size = self.spec.memory_size
        if ending is Ending.OUT_OF_MEMORY:
            did = "used" if peak > size else "asked for more memory at once than it may, holding"
            say(
                f"localcloud: the instance was ended because it {did} {peak:.2f} MB; "
                f"its memorySize is {size} MB"
            )
        elif ending is Ending.EXITED:
            say(f"localcloud: the instance ended: {self._reason or self._exit()}")
        error = ""
        if ending in (Ending.HANDLED, Ending.NO_HANDLER, Ending.BAD_CODE):
            error = ", Error: Unhandled function error"
        elif ending is not Ending.ANSWERED:
            error = f", Error: {json.loads(payload)['errorMessage']}"
        say(f"FC {_NAMES[call.kind]} End RequestId: {call.invocation.request_id}{error}")
        if call.kind == INVOKE:
            say(
                f"Duration: {took:.2f} ms, Billed Duration: {math.ceil(took)} ms, "
                f"Memory Size: {size} MB, Max Memory Used: {peak:.2f} MB"
            )

    def _exit(self) -> str:
        status = self._exit_status
        if status is None:
            return "its process is gone"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            return f"its process was killed by signal {number} ({signal.strsignal(number)})"
        return f"its process ended with exit status {os.WEXITSTATUS(status)}"

    def _all_gone(self) -> None:
        if self.gone.done():
            return
        while self._readable():
            pass
        why = self._why or Ending.EXITED
        for serial, call in list(self._calls.items()):
            if self._culprit is not None and call is not self._culprit:
                did = "timed out" if why is Ending.TIMED_OUT else "was stopped"
                self._reason = _SPARED.format(did)
                self._settle(serial, call, Ending.NO_INSTANCE, None)
            else:
                self._settle(serial, call, why, None)
        self._release()

    def _fail_start(self) -> None:
        for call in self._calls.values():
            if call.timer is not None:
                call.timer.cancel()
            if not call.settled.done():
                call.settled.set_exception(StartFailed("the template ended"))
        self._calls.clear()
        self._release()

    def _release(self) -> None:
        if self._rescue is not None:
            self._rescue.cancel()
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)
        self._loop.remove_reader(self._link)
        self._socket.close()
        self._link.close()
        self._output.close()
        shutil.rmtree(self.temporary, ignore_errors=True)
        if not self.opened.done():
            self.opened.set_result(False)
        self.gone.set_result(None)
        self._ended(self)
