"""One task: its way, its payload and result, its log lines, and what can be done with it."""

import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from fctask import logs, reruns, tasks
from fctask.console.console import Console
from fctask.console.pages import (
    LONGEST_SHOWN,
    console_of,
    fragment,
    is_task_id,
    page,
)
from fctask.console.timeline import length, steps
from fctask.console.troubles import sentence_of
from fctask.errors import FctaskError, NoSuchTask
from fctask.logs import LogLine
from fctask.task import Task
from fctask.text import clean, pretty

_LINES_SHOWN = 500
_LOGS_COME_LATE = 30_000  # ms after the end in which lines may still come
_SETTLED = 30_000  # ms after the end in which something may still change
TOLD = {
    "stop": "The stop is asked for. It is true once the status says Stopped.",
    "ended": "It had ended already: there was nothing to stop.",
    "rerun": "Accepted: this is the new task, with the same payload.",
}


def task_id_of(request: Request) -> str:
    """The task's id in the path. Raises NoSuchTask for what cannot be one."""
    task_id = request.path_params["task_id"]
    if not is_task_id(task_id):
        raise NoSuchTask(f"no such task: {clean(task_id)}. It is no task id.")
    return task_id


async def looked_at(console: Console, task_id: str) -> Task:
    """The task as it is now. Raises NoSuchTask and the like."""
    return await console.asking.shared(
        ("task", task_id), lambda: tasks.get(console.clients, task_id)
    )


async def task_page(request: Request) -> Response:
    """GET /tasks/{task_id}."""
    return await _shown(request, whole=True)


async def task_state(request: Request) -> Response:
    """GET /live/tasks/{task_id}: all that changes, for a page that shows it."""
    return await _shown(request, whole=False)


async def _shown(request: Request, *, whole: bool) -> Response:
    console, task_id = console_of(request), task_id_of(request)
    task = await looked_at(console, task_id)
    now = round(time.time() * 1000)
    first = reruns.first_of(task.task_id)
    shown = {
        "task": task,
        "first": first if first != task.task_id and task_id.startswith("rerun-") else "",
        "steps": steps(task, now),
        "length": length(task, now),
        # where its message went is told a moment after its end
        "live": task.ended_at is None or now - task.ended_at < _SETTLED,
        "texts": [
            (name, *_shortened(text))
            for name, text in (("payload", task.payload), ("result", task.result))
        ],
    }
    if not whole:
        return fragment(request, "task_state.html", shown)
    told = TOLD.get(request.query_params.get("told", ""), "")
    return page(
        request,
        "task.html",
        {"at": "tasks", "told": told, "form": console.new_form(), **shown},
    )


def _shortened(text: str | None) -> tuple[str, int]:
    """What is shown of a text, and its length in characters where more is there."""
    if text is None:
        return "", 0
    if len(text) > 4 * LONGEST_SHOWN:  # too long to be read as JSON while a page waits
        return clean(text[:LONGEST_SHOWN]), len(text)
    told = pretty(text, LONGEST_SHOWN)
    return told[:LONGEST_SHOWN], len(text) if len(told) > LONGEST_SHOWN else 0


async def task_text(request: Request) -> Response:
    """GET /tasks/{task_id}/payload and /result: all of it, as it is, as plain text."""
    console = console_of(request)
    task = await looked_at(console, task_id_of(request))
    name = request.url.path.rpartition("/")[2]
    text = {"payload": task.payload, "result": task.result}[name]
    # nothing in it may act, whatever a browser makes of it
    policy = {"content-security-policy": "default-src 'none'; sandbox"}
    return PlainTextResponse(text or "", headers=policy)


async def task_logs(request: Request) -> Response:
    """GET /live/tasks/{task_id}/logs: its log lines, or why there are none."""
    console, task_id = console_of(request), task_id_of(request)
    task = await looked_at(console, task_id)
    why = ""
    lines: list[LogLine] = []
    try:
        lines = await console.asking.shared(
            ("logs", task_id), lambda: logs.newest(console.clients, task, _LINES_SHOWN + 1)
        )
    except FctaskError as error:
        why = sentence_of(error)
    late = task.ended_at is not None and time.time() * 1000 - task.ended_at > _LOGS_COME_LATE
    return fragment(
        request,
        "logs.html",
        {
            "task": task,
            "lines": lines[-_LINES_SHOWN:],
            "left_out": len(lines) > _LINES_SHOWN,
            "why": why,
            "settled": late or bool(why),
        },
    )
