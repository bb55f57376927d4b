"""Who may ask for a page, and who may act: every request passes here first.

The console can act on a production account with the credentials of whoever started it, and any
page in any window of the same browser can send requests to 127.0.0.1. So: the Host must be our own
(a name of somebody else that resolves to 127.0.0.1 is refused), the cookie must be there, and what
acts must come from a page of ours: Origin, and a token that only our pages hold.
"""

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_FORM = 16 * 1024  # bytes
_SAFE = frozenset({"GET", "HEAD"})

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": POLICY,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # no-referrer would have browsers send `Origin: null` with our own forms
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class Secrets:
    """What this run of the console is known by; new with every start.

    `token` is in the printed URL, `cookie` in the browser's cookie, `form` in our own forms.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form: str = field(default_factory=lambda: secrets.token_urlsafe(32))


class Guard:
    """ASGI middleware; `port` is the one that the console listens at."""

    def __init__(self, app: ASGIApp, secrets: Secrets, port: int, *, read_only: bool) -> None:
        self._app = app
        self._secrets = secrets
        self._read_only = read_only
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        # cookies know no ports: another console's would take this one's place
        self._cookie_name = f"fctask-console-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it here."""
        if scope["type"] != "http":
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope, receive)
        answer = await self._refusal(request)
        await (answer or self._app)(scope, receive, send_guarded)

    async def _refusal(self, request: Request) -> Response | None:
        """The answer to a request that goes no further, or None."""
        if request.headers.get("host", "") not in self._hosts:
            return _refused("this console is at 127.0.0.1 and localhost only: another Host header")
        if request.url.path.startswith("/static/") and request.method in _SAFE:
            return None  # our own style and script: nothing of the account is in them
        token = request.query_params.get("token", "")
        if request.url.path == "/" and request.method == "GET" and token:
            return self._let_in(token)
        if not _same(request.cookies.get(self._cookie_name, ""), self._secrets.cookie):
            return _refused(
                "open the address that `fctask console` printed: this browser has no key for it, "
                "or the console was started anew since"
            )
        if request.method in _SAFE:
            return None
        return await self._unfit_to_act(request)

    def _let_in(self, token: str) -> Response:
        """The token of the printed URL becomes a cookie, and leaves the address bar."""
        if not _same(token, self._secrets.token):
            return _refused("the token in this address is not that of this run of the console")
        answer = RedirectResponse("/tasks", HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            self._cookie_name, self._secrets.cookie, httponly=True, samesite="strict", path="/"
        )
        return answer

    async def _unfit_to_act(self, request: Request) -> Response | None:
        if request.method != "POST":
            return _refused("nothing here is changed that way", HTTPStatus.METHOD_NOT_ALLOWED)
        if self._read_only:
            return _refused("this console is read-only (--read-only): nothing was done")
        if request.headers.get("origin", "") != f"http://{request.headers['host']}":
            return _refused("this request does not come from a page of this console")
        form = await _form(request)
        if form is None:
            return _refused("no form of this console", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if not _same(form.get("key", ""), self._secrets.form):
            return _refused("this form is not of this run of the console: load the page again")
        request.state.form = form
        return None


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form as browsers post them; None where it is none, or too long."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return None
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=32))
    except ValueError:
        return None


def _same(given: str, expected: str) -> bool:
    return secrets.compare_digest(given.encode(), expected.encode())


def _refused(why: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> Response:
    return PlainTextResponse(f"Refused: {why}.\n", status)


def printed_url(port: int, secrets: Secrets) -> str:
    """The address that lets a browser in."""
    return f"http://127.0.0.1:{port}/?{urlencode({'token': secrets.token})}"
