"""What an answer says, as facts that two clouds can be compared by.

A fact has a name (`status`, `code`, `body.Role.Arn`, `header x-fc-request-id`) and a text. Whatever
is another one each time, an id or a moment, is replaced by its form: `<uuid>`, `<ms>`,
`<time 2006-01-02T15:04:05Z>`. Account, region, address and the run's own
prefix of names are replaced by what they are.
"""

import json
import re
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from xml.etree import ElementTree

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tests.conformance.exchanges import Exchange

WORDS = "message"
"""The fact with a refusal's sentence: told, and not counted where it alone differs."""

_VARIES = frozenset(
    (
        "access_key_id",
        "codesize",  # the services count a package's bytes each in their own way
        "durationms",
        "functionid",
        "hostid",
        "instanceid",
        "messageid",
        "nexttoken",
        "principalid",
        "receipthandle",
        "requestid",
        "roleid",
        "userid",
        "__time_ns_part__",
        "x-fc-code-checksum",
        "x-fc-instance-id",
        "x-fc-invocation-duration",
        "x-fc-max-memory-usage",
        "x-log-time",
        "x-log-elapsed-millisecond",
        "elapsedmillisecond",
        "x-mns-request-id",
    )
)
_HEADERS = re.compile(r"x-(fc|mns|log)-.*|x-acs-request-id|location|content-type")
_FORMS = (
    ("uuid", re.compile(r"[0-9A-F]{8}-([0-9A-F]{4}-){3}[0-9A-F]{12}")),
    ("lower-case uuid", re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")),
    ("fc request id", re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}")),
    ("24 hex", re.compile(r"[0-9A-F]{24}")),
    ("time 2006-01-02T15:04:05Z", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")),
    ("time 2006-01-02T15:04:05.000Z", re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")),
    ("time 2006-01-02 15:04:05", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")),
)
_WITHIN = (
    ("<fc request id>", re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{12}")),
    ("<MB>MB", re.compile(r"\b\d+(\.\d+)?\s?MB")),
    ("<ms> ms", re.compile(r"\b\d+(\.\d+)? ms\b")),
)
_TO_SIGN = re.compile(r"(string to sign) .*", re.DOTALL)  # it has the request's own nonce in it
_ADDRESS = re.compile(r"https?://[^/]+")
_OR = " | "
_TWO_DAYS = 2 * 86_400  # s


@dataclass(frozen=True)
class Observation:
    """What one step showed: a name, unique in its subject, and facts."""

    step: str
    facts: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Whose:
    """The account, the region and the prefix of names that are taken out of what is observed."""

    account_id: str
    region: str
    prefix: str

    def form(self, value: Any, name: str = "") -> str:
        """A value as a fact's text. `name` is the field that it stands in."""
        varies = name.lower() in _VARIES
        if value is None or isinstance(value, bool):
            return json.dumps(value)
        if isinstance(value, int):
            moment = _moment(value)
            return moment or ("<whole number>" if varies else str(value))
        if isinstance(value, float):
            return "<number>" if varies else repr(value)
        text = str(value)
        if text.isdecimal() and _moment(int(text)):
            return f'"{_moment(int(text))}"'
        for kind, pattern in _FORMS:
            if pattern.fullmatch(text):
                return f"<{kind}>"
        if varies:
            return "<text>" if text else '""'
        return self._without_places(text)

    def _without_places(self, text: str) -> str:
        text = _ADDRESS.sub("<address>", text)
        for kind, pattern in _WITHIN:
            text = pattern.sub(kind, text)
        text = text.replace(self.account_id, "<account>").replace(self.region, "<region>")
        return text.replace(self.prefix, "<run>")

    def facts_of(self, exchange: Exchange) -> dict[str, str]:
        """The facts of an answer: status, code and message, headers, and the body's fields."""
        facts = {"status": str(exchange.status)}
        for name, value in sorted(exchange.headers.items()):
            if _HEADERS.fullmatch(name):
                text = value.lower().replace(" ", "") if name == "content-type" else value
                facts[f"header {name}"] = self.form(text, name)
        document = _document(exchange)
        if exchange.status >= 400 and isinstance(document, dict):
            return {**facts, **self._refusal(cast("dict[str, Any]", document))}
        return {**facts, **self.facts_in("body", document)}

    def facts_in(self, path: str, value: Any) -> dict[str, str]:
        """The facts of a value with fields in it, such as a message's body."""
        facts: dict[str, str] = {}
        for name, found in _leaves(path, value):
            text = self.form(found, re.split(r"[.\]]", name)[-1])
            before = facts.get(name)
            if before is None:
                facts[name] = text
            elif text not in before.split(_OR):  # of a list's members, each thing once
                facts[name] = before + _OR + text
        return facts

    def _refusal(self, document: Mapping[str, Any]) -> dict[str, str]:
        facts: dict[str, str] = {}
        for name, value in document.items():
            if name in ("Code", "errorCode", "code"):
                facts["code"] = self.form(value)
            elif name in ("Message", "errorMessage", "message"):
                facts[WORDS] = _TO_SIGN.sub(r"\1 <string to sign>", self.form(value))
            else:
                facts.update(self.facts_in(f"body.{name}", value))
        return facts


def _moment(value: int) -> str:
    """`<ms>` or `<s>` for a time near now, in that unit; else nothing."""
    now = time.time()
    if abs(value - now) < _TWO_DAYS:
        return "<s>"
    return "<ms>" if abs(value / 1000 - now) < _TWO_DAYS else ""


def _document(exchange: Exchange) -> Any:
    """The body: JSON or XML as objects, anything else as a text."""
    text = exchange.body.decode("utf-8", "replace")
    kind = exchange.headers.get("content-type", "")
    if "xml" in kind and text.strip():
        try:
            return _element(fromstring(text))
        except (ElementTree.ParseError, DefusedXmlException):
            return text
    if "json" in kind and text.strip():
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _element(element: ElementTree.Element) -> Any:
    """An element without its namespace: a text, or its children by name, in lists where several."""
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(child.tag.rpartition("}")[2], []).append(_element(child))
    if not children:
        return element.text or ""
    return {name: found[0] if len(found) == 1 else found for name, found in children.items()}


def _leaves(path: str, value: Any) -> Generator[tuple[str, Any]]:
    """Paths and values within a value. The members of a list share one path, and are counted."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if not members:
            yield path, "{}"
        for name, member in sorted(members.items()):
            yield from _leaves(f"{path}.{name}", member)
    elif isinstance(value, list):
        items = cast("list[Any]", value)
        yield f"{path}[] count", len(items)
        for item in items:
            yield from _leaves(f"{path}[]", item)
    else:
        yield path, value
