"""One instance as localcloud sees it: the calls under way in it, and how it ends."""

import asyncio
import contextlib
import os
import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.fc.instances import call_ends
from localcloud.fc.instances.calls import (
    END_NO_MEMORY,
    ENDINGS,
    LOG_NAMES,
    Call,
    CallSocket,
    Kind,
)
from localcloud.fc.instances.invocation import (
    Credentials,
    Ending,
    InstanceSpec,
    Invocation,
    Outcome,
)
from localcloud.fc.instances.keepers import Keeper
from localcloud.fc.instances.output import Output
from localcloud.fc.instances.templates import Template
from localcloud.removal import remove_or_warn

_QUICK = 0.01  # seconds; a call that ends sooner is measured by its own process alone
SPARED = "the instance was ended because another invocation in it {}"


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
        self._calls: dict[int, Call] = {}
        self._serial = 0
        self._socket: CallSocket
        self._keeper: Keeper
        self._output: Output
        self._why: Ending | None = None
        self._culprit: Call | None = None
        self._reason = ""
        self._released = False
        self._removing: asyncio.Task[None] | None = None
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
        """Have the template make it; returns when its keeper is there.

        Raises CannotStart, TemplateGone and StartFailed where there is no template, or it ended
        before or meanwhile or does nothing, and OSError where the disk is full, say. Nothing is
        left of it then.
        """
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            ours.callback(self.discard)
            self.temporary.mkdir(parents=True)
            sockets, links = _pair(ours, theirs), _pair(ours, theirs)
            read_end, write_end = os.pipe()
            ours.callback(os.close, read_end)
            theirs.callback(os.close, write_end)
            await self._template.order(order, (sockets[1].fileno(), links[1].fileno(), write_end))
            ours.pop_all()
        self._socket = CallSocket(sockets[0], self._answered, self._broken)
        self._keeper = Keeper(
            links[0],
            self._template,
            self.instance_id,
            self.spec.disk_size,
            self._note_end,
            self._all_gone,
        )
        self._output = Output(read_end, self.spec.instance_concurrency > 1)
        self.started = True
        await self._template.expect(self._keeper.here)

    def discard(self) -> None:
        """Forget an instance that was never started."""
        remove_or_warn(self.temporary)
        if not self.gone.done():
            self._tell_all()

    async def call(
        self, kind: Kind, invocation: Invocation, handler: str, timeout: int, event: bytes = b""
    ) -> Outcome:
        """Run one call and return how it ended, with every line of it written. `timeout` in s.

        A call that is cancelled takes its instance with it.
        """
        self._serial += 1
        serial = self._serial
        call = Call(kind, invocation, timeout)
        self._calls[serial] = call
        self._output.begin(serial, call.output)
        if kind in LOG_NAMES:
            call.output.say(f"FC {LOG_NAMES[kind]} Start RequestId: {invocation.request_id}")
        if self._released:  # it ended between two calls
            self._end_call(serial, call)
            return await call.settled
        self.credentials = invocation.credentials
        self._socket.send(serial, call, handler, event)
        call.timer = self._loop.call_later(_QUICK, self._not_quick, call)
        try:
            return await call.settled
        except asyncio.CancelledError:
            self.end(Ending.STOPPED, call)
            raise

    def end(self, why: Ending, culprit: Call | None = None, reason: str = "") -> None:
        """Kill all of it. Calls under way end as `why`; with a culprit, the others as NO_INSTANCE.

        `gone` is done when no process of it is left.
        """
        if self._why is not None or self.gone.done() or not self.started:
            return
        self._why = why
        self._culprit = culprit
        self._reason = reason
        self._keeper.kill()

    def stop(self, request_id: str) -> bool:
        """Kill it for the sake of one invocation; False when that is not under way here."""
        for call in self._calls.values():
            if call.invocation.request_id == request_id:
                self.end(Ending.STOPPED, call)
                return True
        return False

    def settle(self) -> None:
        """Have the keeper look for what was left behind; for an idle instance."""
        self._keeper.look_behind()

    def look(self) -> None:
        """Have the keeper look at its files, once there is one; for an instance in use."""
        if self.started:
            self._keeper.look()

    # What the handler's process says.

    def _broken(self) -> None:
        self.end(Ending.EXITED, reason="its handler wrote to the socket of its runtime")

    def _answered(self, serial: int, how: int, peak: int, payload: bytes) -> None:
        call = self._calls.get(serial)
        if call is None:
            return
        self._keeper.note(peak)
        if self._why is not None:
            return  # it is being killed: the outcome is settled when all is gone
        if how == END_NO_MEMORY or self._keeper.peak > self.spec.memory_size * 1024:
            self.end(Ending.OUT_OF_MEMORY)  # FC's kernel would have killed it at that moment
            return
        ending = ENDINGS.get(how, Ending.EXITED)
        self._settle(serial, call, ending, payload)
        if not self._calls:
            self.idle_since = time.monotonic()
            self._keeper.rest()

    # What the keeper says.

    def _note_end(self, why: Ending, reason: str) -> None:
        if self._why is None:
            self._why = why
            self._reason = reason

    # Ends of calls.

    def _not_quick(self, call: Call) -> None:
        self._keeper.watch()
        left = call.began + call.timeout - time.monotonic()
        call.timer = self._loop.call_later(max(0, left), self._overdue, call)

    def _overdue(self, call: Call) -> None:
        self.end(Ending.TIMED_OUT, call)

    def _settle(self, serial: int, call: Call, ending: Ending, payload: bytes | None) -> None:
        if call.timer is not None:
            call.timer.cancel()
        self._output.finish(serial)
        del self._calls[serial]
        if call.settled.done():
            return  # cancelled meanwhile
        took = (time.monotonic() - call.began) * 1000
        peak = self._keeper.peak / 1024
        if payload is None:
            payload = call_ends.payload_of(call, ending, self.spec, took, peak, self._reason)
        reason = self._reason or call_ends.exit_of(self._keeper.exit_status)
        call_ends.say_end(call, ending, self.spec, payload, peak, reason)
        call.settled.set_result(Outcome(ending, payload, round(took), peak, self.instance_id))

    def _end_call(self, serial: int, call: Call) -> None:
        """Settle a call that the end of the instance has taken with it."""
        why = self._why or Ending.EXITED
        if self._culprit is not None and call is not self._culprit:
            did = "timed out" if why is Ending.TIMED_OUT else "was stopped"
            self._reason = SPARED.format(did)
            why = Ending.NO_INSTANCE
        self._settle(serial, call, why, None)

    def _all_gone(self) -> None:
        if self._released:
            return
        while self._socket.read():
            pass
        self._why = self._why or Ending.EXITED
        for serial, call in list(self._calls.items()):
            self._end_call(serial, call)
        self._release()

    def _release(self) -> None:
        self._released = True
        self._keeper.close()
        self._socket.close()
        self._output.close()
        try:
            self.temporary.rmdir()
        except OSError:  # there is something in it
            self._removing = self._loop.create_task(self._remove())
        else:
            self._tell_all()

    async def _remove(self) -> None:
        """Remove what the handler left on the disk: it may be much, so not on the event loop."""
        try:
            await asyncio.to_thread(remove_or_warn, self.temporary)
        finally:
            self._tell_all()

    def _tell_all(self) -> None:
        if not self.opened.done():
            self.opened.set_result(False)
        self.gone.set_result(None)
        self._ended(self)


def _pair(
    ours: contextlib.ExitStack, theirs: contextlib.ExitStack
) -> tuple[socket.socket, socket.socket]:
    """Two connected sockets: one for here, one to be handed over."""
    here, there = socket.socketpair()
    return ours.enter_context(here), theirs.enter_context(there)
