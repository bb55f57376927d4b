"""The console's process: from the command's options to a clean end."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from functools import partial

from fctask.console.app import make_app
from fctask.console.console import Console
from fctask.console.guard import printed_url
from fctask.console.redriving import Redriving
from fctask.errors import FctaskError
from loopback import serving as loopback
from loopback.serving import LoopbackServer

_BACKLOG = 128
_GRACE = 2  # seconds that answers under way get at the end
_REDRIVE_ENDS = 10.0  # seconds that a redrive gets to finish the message at hand


class PortTaken(FctaskError):
    """The port cannot be listened at."""

    kind = "PortTaken"


def serve(console: Console, port: int, ready: Callable[[str, int], None]) -> None:
    """Serve until SIGINT or SIGTERM. `port` 0 takes a free one.

    `ready` is called with the address that lets a browser in, and the port, once it is served.
    Raises PortTaken.
    """
    # errors of ours are told by Troubles; its others are of strangers, who send no HTTP
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    asyncio.run(_serve(console, _listening(port), ready))


def _listening(port: int) -> socket.socket:
    try:
        return loopback.listen(port, _BACKLOG)
    except loopback.PortUnusable as reason:
        raise PortTaken(
            f"port {port} cannot be used ({reason}): name another one (--port), or none, "
            "which takes a free one."
        ) from None


async def _serve(
    console: Console, listening: socket.socket, ready: Callable[[str, int], None]
) -> None:
    port: int = listening.getsockname()[1]
    asyncio.get_running_loop().set_exception_handler(console.troubles.unhandled)
    server = LoopbackServer(
        make_app(console, port),
        ready=partial(ready, printed_url(port, console.secrets), port),
        grace=_GRACE,
    )
    under_way: list[Redriving] = []

    def end_redrive() -> None:
        if console.redriving is not None and console.redriving.running:
            under_way.append(console.redriving)
            console.redriving.ask_to_stop()

    try:
        await loopback.serve(server, listening, asyncio.Event(), on_stop=end_redrive)
    finally:
        for redriving in under_way:  # how it ends is told here: its page is gone
            await asyncio.to_thread(redriving.wait, _REDRIVE_ENDS)
            print(redriving.report, file=sys.stderr, flush=True)
