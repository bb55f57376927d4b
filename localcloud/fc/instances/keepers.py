"""localcloud's end of the keeper of one instance: what it measures, and when all of it is gone."""

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Sequence

from localcloud.fc.instances.invocation import Ending
from localcloud.fc.instances.keeper_link import KeeperLink
from localcloud.fc.instances.templates import CannotStart, Template

PATIENCE = 3  # seconds for a keeper to say that all is gone; then it is killed itself


class StartFailed(Exception):
    """The template ended before it had made the instance."""


class Keeper:
    """Has one keeper watch and kill, and hears what it says. Use it from one event loop.

    `ends` is told why the instance ends, and in words what that leaves out ("" for nothing), when
    it does not end at our word; `gone` is called when no process of the instance is left.
    """

    def __init__(
        self,
        ours: socket.socket,
        template: Template,
        instance_id: str,
        disk_size: int,
        ends: Callable[[Ending, str], None],
        gone: Callable[[], None],
    ) -> None:
        self._template = template
        self._instance_id = instance_id
        self._disk_size = disk_size
        self._ends = ends
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._process = 0
        self._watch = 0  # counts watches, so that a late message is not taken for the next call's
        self._watching = True  # a keeper begins with it, for the first call
        self._rescue: asyncio.TimerHandle | None = None
        self._sweeping: asyncio.Task[None] | None = None
        self.here: asyncio.Future[None] = self._loop.create_future()
        self.peak = 0  # kB, the most that the instance held since the last rest
        self.exit_status: int | None = None
        self._link = KeeperLink(ours, self._heard, self._link_closed)

    def watch(self) -> None:
        """Have the memory of the instance watched, unless it is."""
        if not self._watching:
            self._watching = True
            self._watch += 1
            self._link.tell(b"watch %d" % self._watch)

    def note(self, peak: int) -> None:
        """Count in what somebody else has measured, in kB."""
        self.peak = max(self.peak, peak)

    def rest(self) -> None:
        """No call is under way any more."""
        self.peak = 0
        if self._watching:
            self._watching = False
            self._link.tell(b"unwatch")

    def look_behind(self) -> None:
        """Have it look for processes that were left behind, and at files."""
        self._link.tell(b"unwatch")

    def look(self) -> None:
        """Have it look at files: calls that end sooner than they are watched may leave many."""
        self._link.tell(b"look")

    def kill(self) -> None:
        """Have every process of the instance killed: `gone` is called then."""
        self._link.tell(b"kill")
        self._expect_the_end()

    def close(self) -> None:
        """Listen no more."""
        if self._rescue is not None:
            self._rescue.cancel()
        self._link.close()

    def _heard(self, word: bytes, numbers: Sequence[int]) -> None:
        if word == b"here":
            self._process = numbers[0]
            if not self.here.done():
                self.here.set_result(None)
        elif word == b"peak":
            if numbers[0] == self._watch:
                self.note(numbers[1])
        elif word == b"memory":
            self.note(numbers[0])
            self._ended(Ending.OUT_OF_MEMORY)
        elif word == b"processes":
            self._ended(Ending.EXITED, f"it had {numbers[0]} processes at once")
        elif word == b"disk":
            self._ended(
                Ending.EXITED,
                f"its files in TMPDIR and deleted ones that are open took {numbers[0]} MB; "
                f"its diskSize is {self._disk_size} MB",
            )
        elif word == b"exited":
            self.exit_status = numbers[0]
            self.note(numbers[1])
            self._ended(Ending.EXITED)
        elif word == b"gone":
            self.note(numbers[0])
            self._gone()

    def _ended(self, why: Ending, reason: str = "") -> None:
        self._expect_the_end()
        self._ends(why, reason)

    def _expect_the_end(self) -> None:
        if self._rescue is None:
            self._rescue = self._loop.call_later(PATIENCE, self._end_it)

    def _end_it(self) -> None:
        """It does not answer (it was stopped, say): the template ends what it kept."""
        if not self._process:  # never heard of: it ends itself when it finds the link closed
            self._link_closed()
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)

    def _link_closed(self) -> None:
        if not self._process:
            if not self.here.done():
                self.here.set_exception(StartFailed("the template ended"))
            self._gone()
            return
        self._process = 0  # its id may be another's by now
        self._ends(Ending.EXITED, "its keeper was killed")
        self._sweeping = self._loop.create_task(self._sweep())

    async def _sweep(self) -> None:
        try:
            await self._template.sweep(self._instance_id)
        except CannotStart:
            pass  # no template: the kernel's parent-death signal is all there was
        finally:
            self._gone()
