"""The console's pages and what leads to them."""

import time
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fctask.console import acting, queue_page, stack_page, task_list, task_page, totals_page
from fctask.console.console import Console
from fctask.console.guard import Guard
from fctask.console.pages import error_page, page
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
    if error.status_code != HTTPStatus.NOT_FOUND:
        return PlainTextResponse(error.detail, error.status_code)
    return page(request, "not_found.html", {"at": ""}, HTTPStatus.NOT_FOUND)


def _pages(console: Console) -> Starlette:
    routes = [
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
    app = Starlette(
        routes=routes,
        exception_handlers={FctaskError: _told, HTTPException: _not_found},
    )
    app.state.console = console
    return app


def make_app(console: Console, port: int) -> ASGIApp:
    """The console as it is served at 127.0.0.1:`port`: guarded, and with its time told."""
    app = _pages(console)
    return _timed(Guard(app, console.secrets, port, read_only=console.read_only))


def _timed(app: ASGIApp) -> ASGIApp:
    """The server's own time in the answer, where a browser's developer tools show it."""

    async def timed(scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                taken = (time.perf_counter() - began) * 1000
                MutableHeaders(scope=message)["server-timing"] = f"total;dur={taken:.1f}"
            await send(message)

        await app(scope, receive, send_timed)

    return timed
