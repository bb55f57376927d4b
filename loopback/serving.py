"""From a port to a clean end: an ASGI application on loopback, served by uvicorn.

It knows neither localcloud nor fctask; both use it.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from typing import Any

from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.server import Server

HOST = "127.0.0.1"


class PortUnusable(Exception):
    """Nobody can listen at the port; the text is the system's reason, as `Address in use`."""


def listen(port: int, backlog: int) -> socket.socket:
    """A socket that listens at the port of 127.0.0.1; 0 takes a free one. Raises PortUnusable."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(backlog)
    except OSError as error:
        listening.close()
        raise PortUnusable(error.strerror) from None
    listening.setblocking(False)
    return listening


class LoopbackServer(Server):
    """uvicorn's server, told to stop by us instead of by its own signal handlers.

    `ready` is called once it accepts connections; answers under way get `grace` seconds at the
    end. `settings` are uvicorn's own. Nothing is said of requests, and no proxy's header believed.
    """

    def __init__(
        self, app: ASGIApp, ready: Callable[[], None], grace: int, **settings: Any
    ) -> None:
        super().__init__(
            Config(
                app,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=grace,
                **settings,
            )
        )
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals to `serve`."""
        yield


async def serve(
    server: LoopbackServer,
    listening: socket.socket,
    stopping: asyncio.Event,
    on_stop: Callable[[], object],
) -> None:
    """Serve until `stopping` is set, which SIGTERM and SIGINT do, and the last answer is given.

    `on_stop` is called when the end begins. Raises what the server fails by, instead of waiting for
    a stop that nobody has a reason for.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    serving = loop.create_task(server.serve(sockets=[listening]))
    asked = loop.create_task(stopping.wait())
    try:
        await asyncio.wait([serving, asked], return_when=asyncio.FIRST_COMPLETED)
    finally:
        asked.cancel()
        on_stop()
        server.should_exit = True
        await serving
