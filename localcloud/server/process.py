"""The server process: from the arguments of `localcloud serve` to a clean end."""

import asyncio
import contextlib
import logging
import signal
import socket
import sqlite3
import sys
from collections.abc import Generator
from pathlib import Path

import uvloop
from uvicorn.config import Config
from uvicorn.server import Server

from localcloud.clock import system_clock
from localcloud.cloud import Cloud
from localcloud.server.folder import FolderRefused, hold
from localcloud.server.http import Connection, let_go_of_the_silent
from localcloud.store.schema import NewerData

HOST = "127.0.0.1"
_GRACE = 1  # s that requests under way get when the server stops
_KEEP_ALIVE = 75  # s; longer than the SDKs keep an idle connection, so that they close it
_OPEN_FILES = 8192


class CannotServe(Exception):
    """Why the server did not start: a sentence that says what to do."""


class _Server(Server):
    """uvicorn's server, told to stop by us instead of by its own signal handlers."""

    ready = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self.ready, flush=True)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def serve(port: int, data: Path, *, verbose: bool = False) -> None:
    """Serve until SIGTERM, SIGINT or POST /_localcloud/stop. `port` 0 takes a free one.

    Prints its URL on standard output once it accepts connections. Raises CannotServe.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s"
    )
    _allow_many_files()
    try:
        folder = hold(data)
    except FolderRefused as refused:
        raise CannotServe(str(refused)) from None
    try:
        uvloop.run(_serve(_listen(port), data, verbose=verbose))
    except NewerData as newer:
        raise CannotServe(f"{data}: {newer}") from None
    except sqlite3.Error as error:
        raise CannotServe(
            f"the database in the data folder {data} cannot be used ({error}): free some space or "
            "mend the folder's permissions; `localcloud reset` starts anew"
        ) from None
    finally:
        folder.release()


async def _serve(listening: socket.socket, data: Path, *, verbose: bool) -> None:
    port: int = listening.getsockname()[1]
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    cloud = Cloud(data, port, system_clock, stop=stopping.set, verbose=verbose)
    try:
        await cloud.start()
        server = _Server(
            Config(
                cloud.front_door,
                http=Connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
                backlog=2048,
            )
        )
        server.ready = f"localcloud serves http://{HOST}:{port} from {data}"
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        serving = loop.create_task(server.serve(sockets=[listening]))
        tidying = loop.create_task(let_go_of_the_silent(server.server_state))
        try:
            await stopping.wait()
        finally:
            tidying.cancel()
            server.should_exit = True
            await serving
    finally:
        await cloud.stop()


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        raise CannotServe(
            f"port {port} cannot be used ({error.strerror}): if a localcloud runs there already "
            f"(`localcloud status --port {port}`), use that one or stop it with `localcloud stop`; "
            "else name another port with --port or LOCALCLOUD_PORT"
        ) from None
    listening.setblocking(False)
    return listening


def _allow_many_files() -> None:
    """Many clients and instances at once need more than the usual 1,024 (256 on macOS)."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
