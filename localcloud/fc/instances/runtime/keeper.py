"""The keeper: the parent of one instance, which sees to it that all of it ends.

It forks the process that runs the handler (or the command of a custom runtime), adopts every
descendant that loses its parent, watches the memory of them all while an invocation runs, and kills
them all when localcloud says so or is gone itself.

Its link to localcloud is a socket with a line of text for each message. It is told `watch N`,
`unwatch` and `kill`; it says `here PID`, `peak N KB` (in watch N), `memory KB` (over the limit),
`processes COUNT` and `disk MB` (too many), `exited STATUS KB` (wait status of the handler's
process) and at the end `gone KB`: no process of this instance is left.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import contextlib
import json
import os
import queue
import resource
import select
import signal
import socket
import sys
import threading
import time
import traceback
from typing import Any, Dict, List, Optional

from . import handler, processes

_POLL = (
    0.01 if processes.LINUX else 0.1
)  # seconds between two looks at memory while an invocation runs
_POLL_LATER = 0.02  # the same after the first second of it
_POLL_IDLE = 0.5  # while nothing runs, but processes were left behind
_DISK = 0.25  # between two looks at the temporary folder
_MOST_FILES = 20_000  # that one look counts
_MOST_PROCESSES = 512
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
        _become_instance(order, descriptors, me)
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


class _Shares:
    """Proportional shares of the further processes, measured by a thread of their own.

    The kernel makes who asks for one wait while that process forks, which in a storm of forks can
    be seconds: the keeper itself must never wait.
    """

    def __init__(self) -> None:
        self._known: Dict[int, int] = {}  # kB
        self._asked: queue.Queue[List[int]] = queue.Queue(1)
        self._started = False

    def of(self, pids: List[int]) -> int:
        """The sum for `pids` in kB as last measured; has it measured again."""
        if not pids:
            return 0
        if not self._started:
            self._started = True
            threading.Thread(target=self._measure, daemon=True).start()
        with contextlib.suppress(queue.Full):  # still at it
            self._asked.put_nowait(pids)
        known = self._known
        return sum(known.get(pid, 0) for pid in pids)

    def _measure(self) -> None:
        while True:
            fresh: Dict[int, int] = {}
            for pid in self._asked.get():
                fresh[pid] = processes.proportional(pid)
            self._known = fresh


class _Keeper:
    def __init__(self, link: socket.socket, root: int, order: Dict[str, Any]) -> None:
        self._link = link
        self._root = root
        self._limit = int(order["memory_size"]) * 1024
        self._temporary: str = order["temporary"]
        self._disk_limit = int(order["disk_size"])
        self._disk_at = 0.0
        self._rest = 0.0
        self._peak = 0
        self._told = 0
        self._watch = 0
        self._exited: Optional[int] = None
        self._interval: Optional[float] = _POLL  # the first call of an instance is watched at once
        self._watching_since = time.monotonic()
        self._shares = _Shares()

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
        for line in said.splitlines():
            word, _, number = line.partition(b" ")
            if word == b"watch":
                self._watch = int(number)
                self._peak = self._told = 0
                self._watching_since = time.monotonic()
                self._interval = _POLL
            elif word == b"unwatch":
                left = len(processes.descendants(os.getpid())) > 1
                self._interval = _POLL_IDLE if left else None
            elif word == b"kill":
                return False
        return bool(said)

    def _look(self) -> bool:
        """Measure; False when a limit is passed."""
        if self._interval == _POLL and time.monotonic() - self._watching_since > 1:
            self._interval = _POLL_LATER
        began = time.monotonic()
        count = self._measure()
        self._rest = 2 * (time.monotonic() - began)  # never more than a third of a processor
        if self._peak > self._limit:
            self._say(f"memory {self._peak}")
            return False
        if count > _MOST_PROCESSES:
            self._say(f"processes {count}")
            return False
        if time.monotonic() - self._disk_at > _DISK:
            held = _held(self._temporary)
            self._disk_at = time.monotonic()
            if held > self._disk_limit * _MB:
                self._say(f"disk {held // _MB}")
                return False
        if self._peak > self._told + 256:
            self._told = self._peak
            self._say(f"peak {self._watch} {self._peak}")
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
        if root is not None and len(everyone) <= _MOST_PROCESSES:
            self._peak = max(self._peak, root.peak, root.now + self._shares.of(below))
        return len(everyone)

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
            with contextlib.suppress(ProcessLookupError):  # no listing yet: it may be growing
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


def _become_instance(order: Dict[str, Any], descriptors: List[int], parent: int) -> None:
    """Turn this child of the keeper into the process that runs the handler; never returns."""
    try:
        os.close(descriptors[1])
        os.setsid()
        processes.die_with_parent(parent)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(descriptors[2], 1)
        os.dup2(descriptors[2], 2)
        os.close(nothing)
        os.close(descriptors[2])
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        _limit(order)
        os.umask(0o022)
        os.chdir(order["code"])
        command = order.get("node")
        if command:
            environment = order.pop("environment")
            os.dup2(descriptors[0], 3)
            environment["_LOCALCLOUD_ORDER"] = json.dumps(order)
            os.execve(command[0], command, environment)
        os.environ.clear()
        os.environ.update(order["environment"])
        link = socket.socket(fileno=descriptors[0])
        if "custom_command" in order:
            from . import custom  # not in every instance: it brings the HTTP client along

            custom.serve(link, order)
        handler.serve(link, order)
    except BaseException:  # noqa: BLE001 - the last one to see it
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(70)


def _held(folder: str) -> int:
    """The bytes that the files below a folder take on the disk; what vanishes meanwhile is left."""
    held = 0
    seen = 0
    waiting = [folder]
    while waiting and seen < _MOST_FILES:
        with contextlib.suppress(OSError):
            for entry in os.scandir(waiting.pop()):
                seen += 1
                with contextlib.suppress(OSError):
                    held += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return held


def _limit(order: Dict[str, Any]) -> None:
    """Bounds of the kernel behind those of the keeper, for what happens between two looks."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_NOFILE, 10240)
    _lower(resource.RLIMIT_FSIZE, int(order["disk_size"]) * _MB)
    if processes.LINUX:
        # Room for what is reserved and never touched (thread stacks, arenas).
        _lower(resource.RLIMIT_DATA, (int(order["memory_size"]) + 1024) * _MB)
        if os.getuid() != 0:  # root has no such limit: there the keeper alone sees to it
            with open("/proc/loadavg") as load:
                tasks = int(load.read().split()[3].partition("/")[2])
            _lower(resource.RLIMIT_NPROC, tasks + 2 * _MOST_PROCESSES)
        with open("/proc/self/oom_score_adj", "w") as score:
            score.write("500")  # a machine out of memory takes handlers before localcloud


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))
