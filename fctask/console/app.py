"""The console's pages and what leads to them."""

import asyncio
import time
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fctask.console import acting, queue_page, stack_page, task_list, task_page, totals_page
from fctask.console.console import Console
from fctask.console.guard import Guard
from fctask.console.pages import error_page, page
from fctask.console.troubles import ConsoleFailed, Troubles, sentence_of
from fctask.errors import FctaskError

_STATIC = Path(__file__).parent / "static"


async def _home(_: Request) -> Response:
    return RedirectResponse("/tasks")


async def _told(request: Request, error: Exception) -> Response:
    if not isinstance(error, FctaskError):  # it is registered for nothing else
        raise error
    return error_page(request, error)


async def _not_found(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code != HTTPStatus.NOT_FOUND or "x-live" in request.headers:
        return PlainTextResponse(error.detail, error.status_code)
    return page(request, "not_found.html", {"at": ""}, HTTPStatus.NOT_FOUND)


class _OwnErrors:
    """An error that no page was made for is a page too, and printed once."""

    def __init__(self, app: ASGIApp, troubles: Troubles) -> None:
        self._app = app
        self._troubles = troubles

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = False

        async def send_watched(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except asyncio.CancelledError:  # the console ends, and this waited for the cloud too long
            if not began:
                ends = PlainTextResponse("The console ends.\n", HTTPStatus.SERVICE_UNAVAILABLE)
                await ends(scope, receive, send)
        except Exception as error:
            if began:
                raise  # an answer that is cut off can say nothing more
            self._troubles.tell_once("A page", error)
            own = ConsoleFailed(f"This page fails: {sentence_of(error)}")
            await error_page(Request(scope), own)(scope, receive, send)


ROUTES = [
    Route("/", _home),
    Route("/tasks", task_list.task_list),
    Route("/tasks/{task_id}", task_page.task_page),
    Route("/tasks/{task_id}/payload", task_page.task_text),
    Route("/tasks/{task_id}/result", task_page.task_text),
    Route("/tasks/{task_id}/stop", acting.ask_first),
    Route("/tasks/{task_id}/rerun", acting.ask_first),
    Route("/tasks/{task_id}/stop", acting.stop, methods=["POST"]),
    Route("/tasks/{task_id}/rerun", acting.rerun, methods=["POST"]),
    Route("/messages", queue_page.queue_page),
    Route("/messages/redrive", acting.ask_redrive),
    Route("/messages/redrive", acting.redrive_messages, methods=["POST"]),
    Route("/messages/redrive/stop", acting.stop_redrive, methods=["POST"]),
    Route("/totals", totals_page.totals_page),
    Route("/stack", stack_page.stack_page),
    # the parts of pages that change, asked for by pages that show them
    Route("/live/tasks", task_list.task_rows),
    Route("/live/tasks/{task_id}", task_page.task_state),
    Route("/live/tasks/{task_id}/logs", task_page.task_logs),
    Route("/live/messages", queue_page.queue_state),
    Route("/live/totals", totals_page.totals_state),
    Mount("/static", StaticFiles(directory=_STATIC)),
]


def _pages(console: Console) -> Starlette:
    app = Starlette(
        routes=ROUTES,
        exception_handlers={FctaskError: _told, HTTPException: _not_found},
        middleware=[Middleware(_OwnErrors, troubles=console.troubles)],
    )
    app.state.console = console
    return app


def make_app(console: Console, port: int) -> ASGIApp:
    """The console as it is served at 127.0.0.1:`port`: guarded, and with its time told."""
    guard = Guard(_pages(console), console.secrets, port, read_only=console.read_only)
    return _timed(guard, console.troubles)


def _timed(app: ASGIApp, troubles: Troubles) -> ASGIApp:
    """The server's own time in the answer, where a browser's developer tools show it."""

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                taken = (time.perf_counter() - began) * 1000
                MutableHeaders(scope=message)["server-timing"] = f"total;dur={taken:.1f}"
            await send(message)

        try:
            await app(scope, receive, send_timed)
        except Exception as error:
            troubles.tell_once("An answer", error)  # the server's own log is silent
            raise

    return timed
