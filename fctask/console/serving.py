"""The console's process: from the command's options to a clean end."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Generator
from functools import partial

from uvicorn.config import Config
from uvicorn.server import Server

from fctask.console.app import make_app
from fctask.console.console import Console
from fctask.console.guard import printed_url
from fctask.errors import FctaskError

HOST = "127.0.0.1"
_GRACE = 2  # seconds that answers under way get at the end
_REDRIVE_ENDS = 10.0  # seconds that a redrive gets to finish the message at hand


class PortTaken(FctaskError):
    """The port cannot be listened at."""

    kind = "PortTaken"


class _Server(Server):
    """uvicorn's server, told to stop by us instead of by its own signal handlers."""

    ready: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def serve(console: Console, port: int, ready: Callable[[str, int], None]) -> None:
    """Serve until SIGINT or SIGTERM. `port` 0 takes a free one.

    `ready` is called with the address that lets a browser in, and the port, once it is served.
    Raises PortTaken.
    """
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    asyncio.run(_serve(console, _listen(port), ready))


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"port {port} cannot be used ({error.strerror}): name another one (--port), or none, "
            "which takes a free one."
        ) from None
    return listening


async def _serve(
    console: Console, listening: socket.socket, ready: Callable[[str, int], None]
) -> None:
    port: int = listening.getsockname()[1]
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    server = _Server(
        Config(
            make_app(console, port),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE,
        )
    )
    server.ready = partial(ready, printed_url(port, console.secrets), port)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    serving = loop.create_task(server.serve(sockets=[listening]))
    over = loop.create_task(stopping.wait())
    await asyncio.wait([serving, over], return_when=asyncio.FIRST_COMPLETED)
    redriving = console.redriving
    if redriving is not None:
        redriving.ask_to_stop()
    server.should_exit = True
    over.cancel()
    await serving
    if redriving is not None:
        await asyncio.to_thread(redriving.wait, _REDRIVE_ENDS)
