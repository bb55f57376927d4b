"""The last requests that localcloud received: what a test or a person asks when in doubt.

Recording costs next to nothing: parameters and bodies are decoded when somebody asks. Nothing
secret is kept in what is shown: signatures and security tokens are left out, values of environment
variables are masked, code archives and payloads are told by their size.
"""

import json
import re
from collections import deque
from typing import Any

from localcloud.wire.request import BadRequest, Request, decode_pairs
from localcloud.wire.signatures.rpc_hmac_sha1 import PROTOCOL_PARAMETERS

MOST_ENTRIES = 10_000
_LARGEST_BODY_KEPT = 16 * 1024
_ARCHIVE = re.compile(rb'("zipFile"\s*:\s*")([^"]*)(")')
_SECRET = re.compile(r"secret|token|password|credential", re.IGNORECASE)


class Entry:
    """One request. The dialect fills in what the front door cannot know."""

    __slots__ = (
        "body",
        "dialect",
        "host",
        "method",
        "operation",
        "query",
        "request_id",
        "sequence",
        "status",
        "target",
        "time",
        "user_agent",
    )

    def __init__(self, sequence: int, time: int, dialect: str, request: Request) -> None:
        self.sequence = sequence
        self.time = time
        self.dialect = dialect
        self.host = request.host
        self.method = request.method
        self.target = request.path
        self.query = request.query
        self.user_agent = request.headers.get("user-agent", "")
        self.operation = ""
        self.request_id = ""
        self.status = 0
        self.body: bytes = b""

    def keep_body(self, body: bytes) -> None:
        """Keep a body of parameters or JSON, without the code archive in it."""
        if len(body) > _LARGEST_BODY_KEPT:
            body = _ARCHIVE.sub(_told_by_size, body)
        self.body = body if len(body) <= _LARGEST_BODY_KEPT else b""

    def shown(self) -> dict[str, Any]:
        """What `GET /_localcloud/requests` gives of this request."""
        return {
            "sequence": self.sequence,
            "time": self.time,
            "dialect": self.dialect,
            "host": self.host,
            "method": self.method,
            "path": self.target,
            "operation": self.operation,
            "requestId": self.request_id,
            "userAgent": self.user_agent,
            "status": self.status,
            "parameters": self._parameters(),
        }

    def _parameters(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for text in (self.query, "" if self.dialect != "rpc" else self.body.decode("latin-1")):
            try:
                found.update(decode_pairs(text))
            except BadRequest:
                continue  # it was refused for that
        for name in PROTOCOL_PARAMETERS.intersection(found):
            del found[name]
        if self.dialect != "rpc" and self.body:
            try:
                document: Any = json.loads(self.body)
            except (ValueError, RecursionError):
                document = None
            if isinstance(document, dict):
                found.update(document)  # pyright: ignore[reportUnknownArgumentType]
            elif document is not None:
                found["body"] = document
        return _masked(found)


class Journal:
    """A ring of the last 10,000 requests, in the order in which they were answered."""

    __slots__ = ("_entries", "_next")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._next = 1

    def begin(self, time: int, dialect: str, request: Request) -> Entry:
        """Number a request that has just arrived; `time` in ms."""
        entry = Entry(self._next, time, dialect, request)
        self._next += 1
        self._entries.append(entry)
        return entry

    @property
    def last(self) -> int:
        """The number of the last request that arrived; 0 before the first."""
        return self._next - 1

    def after(self, sequence: int) -> list[dict[str, Any]]:
        """The requests with higher numbers than this one, oldest first."""
        return [entry.shown() for entry in self._entries if entry.sequence > sequence]


def _told_by_size(found: "re.Match[bytes]") -> bytes:
    return found[1] + f"<{len(found[2])} characters>".encode() + found[3]


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        document: dict[str, Any] = value
        return {name: _masked_member(name, member) for name, member in document.items()}
    if isinstance(value, list):
        members: list[Any] = value
        return [_masked(member) for member in members]
    return value


def _masked_member(name: str, value: Any) -> Any:
    if name == "zipFile" and isinstance(value, str):
        return value if value.startswith("<") else f"<{len(value)} characters>"
    if name == "environmentVariables" and isinstance(value, dict):
        variables: dict[str, Any] = value
        return dict.fromkeys(variables, "***")
    if isinstance(value, str) and _SECRET.search(name):
        return "***"
    return _masked(value)
