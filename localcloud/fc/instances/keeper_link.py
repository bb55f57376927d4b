"""localcloud's end of the link to the keeper of one instance (see runtime/keeper.py)."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Sequence

from localcloud.fc.instances.runtime.lines import Lines


class KeeperLink:
    """Lines both ways. `heard` gets the word of each and its numbers; `closed` is told once."""

    def __init__(
        self,
        ours: socket.socket,
        heard: Callable[[bytes, Sequence[int]], None],
        closed: Callable[[], None],
    ) -> None:
        self._socket = ours
        self._heard = heard
        self._closed = closed
        self._lines = Lines()
        self._loop = asyncio.get_running_loop()
        ours.setblocking(False)
        self._loop.add_reader(ours, self._read)

    def tell(self, line: bytes) -> None:
        """Say a line. A keeper that has gone does not hear it: the end of the link tells that."""
        with contextlib.suppress(OSError):
            self._socket.send(line + b"\n")

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _read(self) -> None:
        try:
            said = self._socket.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if not said:
            self._loop.remove_reader(self._socket)
            self._closed()
            return
        for line in self._lines.ended_by(said):
            word, *numbers = line.split()
            self._heard(word, [int(number) for number in numbers])
