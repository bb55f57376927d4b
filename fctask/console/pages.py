"""From a template and what it shows to an answer; everything shown is escaped."""

import hashlib
import re
from datetime import datetime, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from fctask import errors
from fctask.console.console import Console
from fctask.console.troubles import ConsoleFailed, sentence_of
from fctask.errors import FctaskError
from fctask.message import parse
from fctask.text import clean, laid_out, one_line, pretty
from fctask.times import clock, span

_TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
LONGEST_SHOWN = 20_000  # characters of a payload, a result or a message
LONGEST_LINE = 2_000  # characters of a log line

_HERE = Path(__file__).parent
_STATUS_OF_ERRORS: tuple[tuple[tuple[type[FctaskError], ...], HTTPStatus], ...] = (
    (
        (errors.NoSuchTask, errors.NoSuchFunction, errors.NoSuchQueue, errors.NoSuchLogs),
        HTTPStatus.NOT_FOUND,
    ),
    ((errors.NoSuchStack, errors.NotATaskFunction), HTTPStatus.NOT_FOUND),
    ((errors.AlreadyExists, errors.NotEnded, errors.PayloadLost), HTTPStatus.CONFLICT),
    ((errors.Throttled,), HTTPStatus.SERVICE_UNAVAILABLE),
    ((ConsoleFailed,), HTTPStatus.INTERNAL_SERVER_ERROR),
)
_PASSING = (errors.Unreachable, errors.Throttled)
HEADINGS = {
    "NoSuchTask": "No such task",
    "NoSuchFunction": "No such function",
    "NoSuchQueue": "No such queue",
    "NoSuchLogs": "No logs",
    "NoSuchStack": "No such stack",
    "NotATaskFunction": "Not a task function",
    "PermissionMissing": "Permission missing",
    "CredentialsRefused": "Credentials refused",
    "NoCredentials": "No credentials",
    "Unreachable": "No answer",
    "Throttled": "Not just now",
    "NotEnded": "It has not ended",
    "PayloadLost": "Its payload is lost",
    "AlreadyExists": "It has ended already",
    "ConsoleFailed": "The console failed",
}


def is_task_id(text: str) -> bool:
    """Whether a task may have that id: what else messages name has no page."""
    return bool(_TASK_ID.fullmatch(text))


def _moment(at: int | None) -> str:
    """`at` (ms) as HTML's datetime."""
    moment = datetime.fromtimestamp((at or 0) / 1000, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def cut(text: str, longest: int) -> str:
    """The text, and where it is longer how long it is."""
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text):,} characters)"


def _body(body: str) -> str:
    """A message's body for reading: its JSON, plain or Base64, over several lines."""
    document = parse(body)
    laid = pretty(body, LONGEST_SHOWN) if document is None else laid_out(document, LONGEST_SHOWN)
    told = laid or clean(body[:LONGEST_SHOWN])
    if len(told) <= LONGEST_SHOWN and (laid or len(body) <= LONGEST_SHOWN):
        return told
    return f"{told[:LONGEST_SHOWN]}… (of {len(body):,} characters; `fctask messages` prints all)"


def _line(text: str) -> str:
    """A log line for reading."""
    return clean(cut(text, LONGEST_LINE))


def _query(**values: str) -> str:
    """A query string of what is not empty, with its question mark; "" for nothing."""
    given = {name: value for name, value in values.items() if value}
    return f"?{urlencode(given)}" if given else ""


_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters.update(
    body=_body,
    line=_line,
    clock=clock,
    span=span,
    clean=clean,
    one_line=one_line,
    moment=_moment,
    thousands="{:,}".format,
)


def console_of(request: Request) -> Console:
    """The console that this request came to."""
    return request.app.state.console


def page(
    request: Request, name: str, shown: dict[str, Any], status: int = HTTPStatus.OK
) -> Response:
    """A whole page."""
    return HTMLResponse(_rendered(request, name, shown), status)


def fragment(request: Request, name: str, shown: dict[str, Any]) -> Response:
    """A part of a page, for a page that shows it already: 204 where it is as the page has it."""
    body = _rendered(request, name, shown)
    version = hashlib.sha256(body.encode()).hexdigest()[:20]
    if request.headers.get("x-seen") == version:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return HTMLResponse(body, headers={"x-version": version})


def error_page(request: Request, error: FctaskError) -> Response:
    """What went wrong as a page; for a part of a page the sentence alone."""
    status = status_of(error)
    if "x-live" in request.headers:
        return Response(sentence_of(error), status, media_type="text/plain")
    return page(
        request,
        "error.html",
        {
            "at": "",
            "heading": HEADINGS.get(error.kind, "It could not be done"),
            "sentence": sentence_of(error),
            "request_id": str(error.details.get("requestId", "")),
            "passing": isinstance(error, _PASSING) and request.method == "GET",
        },
        status,
    )


def status_of(error: FctaskError) -> int:
    """The HTTP status for an error; 502 for what the cloud refuses without a better one."""
    for kinds, status in _STATUS_OF_ERRORS:
        if isinstance(error, kinds):
            return status
    return HTTPStatus.BAD_GATEWAY


def _rendered(request: Request, name: str, shown: dict[str, Any]) -> str:
    console = console_of(request)
    return _templates.get_template(name).render(
        console=console,
        target=console.clients.target,
        key=console.secrets.form,
        query=_query,
        is_task_id=is_task_id,
        **shown,
    )
