"""The keeper: the parent of one instance, which sees to it that all of it ends.

It forks the process that runs the handler (or the command of a custom runtime), adopts every
descendant that loses its parent, watches the memory and files of them all while an invocation runs,
and kills them all when localcloud says so or is gone itself.

Its link to localcloud is a socket with a line of text for each message. It is told `watch N`,
`unwatch`, `look` (once) and `kill`; it says `here PID`, `peak N KB` (in watch N), `memory KB` (over
the limit), `processes COUNT` and `disk MB` (too many), `exited STATUS KB` (wait status of the
handler's process) and at the end `gone KB`: no process of this instance is left.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time
import traceback
from typing import Any, Dict, List, Optional

from . import files, instance, measures, processes
from .instance import MOST_PROCESSES
from .lines import Lines

_POLL = (
    0.01 if processes.LINUX else 0.1
)  # seconds between two looks at memory while an invocation runs
_POLL_LATER = 0.02  # the same after the first second of it
_POLL_IDLE = 0.5  # while nothing runs, but processes were left behind
_NAMELESS = 0.05  # between two looks at open files without a name
_NAMED = 0.25  # between two looks at the temporary folder
_MB = 1024 * 1024


def keep(order: Dict[str, Any], descriptors: List[int]) -> None:
    """Run one instance to its end. `order` is what `Instance` of localcloud wrote; never returns.

    `descriptors` are the instance's socket, the link, and the write end of the output pipe.
    """
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    processes.adopt_orphans()
    me = os.getpid()
    link = socket.socket(fileno=descriptors[1])
    with contextlib.suppress(OSError):  # localcloud is gone: the keeper sees it soon enough
        link.sendall(b"here %d\n" % me)
    root = os.fork()
    if root == 0:
        instance.become(order, descriptors, me)
    os.close(descriptors[0])
    os.close(descriptors[2])
    processes.go_first()  # or what the handler starts without end would get all the time there is
    try:
        _Keeper(link, root, order).run()
    except BaseException:  # noqa: BLE001 - whatever went wrong here, the instance ends
        traceback.print_exc(file=sys.__stderr__)
        processes.end_all()
        os._exit(70)
    os._exit(0)


class _Keeper:
    def __init__(self, link: socket.socket, root: int, order: Dict[str, Any]) -> None:
        self._link = link
        self._lines = Lines()
        self._root = root
        self._limit = int(order["memory_size"]) * 1024
        self._files = files.Files(order["temporary"])
        self._disk_limit = int(order["disk_size"])
        self._nameless_at = 0.0
        self._named_at = 0.0
        self._rest = 0.0
        self._peak = 0
        self._told = 0
        self._watch = 0
        self._exited: Optional[int] = None
        self._interval: Optional[float] = _POLL  # the first call of an instance is watched at once
        self._watching_since = time.monotonic()
        self._shares = measures.Shares()

    def run(self) -> None:
        """Watch until the handler's process ends, `kill` comes or the link closes; then end all."""
        wake, woken = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(woken, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(woken)
        poller = select.poll()
        poller.register(self._link, select.POLLIN)
        poller.register(wake, select.POLLIN)
        while True:
            self._reap()
            if self._exited is not None:
                break
            ready = dict(
                poller.poll(
                    None
                    if self._interval is None
                    else max(1, int(max(self._interval, self._rest) * 1000))
                )
            )
            if wake in ready:
                os.read(wake, 4096)
            if self._link.fileno() in ready and not self._hear():
                break
            if self._interval is not None and not self._look():
                break
        self._end()

    def _hear(self) -> bool:
        """Take what localcloud says; False when the instance has to end."""
        try:
            said = self._link.recv(4096)
        except ConnectionResetError:  # localcloud was killed with words of ours unread
            said = b""
        for line in self._lines.ended_by(said):
            word, _, number = line.partition(b" ")
            if word == b"watch":
                self._watch = int(number)
                self._peak = self._told = 0
                self._watching_since = time.monotonic()
                self._nameless_at = self._named_at = 0.0
                self._interval = _POLL
            elif word == b"unwatch":
                left = len(processes.descendants(os.getpid())) > 1
                self._interval = _POLL_IDLE if left else None
                if not self._look_at_files():
                    return False
            elif word == b"look":
                if not self._look_at_files():
                    return False
            elif word == b"kill":
                return False
        return bool(said)

    def _look(self) -> bool:
        """Measure; False when a limit is passed."""
        if self._interval == _POLL and time.monotonic() - self._watching_since > 1:
            self._interval = _POLL_LATER
        began = time.monotonic()
        count = self._measure()
        if self._peak > self._limit:
            self._say(f"memory {self._peak}")
            return False
        if count > MOST_PROCESSES:
            self._say(f"processes {count}")
            return False
        now = time.monotonic()
        if now - self._named_at > _NAMED:
            if not self._look_at_files():
                return False
            self._named_at = self._nameless_at = time.monotonic()
        elif now - self._nameless_at > _NAMELESS:
            if not self._look_at_memory_in_files():
                return False
            self._nameless_at = time.monotonic()
        if self._peak > self._told + 256:
            self._told = self._peak
            self._say(f"peak {self._watch} {self._peak}")
        self._rest = 2 * (time.monotonic() - began)  # never more than a third of a processor
        return True

    def _measure(self) -> int:
        """Bring the peak up to date and count the processes.

        The handler's process counts with all that is resident, as if it had been started alone;
        every further one with its proportional share, so that pages it has in common with its
        parent are not counted twice.
        """
        root = processes.resident(self._root)
        everyone = processes.descendants(os.getpid())
        below = [pid for pid in everyone if pid != self._root]
        if root is not None and len(everyone) <= MOST_PROCESSES:
            self._peak = max(self._peak, root.peak, root.now + self._shares.of(below).held)
        return len(everyone)

    def _look_at_files(self) -> bool:
        """Measure what is in files; False when a limit is passed."""
        if not self._look_at_memory_in_files():
            return False
        self._files.look_at_named()
        taken = self._files.disk
        if taken > self._disk_limit * _MB:
            self._say(f"disk {taken // _MB}")
            return False
        return True

    def _look_at_memory_in_files(self) -> bool:
        """Measure memory with what is in files that nobody may have mapped; False when too much.

        What is mapped and touched is in the resident size already: shared memory is taken off, at
        the worst so much that half of what is held counts.
        """
        if not processes.LINUX:  # nothing tells what is open there
            return True
        everyone = processes.descendants(os.getpid())[: MOST_PROCESSES + 1]
        self._files.look_at_nameless(everyone)
        root = processes.resident(self._root)
        if root is None or not self._files.memory:
            return True
        share = self._shares.of([pid for pid in everyone if pid != self._root])
        unmapped = self._files.memory // 1024 - root.shared - share.shared
        held = root.now + share.held + max(0, unmapped)
        if held > self._limit:
            self._peak = max(self._peak, held)
            self._say(f"memory {self._peak}")
            return False
        if self._interval is not None:
            self._peak = max(self._peak, held)
        return True

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._root:
                self._exited = status
                held = usage.ru_maxrss if processes.LINUX else usage.ru_maxrss // 1024
                self._peak = max(self._peak, held)

    def _reaped(self, pid: int, status: int) -> None:
        if pid == self._root:
            self._exited = status

    def _end(self) -> None:
        if self._exited is None:
            self._measure()
            # no listing yet: it may be growing
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._root, signal.SIGKILL)
        else:
            self._say(f"exited {self._exited} {self._peak}")
            if not processes.LINUX:  # no orphan comes to the keeper there: the group is all it has
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self._root, signal.SIGKILL)
        processes.end_all(reaped=self._reaped)
        self._say(f"gone {self._peak}")

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError):  # localcloud is gone: nobody is left to tell
            self._link.sendall(line.encode() + b"\n")
