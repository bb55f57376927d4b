"""A request as it came over the wire, before any service's dialect is known.

Follows RFC 9112: request lines in origin form (`/path?query`) and in absolute form
(`http://host/path?query`, what a client sends to its HTTP_PROXY).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

from localcloud.refusal import Refusal

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ABSOLUTE = re.compile(rb"^http://([^/?#]*)([^#]*)$", re.IGNORECASE)
_ONLY_ONCE = frozenset(("host", "authorization", "content-length", "content-type", "date"))


class BadRequest(Refusal):
    """Something that is wrong in any dialect; `code` is replaced by the dialect's own."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__("InvalidRequest", message, status)


@dataclass(slots=True)
class Request:
    """Method, target and headers as sent, the body whole.

    `path` and `query` are the two parts of the target, still percent-encoded. `headers` has
    lower-case names; values are stripped, and joined with ", " where a name stands twice. `host`
    is the authority without its port, in lower case. `receive` is the ASGI application's; `held`
    is the front door's count of the body's bytes.
    """

    method: str
    path: str
    query: str
    host: str
    headers: dict[str, str]
    body: bytes = b""
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]] | None = None
    held: int = 0

    async def departed(self) -> None:
        """Return when the client has closed the connection; call it once the body is read."""
        if self.receive is None:
            await asyncio.Future()
            return
        while (await self.receive())["type"] != "http.disconnect":
            pass

    @property
    def target(self) -> str:
        """Path and query in origin form, as the client wrote them."""
        return f"{self.path}?{self.query}" if self.query else self.path


def read_head(method: str, target: bytes, raw_headers: list[tuple[bytes, bytes]]) -> Request:
    """Make a Request, still without its body, of what the HTTP parser found.

    Raises BadRequest for a target that is neither origin nor absolute form or has bytes outside
    ASCII, for a header that may stand once and stands twice, and for a missing Host.
    """
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw_headers:
        name = raw_name.decode("latin-1")
        value = raw_value.decode("latin-1").strip()
        if name in headers:
            if name in _ONLY_ONCE:
                raise BadRequest(f"the header {name} stands twice")
            headers[name] += ", " + value
        else:
            headers[name] = value
    authority = headers.get("host", "")
    if not target.startswith(b"/"):
        absolute = _ABSOLUTE.match(target)
        if absolute is None:
            raise BadRequest("the request line has neither a path nor a URL that begins http://")
        authority = absolute[1].decode("latin-1")
        target = absolute[2]
        if not target.startswith(b"/"):
            target = b"/" + target
    try:
        path, _, query = target.decode("ascii").partition("?")
    except UnicodeDecodeError:
        raise BadRequest("the URL has bytes outside ASCII: percent-encode them") from None
    if not authority:
        raise BadRequest("the request has no Host header")
    return Request(method, path, query, _without_port(authority.lower()), headers)


def decode_path(raw: str) -> str:
    """Percent-decode a path or a segment of one. Raises BadRequest when it is not UTF-8."""
    if "%" not in raw:
        return raw
    return _decode(raw, unquote)


def decode_pairs(raw: str) -> list[tuple[str, str]]:
    """The names and values of a query or a form, decoded, in the order they were sent.

    Raises BadRequest for bad percent-encoding and for what is not UTF-8.
    """
    if not raw:
        return []
    pairs: list[tuple[str, str]] = []
    plain = "%" not in raw and "+" not in raw
    for part in raw.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        if not plain:
            name = _decode(name, unquote_plus)
            value = _decode(value, unquote_plus)
        pairs.append((name, value))
    return pairs


def decode_query(raw: str) -> Mapping[str, str]:
    """`decode_pairs` as a mapping; the last value counts where a name stands twice."""
    return dict(decode_pairs(raw))


def _decode(raw: str, unquoted: Callable[..., str]) -> str:
    if _BAD_ESCAPE.search(raw):
        raise BadRequest("the URL or form has a '%' that is not followed by two hex digits")
    try:
        return unquoted(raw, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("the URL or form is not UTF-8 once percent-decoded") from None


def _without_port(authority: str) -> str:
    if authority.endswith("]"):  # [::1]
        return authority
    name, colon, port = authority.rpartition(":")
    return name if colon and (port.isdigit() or not port) else authority
