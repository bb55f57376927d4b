"""Policy documents, version "1": what a statement says, and whether it speaks of a request.

The syntax: https://www.alibabacloud.com/help/en/ram/user-guide/policy-structure-and-syntax
Action values are compared without regard to case (RAM says so for most services), resources with.
A statement with a Condition is not evaluated here: where it allows, it is as if it were not there;
where it denies, it denies. So a condition never opens what the cloud may keep closed.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, cast

LONGEST_DOCUMENT = 6144  # characters, of a policy and of a trust policy alike


class MalformedDocument(ValueError):
    """A text is no policy document; the message says what in it is wrong."""


def matches(pattern: str, text: str) -> bool:
    """Whether `text` fits `pattern`, in which `*` is any run of characters and `?` any one."""
    if pattern == "*":
        return True
    if "*" not in pattern:
        return _fits(pattern, text)
    first, *between, last = pattern.split("*")
    at, end = len(first), len(text) - len(last)
    if end < at or not _fits(first, text[:at]) or not _fits(last, text[end:]):
        return False
    for part in between:  # each where it first stands, which leaves the most to the rest
        at = _place(part, text, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _fits(part: str, text: str) -> bool:
    """Whether a text is this part of a pattern, in which only `?` stands for something else."""
    if "?" not in part:
        return part == text
    return len(part) == len(text) and _expression(part).fullmatch(text) is not None


def _place(part: str, text: str, at: int, end: int) -> int:
    """Where such a part first stands between two places of a text; -1 where it does not."""
    if "?" not in part:
        return text.find(part, at, end)
    found = _expression(part).search(text, at, end)
    return found.start() if found else -1


@lru_cache(maxsize=512)
def _expression(part: str) -> "re.Pattern[str]":
    return re.compile("".join("." if one == "?" else re.escape(one) for one in part), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. `actions` are in lower case; `principals` by kind, None outside trust."""

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...]
    but_actions: bool  # NotAction: every action but these
    resources: tuple[str, ...]
    but_resources: bool
    conditional: bool
    principals: Mapping[str, tuple[str, ...]] | None

    @property
    def allows(self) -> bool:
        """Whether its effect is Allow."""
        return self.effect == "Allow"

    def speaks_of(self, action: str, resource: str) -> bool:
        """Whether the statement is about doing `action` to `resource`, conditions aside."""
        lower = action.lower()
        if any(matches(pattern, lower) for pattern in self.actions) == self.but_actions:
            return False
        return any(matches(p, resource) for p in self.resources) != self.but_resources


@lru_cache(maxsize=512)
def parse_policy(document: str) -> tuple[Statement, ...]:
    """The statements of a policy document. Raises MalformedDocument."""
    return tuple(_statement(raw, place, trust=False) for place, raw in _statements(document))


@lru_cache(maxsize=512)
def parse_trust_policy(document: str) -> tuple[Statement, ...]:
    """The statements of a role's trust policy. Raises MalformedDocument."""
    return tuple(_statement(raw, place, trust=True) for place, raw in _statements(document))


def _statements(document: str) -> list[tuple[int, dict[str, Any]]]:
    try:
        parsed: Any = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise MalformedDocument(f"it is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise MalformedDocument("it must be a JSON object with Version and Statement")
    policy = cast("dict[str, Any]", parsed)
    _only(policy, {"Version", "Statement"}, "the document")
    if policy.get("Version") != "1":
        raise MalformedDocument(f'Version is {policy.get("Version")!r}; it must be "1"')
    statements = policy.get("Statement")
    if not isinstance(statements, list) or not statements:
        raise MalformedDocument("Statement must be a list of at least one statement")
    found: list[tuple[int, dict[str, Any]]] = []
    for place, raw in enumerate(cast("list[Any]", statements), 1):
        if not isinstance(raw, dict):
            raise MalformedDocument(f"statement {place} is not an object")
        found.append((place, cast("dict[str, Any]", raw)))
    return found


def _statement(raw: dict[str, Any], place: int, trust: bool) -> Statement:
    where = f"statement {place}"
    known = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"}
    _only(raw, known | {"Principal"} if trust else known, where)
    effect = raw.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedDocument(f"{where}: Effect is {effect!r}; it must be Allow or Deny")
    actions, but_actions = _either(raw, "Action", "NotAction", where)
    for action in actions:
        if action != "*" and ":" not in action:
            raise MalformedDocument(
                f'{where}: action {action!r} must be "*" or "service:Name", such as mns:SendMessage'
            )
    if trust and "Resource" not in raw and "NotResource" not in raw:
        resources, but_resources = ("*",), False
    else:
        resources, but_resources = _either(raw, "Resource", "NotResource", where)
    condition = raw.get("Condition", {})
    if not isinstance(condition, dict):
        raise MalformedDocument(f"{where}: Condition must be an object")
    return Statement(
        effect,
        tuple(action.lower() for action in actions),
        but_actions,
        resources,
        but_resources,
        bool(cast("dict[str, Any]", condition)),
        _principals(raw, where) if trust else None,
    )


def _principals(raw: dict[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    principal = raw.get("Principal")
    if not isinstance(principal, dict) or not principal:
        raise MalformedDocument(
            f"{where}: Principal must be an object such as "
            '{"Service": ["fc.aliyuncs.com"]} or {"RAM": ["acs:ram::<account>:root"]}'
        )
    found = cast("dict[str, Any]", principal)
    _only(found, {"Service", "RAM", "Federated"}, f"{where}: Principal")
    return {kind: _strings(value, f"{where}: Principal.{kind}") for kind, value in found.items()}


def _either(
    raw: dict[str, Any], plain: str, negated: str, where: str
) -> tuple[tuple[str, ...], bool]:
    if (plain in raw) == (negated in raw):
        raise MalformedDocument(f"{where}: it needs either {plain} or {negated}, one of them")
    negative = negated in raw
    name = negated if negative else plain
    return _strings(raw[name], f"{where}: {name}"), negative


def _strings(value: Any, where: str) -> tuple[str, ...]:
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    if not values or not all(isinstance(one, str) and one for one in values):
        raise MalformedDocument(f"{where} must be a string or a list of strings, none empty")
    return tuple(values)


def _only(raw: dict[str, Any], known: set[str], where: str) -> None:
    for name in raw:
        if name not in known:
            raise MalformedDocument(f"{where}: {name!r} is none of {', '.join(sorted(known))}")
