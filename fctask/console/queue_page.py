"""The queue's next messages, and what a redrive does with them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from fctask import messages
from fctask.clients import Clients
from fctask.console.pages import console_of, fragment, page
from fctask.message import QueueMessage
from fctask.messages import QueueCounts

TOLD = {"one": "A redrive goes on already: this one was not begun. Wait for its end, or stop it."}


@dataclass(frozen=True)
class Waiting:
    """What waits in the queue."""

    counts: QueueCounts
    next: list[QueueMessage]


def waiting(clients: Clients) -> Waiting:
    """The queue's numbers and its next 16 messages, left as they are. Raises NoSuchQueue."""
    return Waiting(messages.counts(clients), messages.peek(clients))


async def queue_page(request: Request) -> Response:
    """GET /messages."""
    return await _shown(request, whole=True)


async def queue_state(request: Request) -> Response:
    """GET /live/messages: what changes, for a page that shows it."""
    return await _shown(request, whole=False)


async def _shown(request: Request, *, whole: bool) -> Response:
    console = console_of(request)
    run = console.redriving
    # each message that a redrive has come to makes what was asked before untrue
    key = ("messages", id(run), run.seen if run else 0)
    found = await console.asking.shared(key, lambda: waiting(console.clients))
    shown = {"waiting": found, "run": run}
    if whole:
        told = TOLD.get(request.query_params.get("told", ""), "") if run and run.running else ""
        return page(request, "messages.html", {"at": "messages", "told": told, **shown})
    return fragment(request, "queue_state.html", shown)
