"""What the front door hands to a service, and what it gets back.

A service's `api.py` is the only file of its room that knows these types; the rules behind it know
nothing of HTTP.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.account import Caller


@dataclass(slots=True)
class Call:
    """One authenticated request to an operation of a service.

    `headers` has lower-case names. `path` is percent-decoded and without the query; `variables` are
    the path's variables by the names in the route's template; `query` holds the decoded query (the
    last one where a name stands twice; the names' case as sent). `project` is the label before the
    Log Service endpoint in the host name, "" for every other dialect. `departed` returns when the
    client has gone away: for an operation that waits, and would otherwise wait for nobody.
    """

    operation: str
    caller: Caller
    request_id: str
    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    project: str = ""
    departed: Callable[[], Awaitable[None]] | None = None


@dataclass(slots=True)
class Answer:
    """What goes back. Header names are sent as they are written here."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])


Operation = Callable[[Call], Awaitable[Answer]]

RpcOperation = Callable[[Caller, Mapping[str, str]], Awaitable[dict[str, Any]]]
"""An operation of an RPC service: caller and flat parameters (`Tag.1.Key` stays as it is sent) in;
the answer's JSON object out, without RequestId, which the dialect adds."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path template such as `/2023-03-30/functions/{functionName}`, and who answers.

    `operation` is the API's own name, such as `GetFunction`.
    """

    method: str
    template: str
    operation: str
    answer: Operation


def json_answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """An answer with a JSON document as its body."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # half of a surrogate pair, as the journal may show it, is then escaped as JSON has it too
    body = text.encode(errors="backslashreplace")
    return Answer(status, body, "application/json", headers or {})
