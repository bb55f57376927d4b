"""What FC's operations have in common: bodies, pages, permission, and one change of the store."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.clock import Clock
from localcloud.fc.checks import invalid
from localcloud.fc.permissions import permit
from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.store.database import Database, Transaction
from localcloud.whole_number import whole_number
from localcloud.wire.exchange import Answer, Call, json_answer

T = TypeVar("T")

ANY_FUNCTION = f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/*"
ANY_LAYER = f"acs:fc:{REGION}:{ACCOUNT_ID}:layers/*"

_DEFAULT_PAGE = 20
_MOST_IN_A_PAGE = 100
_LARGE_BODY = 256 * 1024  # bytes; above it, parsing would hold up the event loop


@dataclass(frozen=True, slots=True)
class Operations:
    """Applies a rule for a caller: its permission (`fc:<operation>`) and the rule in one change."""

    database: Database
    clock: Clock

    async def write(self, call: Call, resource: str, rule: Callable[[Transaction, int], T]) -> T:
        """Apply a rule that changes something; it gets the time in ms."""
        now = self.clock()

        def change(tx: Transaction) -> T:
            permit(tx, call.caller, f"fc:{call.operation}", resource)
            return rule(tx, now)

        return await self.database.write(change)

    def read(self, call: Call, resource: str, rule: Callable[[Transaction], T]) -> T:
        """Apply a rule that only reads."""

        def query(tx: Transaction) -> T:
            permit(tx, call.caller, f"fc:{call.operation}", resource)
            return rule(tx)

        return self.database.read(query)


async def body_of(call: Call) -> dict[str, Any]:
    """The JSON object in a request's body; {} for an empty one.

    Raises Refusal InvalidArgument (400) for anything else.
    """
    if len(call.body) > _LARGE_BODY:
        return await asyncio.to_thread(_parse, call.body)
    return _parse(call.body)


def _parse(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        document: Any = read_json(body)
    except ValueError as error:
        raise Refusal("InvalidArgument", f"the request's body is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise Refusal("InvalidArgument", "the request's body must be a JSON object")
    return cast(dict[str, Any], document)


def limit_of(query: Mapping[str, str], name: str = "limit") -> int:
    """How many a page is to hold: 1 to 100, by default 20."""
    text = query.get(name, "")
    if not text:
        return _DEFAULT_PAGE
    limit = whole_number(text, _MOST_IN_A_PAGE)
    if not limit:
        raise invalid(name, text, f"a whole number from 1 to {_MOST_IN_A_PAGE}")
    return limit


def page(name: str, things: Sequence[Any], next_token: str) -> Answer:
    """A page of a list; without nextToken it is the last one."""
    document: dict[str, Any] = {name: list(things)}
    if next_token:
        document["nextToken"] = next_token
    return json_answer(document)


def json_list(query: Mapping[str, str], name: str) -> list[Any]:
    """A query parameter that holds a JSON list; [] when it is not there."""
    text = query.get(name, "")
    if not text:
        return []
    try:
        value: Any = read_json(text)
    except ValueError:
        value = None
    if not isinstance(value, list):
        raise invalid(name, text, "a JSON list")
    return cast(list[Any], value)


def tags_in(entries: Sequence[Any], name: str) -> dict[str, str]:
    """Keys and values of [{"Key", "Value"}]; a missing value is ""."""
    tags: dict[str, str] = {}
    for entry in entries:
        tag = cast(dict[str, Any], entry) if isinstance(entry, dict) else {}
        key, value = tag.get("Key"), tag.get("Value", "")
        if not isinstance(key, str) or not isinstance(value, str):
            raise invalid(name, entry, "an object with the texts Key and Value")
        tags[key] = value
    return tags


NO_CONTENT = 204
CREATED = 201
