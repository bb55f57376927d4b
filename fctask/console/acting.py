"""Stop, re-run, redrive: the three things that change something. The guard has let them in."""

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from fctask import redrive, reruns, stopping
from fctask.clients import Clients
from fctask.console.console import Console
from fctask.console.pages import console_of, page
from fctask.console.redriving import Redriving
from fctask.console.task_page import looked_at, task_id_of
from fctask.errors import NoSuchTask, ServiceRefused, Throttled

T = TypeVar("T")

_ALSO = {"stopped": "Stopped", "succeeded": "Succeeded"}


def _to(location: str) -> Response:
    return RedirectResponse(location, HTTPStatus.SEE_OTHER)


async def _acted(console: Console, action: Callable[[Clients, str], T], task_id: str) -> T:
    """Do it; nothing that was asked before is shown any more, also where the outcome is unknown."""
    try:
        return await console.asking.ask(action, console.clients, task_id)
    finally:
        console.asking.forget()


async def ask_first(request: Request) -> Response:
    """GET /tasks/{task_id}/stop and /rerun: the question, where no script puts it on the page."""
    console, task_id = console_of(request), task_id_of(request)
    task = await looked_at(console, task_id)
    return page(
        request,
        "question.html",
        {
            "at": "tasks",
            "task": task,
            "action": request.url.path.rpartition("/")[2],
            "form": console.new_form(),
        },
    )


async def stop(request: Request) -> Response:
    """POST /tasks/{task_id}/stop: ask for the stop; the task's page shows when it is true."""
    console, task_id = console_of(request), task_id_of(request)
    told = "stop"
    try:
        await _acted(console, stopping.request_stop, task_id)
    except (NoSuchTask, Throttled):
        raise
    except ServiceRefused:
        if not (await looked_at(console, task_id)).final:
            raise
        told = "ended"
    return _to(f"/tasks/{task_id}?told={told}")


async def rerun(request: Request) -> Response:
    """POST /tasks/{task_id}/rerun: the same payload as a new task; the same form twice is one."""
    console, task_id = console_of(request), task_id_of(request)
    form = request.state.form.get("form", "")

    async def once() -> str:
        before = console.done_before(form)
        if before:
            return before
        again = await _acted(console, reruns.rerun, task_id)
        location = f"/tasks/{again.task_id}?told=rerun"
        if form:
            console.remember_done(form, location)
        return location

    async with console.acting:
        return _to(await once())


async def ask_redrive(request: Request) -> Response:
    """GET /messages/redrive: the question, where no script puts it on the page."""
    return page(request, "redrive_question.html", {"at": "messages"})


async def redrive_messages(request: Request) -> Response:
    """POST /messages/redrive: begin, unless one goes on; the messages' page shows how far it is."""
    console = console_of(request)
    if console.redriving is not None and console.redriving.running:
        return _to("/messages?told=one")
    also = {status for name, status in _ALSO.items() if name in request.state.form}
    console.redriving = Redriving(console.clients, redrive.FAILED | also, console.troubles)
    console.redriving.start()
    return _to("/messages")


async def stop_redrive(request: Request) -> Response:
    """POST /messages/redrive/stop: end it after the message at hand."""
    console = console_of(request)
    if console.redriving is not None:
        console.redriving.ask_to_stop()
    return _to("/messages")
