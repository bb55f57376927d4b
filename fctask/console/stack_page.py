"""The function with what it works with, and the stack's resources and how they hang together."""

import re
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from fctask import function, stacks
from fctask.console.arcs import arcs
from fctask.console.console import Console
from fctask.console.pages import console_of, page
from fctask.errors import FctaskError
from fctask.text import clean

T = TypeVar("T")

_DESTINATION = re.compile(r"acs:(mns|fc):[^:]*:[^:]*:/?(queues|topics|functions)/([^/]+)(?:/.*)?")
_KINDS = {"queues": "queue", "topics": "topic", "functions": "function"}


def destination_of(arn: str) -> tuple[str, str]:
    """What kind of thing a destination's ARN names, and its name; ("", "") for none."""
    found = _DESTINATION.fullmatch(arn)
    return (_KINDS[found[2]], found[3]) if found else ("destination" if arn else "", arn)


async def stack_page(request: Request) -> Response:
    """GET /stack."""
    console = console_of(request)
    problems: list[str] = []

    async def part(key: str, function_: Callable[[], T]) -> T | None:
        try:
            return await console.asking.shared(key, function_)
        except FctaskError as error:
            problems.append(clean(str(error)))
            return None

    clients = console.clients
    configuration = await part("async", lambda: function.async_configuration(clients))
    settings = await part("settings", lambda: function.settings(clients))
    resources = await part("resources", lambda: _resources(console))
    return page(
        request,
        "stack.html",
        {
            "at": "stack",
            "configuration": configuration,
            "settings": settings,
            "success": destination_of(configuration.on_success if configuration else ""),
            "failure": destination_of(configuration.on_failure if configuration else ""),
            "drawn": arcs(resources) if resources else None,
            "problems": problems,
        },
    )


def _resources(console: Console) -> list[stacks.StackResource]:
    return stacks.resources_of(console.stack, console.folder) if console.stack else []
