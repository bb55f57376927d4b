"""The template: an interpreter with the runtime loaded, which forks itself for each instance.

Started by start.py; FD, its first argument, is its end of a UNIX socket to localcloud. Over it
come orders: four bytes of length, then JSON; an order for an instance carries three descriptors
(the instance's socket, its keeper's link, the write end of its output pipe). The template never
loads a handler. It ends when localcloud does: the socket closes.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import array
import contextlib
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from typing import Any, Dict, List, Optional, Set, Tuple

from . import keeper, processes

_HEADER = struct.Struct("<I")
_MOST_DESCRIPTORS = 3
_PATIENCE = 3  # seconds for keepers to end their instances when localcloud has gone


def _receive(control: socket.socket) -> Optional[Tuple[Dict[str, Any], List[int]]]:
    """The next order and its descriptors; None when localcloud has gone."""
    descriptors = array.array("i")
    head, ancillary, _, _ = control.recvmsg(
        _HEADER.size, socket.CMSG_SPACE(_MOST_DESCRIPTORS * descriptors.itemsize)
    )
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    if not head:
        return None
    body = head[_HEADER.size :]
    head = head[: _HEADER.size]
    while len(head) < _HEADER.size:
        more = control.recv(_HEADER.size - len(head))
        if not more:
            return None
        head += more
    (length,) = _HEADER.unpack(head)
    while len(body) < length:
        more = control.recv(length - len(body))
        if not more:
            return None
        body += more
    return json.loads(body.decode()), list(descriptors)


def _close_all(descriptors: List[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class Template:
    """Takes orders until the socket closes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._keepers: Set[int] = set()
        self._wake, self._woken = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)

    def run(self) -> None:
        """Returns when localcloud has gone; keepers see that for themselves."""
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._woken)
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake, select.POLLIN)
        while True:
            ready = dict(poller.poll())
            if self._wake in ready:
                os.read(self._wake, 4096)
                self._reap()
            if self._control.fileno() in ready:
                try:
                    order = _receive(self._control)
                except ConnectionResetError:  # localcloud was killed with an answer of ours unread
                    order = None
                if order is None:
                    self._end_everything()
                    return
                self._follow(*order)

    def _follow(self, order: Dict[str, Any], descriptors: List[int]) -> None:
        if "sweep" in order:
            self._end_strays()
            said = json.dumps({"swept": order["sweep"]}).encode()
            with contextlib.suppress(OSError):  # localcloud is gone: the next read says so
                self._control.sendall(_HEADER.pack(len(said)) + said)
            return
        pid = os.fork()
        if pid != 0:
            self._keepers.add(pid)
            _close_all(descriptors)
            return
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._wake)
            os.close(self._woken)
            keeper.keep(order, descriptors)
        finally:
            os._exit(70)  # keep() ends the process itself; never run on as a second template

    def _reaped(self, pid: int, status: int) -> None:
        self._keepers.discard(pid)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._reaped(pid, status)

    def _end_everything(self) -> None:
        """Wait for the keepers, which see the same end, and end what they might leave behind."""
        deadline = time.monotonic() + _PATIENCE
        while self._keepers and time.monotonic() < deadline:
            self._end_strays()
            time.sleep(0.005)
            self._reap()
        processes.end_all(reaped=self._reaped)

    def _end_strays(self) -> None:
        """End what a killed keeper left behind: it has become the template's child."""
        processes.end_all(lambda: self._keepers, self._reaped)


def main() -> None:
    """Be the template until localcloud is gone."""
    processes.adopt_orphans()
    control = socket.socket(fileno=int(sys.argv[1]))
    control.setblocking(True)
    control.set_inheritable(False)
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()  # what is loaded now is never collected, so its pages stay shared
    Template(control).run()
