"""The queue's next messages, and what a redrive does with them."""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from fctask import messages
from fctask.clients import Clients
from fctask.console.pages import console_of, fragment, page
from fctask.message import QueueMessage
from fctask.messages import QueueCounts


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
    found = await console.asking.shared("messages", lambda: waiting(console.clients))
    shown = {"waiting": found, "run": console.redriving}
    if whole:
        return page(request, "messages.html", {"at": "messages", **shown})
    return fragment(request, "queue_state.html", shown)
