"""The server process: from the arguments of `localcloud serve` to a clean end."""

import asyncio
import contextlib
import logging
import shlex
import socket
import sqlite3
import sys
from pathlib import Path

import uvloop

from localcloud.clock import system_clock
from localcloud.cloud import Cloud
from localcloud.server.folder import FolderInUse, FolderRefused, hold
from localcloud.server.http import Connection, let_go_of_the_silent
from localcloud.store.schema import NewerData
from loopback import serving as loopback
from loopback.serving import HOST, LoopbackServer

_BACKLOG = 2048
_GRACE = 1  # s that requests under way get when the server stops
_KEEP_ALIVE = 75  # s; longer than the SDKs keep an idle connection, so that they close it
_OPEN_FILES = 8192


class CannotServe(Exception):
    """Why the server did not start: a sentence that says what to do."""


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
    except FolderInUse as used:
        raise CannotServe(_use_that_one(used)) from None
    except FolderRefused as refused:
        raise CannotServe(str(refused)) from None
    try:
        listening = _listening(port)
        folder.note_port(listening.getsockname()[1])
        uvloop.run(_serve(listening, data, verbose=verbose))
    except NewerData as newer:
        raise CannotServe(f"{data}: {newer}") from None
    except sqlite3.Error as error:
        raise CannotServe(
            f"the database in the data folder {data} cannot be used ({error}): free some space or "
            "mend the folder's permissions; "
            f"`localcloud reset --data {shlex.quote(str(data))}` starts anew"
        ) from None
    finally:
        folder.release()


def _use_that_one(used: FolderInUse) -> str:
    if used.port is None:
        return str(used)
    return (
        f"{used.fact}, which serves http://{HOST}:{used.port}: use that one (--port {used.port} or "
        f"LOCALCLOUD_PORT={used.port} for the other commands), stop it with `localcloud stop "
        f"--port {used.port}`, or name another folder with --data"
    )


async def _serve(listening: socket.socket, data: Path, *, verbose: bool) -> None:
    port: int = listening.getsockname()[1]
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    cloud = Cloud(data, port, system_clock, stop=stopping.set, verbose=verbose)
    try:
        await cloud.start()
        server = LoopbackServer(
            cloud.front_door,
            ready=lambda: print(f"localcloud serves http://{HOST}:{port} from {data}", flush=True),
            grace=_GRACE,
            http=Connection,
            timeout_keep_alive=_KEEP_ALIVE,
            backlog=_BACKLOG,
        )
        tidying = loop.create_task(let_go_of_the_silent(server.server_state))
        await loopback.serve(server, listening, stopping, on_stop=tidying.cancel)
    finally:
        await cloud.stop()


def _listening(port: int) -> socket.socket:
    try:
        return loopback.listen(port, _BACKLOG)
    except loopback.PortUnusable as reason:
        raise CannotServe(
            f"port {port} cannot be used ({reason}): if a localcloud runs there already "
            f"(`localcloud status --port {port}`), use that one or stop it with "
            f"`localcloud stop --port {port}`; else name another port with --port or "
            "LOCALCLOUD_PORT"
        ) from None


def _allow_many_files() -> None:
    """Many clients and instances at once need more than the usual 1,024 (256 on macOS)."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
