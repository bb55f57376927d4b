"""Process trees: who descends from whom, what they hold, and ending all of them.

Runs inside template and keeper processes under any Python from 3.6 on: standard library only, no
newer syntax.
"""

import contextlib
import ctypes
import os
import signal
import sys
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Set

LINUX = sys.platform.startswith("linux")

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, value: int) -> None:
    if not LINUX:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl({option}) failed")


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends (Linux)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when `parent`, its present parent, ends (Linux)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if LINUX and os.getppid() != parent:  # it ended before the line above
        os._exit(70)


def go_first() -> None:
    """Run before every process of an ordinary priority, where the system allows it (root)."""
    if LINUX:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))


def children(pid: int) -> List[int]:
    """The children of one process; nothing for one that is gone."""
    found: List[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as listing:
                found.extend(map(int, listing.read().split()))
        except OSError:
            continue
    return found


def descendants(pid: int) -> List[int]:
    """Every process below `pid`, parents before children."""
    if not LINUX:
        return _descendants_by_ps(pid)
    found: List[int] = []
    seen: Set[int] = set()
    waiting = children(pid)
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            found.append(one)
            waiting.extend(children(one))
    return found


def _descendants_by_ps(pid: int) -> List[int]:
    import subprocess  # only where there is no /proc

    listing = subprocess.run(
        ["/bin/ps", "-A", "-o", "pid=,ppid="], stdout=subprocess.PIPE, check=False
    ).stdout
    below: Dict[int, List[int]] = {}
    for line in listing.splitlines():
        child, parent = map(int, line.split())
        below.setdefault(parent, []).append(child)
    found: List[int] = []
    waiting = list(below.get(pid, []))
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(below.get(one, []))
    return found


def _signal(pid: int, number: int) -> None:
    # Gone; or of another user, by a set-user-id program: the next round tries again.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def end_all(
    spared: Callable[[], Set[int]] = lambda: set(),
    reaped: Callable[[int, int], None] = lambda pid, status: None,
) -> None:
    """Kill every descendant of this process but `spared()` and what is below those.

    Returns when none is left. Signals go to whole process groups, which no fork can slip through;
    who has left its group has a group of its own, which the next round finds. Needs `adopt_orphans`
    before: then a process has descendants only while it has children, and waiting tells that for
    certain, where a listing may leave some out while others end (proc(5), children).
    """
    me = os.getpid()
    wait = 0.0005
    while _reap(reaped):
        found = _tree(me, spared())
        if not found and spared() and not _children_by_scan(me) - spared():
            return
        groups = set(map(_group, found)) - {0, os.getpgrp()}
        for group in groups:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for pid in found:
            _signal(pid, signal.SIGKILL)
        time.sleep(wait)
        wait = min(wait * 2, 0.02)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def _tree(me: int, spared: Set[int]) -> List[int]:
    if not spared:
        return descendants(me)
    found: List[int] = []
    for child in children(me):
        if child not in spared:
            found.append(child)
            found.extend(descendants(child))
    return found


def _children_by_scan(me: int) -> Set[int]:
    """The children of this process, none left out: from the parent that each process names."""
    if not LINUX:
        return set(_descendants_by_ps(me))
    found: Set[int] = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as status:
            if int(status.read().rpartition(b")")[2].split()[1]) == me:
                found.add(int(name))
    return found


def _reap(reaped: Callable[[int, int], None]) -> bool:
    """Take in the children that have ended; False when there is no child at all."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if pid == 0:
            return True
        reaped(pid, status)


def _field(text: bytes, name: bytes) -> int:
    start = text.find(name)
    if start < 0:
        return 0
    return int(text[start + len(name) :].split(None, 1)[0])


class Memory:
    """What one process holds now and held at most, in kB; `shared` of it now is shared memory."""

    __slots__ = ("now", "peak", "shared")

    def __init__(self, now: int, peak: int, shared: int = 0) -> None:
        self.now = now
        self.peak = peak
        self.shared = shared


def resident(pid: int) -> Optional[Memory]:
    """Resident size of one process and its highest; None when it is gone.

    On Linux VmRSS, VmHWM and RssShmem.
    """
    if not LINUX:
        return _resident_by_ps(pid)
    try:
        with open(f"/proc/{pid}/status", "rb") as status:
            text = status.read(4096)
    except OSError:
        return None
    return Memory(_field(text, b"VmRSS:"), _field(text, b"VmHWM:"), _field(text, b"RssShmem:"))


def _resident_by_ps(pid: int) -> Optional[Memory]:
    import subprocess  # only where there is no /proc

    said = subprocess.run(
        ["/bin/ps", "-o", "rss=", "-p", str(pid)], stdout=subprocess.PIPE, check=False
    ).stdout
    return Memory(int(said), int(said)) if said.strip() else None


class Share(NamedTuple):
    """What processes hold in kB, a page that n share counting 1/n; `shared` of it is in shmem."""

    held: int
    shared: int


def proportional(pid: int) -> Share:
    """Proportional set size of one process; nothing when it is gone."""
    try:
        with open(f"/proc/{pid}/smaps_rollup", "rb") as rollup:
            text = rollup.read(4096)
            return Share(_field(text, b"\nPss:"), _field(text, b"\nPss_Shmem:"))
    except OSError:
        memory = resident(pid)
        return Share(memory.now, memory.shared) if memory else Share(0, 0)
