"""The expressions between `${` and `}`: calls, texts, and paths as vars.region or this.props.code.

Follows "Yaml 变量赋值" (assigning variables) of Serverless Devs, and for the older edition its
"Description file (YAML) specification".
"""

import re
from dataclasses import dataclass

CALLS = ("env", "config", "file", "json", "path", "regex")
"""What can be called."""


@dataclass(frozen=True)
class Words:
    """A text in quotes, or bare words that are no path: `'./a.json'`, `./a.json`."""

    text: str


@dataclass(frozen=True)
class Path:
    """Names, one inside the other: vars, service, name. A number is an item of a list."""

    names: "tuple[str, ...]"


@dataclass(frozen=True)
class Call:
    """A call with its arguments."""

    name: str
    arguments: "tuple[Expression, ...]"


Expression = Words | Path | Call

_CALL = re.compile(r"\s*([A-Za-z]+)\s*\((.*)\)\s*", re.DOTALL)
_PATH = re.compile(r"[A-Za-z_][\w-]*(\.[\w-]+|\[\d+\])*")


def split(text: str) -> "list[str | Expression]":
    """Give a text's parts: texts, and the expressions that stand in `${...}` in it.

    Raises ValueError with a phrase for an expression that is none of these forms.
    """
    parts: list[str | Expression] = []
    at = 0
    while (start := text.find("${", at)) >= 0:
        end = _end(text, start + 2)
        if start > at:
            parts.append(text[at:start])
        parts.append(parse(text[start + 2 : end]))
        at = end + 1
    if at < len(text):
        parts.append(text[at:])
    return parts


def parse(text: str) -> Expression:
    """Give the expression that a text is.

    Raises ValueError with a phrase for anything else, as for a calculation.
    """
    text = text.strip()
    if call := _CALL.fullmatch(text):
        name, inside = call[1], call[2]
        if name not in CALLS:
            raise ValueError(f"{name}() is no function of Serverless Devs")
        return Call(name, tuple(_argument(each) for each in _arguments(inside)))
    if _PATH.fullmatch(text):
        return Path(tuple(re.findall(r"[\w-]+", text)))
    raise ValueError("this is no expression of Serverless Devs that can be followed here")


def _argument(text: str) -> Expression:
    if len(text) >= 2 and text[0] in "'\"" and text[-1] == text[0]:
        return Words(text[1:-1])
    if _CALL.fullmatch(text) or text.startswith(("vars.", "resources.", "this.")):
        return parse(text)
    return Words(text)


def _arguments(inside: str) -> "list[str]":
    found: list[str] = []
    depth, quote, start = 0, "", 0
    for at, each in enumerate(inside):
        if quote:
            quote = "" if each == quote else quote
        elif each in "'\"":
            quote = each
        elif each in "()":
            depth += 1 if each == "(" else -1
        elif each == "," and depth == 0:
            found.append(inside[start:at].strip())
            start = at + 1
    last = inside[start:].strip()
    return [*found, last] if last or found else found


def _end(text: str, start: int) -> int:
    quote = ""
    for at in range(start, len(text)):
        if quote:
            quote = "" if text[at] == quote else quote
        elif text[at] in "'\"":
            quote = text[at]
        elif text[at] == "}":
            return at
    raise ValueError("a ${ has no closing brace")
