"""How values of an s.yaml are read: texts, numbers, lists, and groups of settings by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .composed import Composed, joined, parts_of
from .findings import Findings
from .marked import Marked
from .refusal import CannotConvert


@dataclass(frozen=True)
class Reading:
    """What a conversion goes by: the environment, the account's id if it is known, and values for
    the placeholders. `adopting` takes what `auto` made as it is, in place of making it anew."""

    folder: Path
    findings: Findings
    environment: Mapping[str, str]
    account: "str | None" = None
    replace: Mapping[str, str] = field(default_factory=dict[str, str])
    adopting: bool = False

    def known(self, marked: Marked) -> str:
        """Give a text that must be known now."""
        if isinstance(marked.value, Composed):
            return marked.value.known(self.environment, self.account, marked.place)
        return marked.text


Reader = Callable[[Marked, str, Reading], Any]
"""Reads the value at a path; None where it gave a finding in its place."""


def text(marked: Marked, path: str, _: "Reading | None" = None) -> "str | Composed":
    """Give a scalar as the text that it is written as."""
    if isinstance(marked.value, dict | list):
        raise CannotConvert(f"{marked.place}: {path} must be a text.")
    return marked.value if isinstance(marked.value, Composed) else marked.text


def whole(marked: Marked, path: str, reading: Reading) -> int:
    """Give a whole number, which may be written as a text."""
    given = number(marked, path, reading)
    if given != int(given):
        raise CannotConvert(f"{marked.place}: {path} must be a whole number.")
    return int(given)


def number(marked: Marked, path: str, reading: Reading) -> float:
    """Give a number, which may be written as a text."""
    try:
        given = float(reading.known(marked))
        return int(given) if given == int(given) else given
    except (ValueError, OverflowError) as error:
        if isinstance(error, CannotConvert):
            raise
        raise CannotConvert(f"{marked.place}: {path} must be a number.") from error


def flag(marked: Marked, path: str, reading: Reading) -> bool:
    """Give true or false, which may be written as a text."""
    known = reading.known(marked).lower()
    if known not in ("true", "false"):
        raise CannotConvert(f"{marked.place}: {path} must be true or false.")
    return known == "true"


def texts(marked: Marked, path: str, _: Reading) -> "dict[str, str | Composed]":
    """Give texts by name."""
    return {name: text(each, f"{path}.{name}") for name, each in marked.entries().items()}


def listed(marked: Marked, path: str, _: Reading) -> "list[str | Composed]":
    """Give a list of texts; a text alone counts as a list of one."""
    if not isinstance(marked.value, list):
        return [text(marked, path)]
    return [text(each, f"{path}[{number}]") for number, each in enumerate(marked.items())]


def group(**parts: "tuple[str, Reader]") -> Reader:
    """Give a reader of settings by name: each setting's own name, what it is called, its reader."""

    def read(marked: Marked, path: str, reading: Reading) -> "dict[str, Any] | None":
        made: dict[str, Any] = {}
        for name, each in marked.entries().items():
            if each.value in (None, "", [], {}):
                continue
            if name not in parts:
                reading.findings.no_counterpart(
                    each.place, f"{path}.{name}", "AsyncTask has no argument for it."
                )
                continue
            called, reader = parts[name]
            value = reader(each, f"{path}.{name}", reading)
            if value is not None:
                made[called] = value
        return made or None

    return read


def each(reader: Reader) -> Reader:
    """Give a reader of a list whose items this one reads."""

    def read(marked: Marked, path: str, reading: Reading) -> "list[Any]":
        made = [
            reader(item, f"{path}[{number}]", reading) for number, item in enumerate(marked.items())
        ]
        return [item for item in made if item is not None]

    return read


def over_texts(value: "str | Composed", change: Callable[[str], str]) -> "str | Composed":
    """Give a text with those of its parts changed that are written in the file."""
    return joined([change(part) if isinstance(part, str) else part for part in parts_of(value)])
