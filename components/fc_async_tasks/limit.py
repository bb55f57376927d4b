"""The kinds of limit a setting can have, each of which says in one sentence what it refuses.

A limit's `refusal` takes a known value and gives None, or the sentence: the setting, the value
it has, and what is allowed. limits.py holds the limits themselves.
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast


class Limit(Protocol):
    """What a setting's value is checked by."""

    def refusal(self, value: object) -> "str | None":
        """Give None for a value that is allowed, else one sentence for the person who set it."""
        ...


def whole(value: object) -> "int | None":
    """Give the whole number that a value is, or None.

    Numbers cross a component plugin as floating point, so 60.0 is 60; True is no number.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def shown(value: object) -> str:
    """Give a value as an error shows it: text in quotes and never more than a line of it."""
    if isinstance(value, str) and len(value) > 80:
        return f"{value[:77]!r}... ({len(value)} characters)"
    return repr(value)


@dataclass(frozen=True)
class WholeNumber:
    """A whole number of some unit, or of none (""), in a range, and on a step if there is one."""

    setting: str
    unit: str
    lowest: int
    highest: int
    step: int = 1

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a whole number in the range and on the step."""
        number = whole(value)
        if number is not None and self.lowest <= number <= self.highest and not number % self.step:
            return None
        unit = f" {self.unit}" if self.unit else ""
        has = f"{self.setting} is {shown(value)}"
        if number is not None:
            has = f"{self.setting} is {number}{unit}"
        kind = f"a multiple of {self.step}{unit}" if self.step > 1 else "a whole number"
        return f"{has}: it must be {kind} from {self.lowest} to {self.highest}{unit}."


@dataclass(frozen=True)
class Hundredths:
    """A number of some unit with two decimals, in a range and on a step, all in hundredths."""

    setting: str
    unit: str
    lowest: int
    highest: int
    step: int

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a number in the range and on the step."""
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            # 0.15 * 100 is 15.000000000000002: compared in whole steps.
            steps = value * 100 / self.step
            on_step = abs(steps - round(steps)) < 1e-6
            if on_step and self.lowest <= round(value * 100) <= self.highest:
                return None
        return (
            f"{self.setting} is {shown(value)}: it must be a multiple of {self.step / 100:g} "
            f"from {self.lowest / 100:g} to {self.highest / 100:g} {self.unit}."
        )


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    setting: str
    allowed: "tuple[str | int, ...]"
    because: str = ""

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for a value that is not among the allowed ones."""
        if (value if isinstance(value, str) else whole(value)) in self.allowed:
            return None
        allowed = " or ".join(str(each) for each in self.allowed)
        if len(self.allowed) > 2:
            allowed = "one of " + ", ".join(str(each) for each in self.allowed)
        return f"{self.setting} is {shown(value)}: it must be {allowed}{self.because}."


@dataclass(frozen=True)
class Text:
    """A text that matches a pattern, which `allowed` says in words."""

    setting: str
    pattern: str
    allowed: str

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a text that matches the whole pattern."""
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            return None
        return f"{self.setting} is {shown(value)}: it must be {self.allowed}."


@dataclass(frozen=True)
class Flag:
    """True or false."""

    setting: str

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a boolean."""
        if isinstance(value, bool):
            return None
        return f"{self.setting} is {shown(value)}: it must be true or false."


@dataclass(frozen=True)
class Entries:
    """Texts by name: each name is checked, and then all of them together."""

    setting: str
    name_refusal: "Callable[[str], str | None]"
    together: "Callable[[Mapping[str, object]], str | None]"

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a mapping whose names and whole are allowed."""
        if not isinstance(value, Mapping):
            # The value is not shown: it may hold secrets.
            return f"{self.setting} is of type {type(value).__name__}: it must be texts by name."
        entries = cast("Mapping[str, object]", value)
        for name in entries:
            if reason := self.name_refusal(name):
                return f"{self.setting} has the name {shown(name)}: {reason}."
        if reason := self.together(entries):
            return f"{self.setting} {reason}."
        return None


@dataclass(frozen=True)
class Items:
    """A list with a number of items, each of which has a limit of its own."""

    setting: str
    item: Limit
    most: int
    fewest: int = 0

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a list of that length, or for its first bad item."""
        if not isinstance(value, list | tuple):
            return f"{self.setting} is {shown(value)}: it must be a list."
        items = cast("Sequence[object]", value)
        if not self.fewest <= len(items) <= self.most:
            return (
                f"{self.setting} has {len(items)} items: it must have from {self.fewest} to "
                f"{self.most}."
            )
        return next(filter(None, map(self.item.refusal, items)), None)


@dataclass(frozen=True)
class Fields:
    """A group of settings by name: each has a limit of its own, and some must be there.

    `fields` are by the names that Python has for them, as `vswitch_ids`.
    """

    setting: str
    fields: Mapping[str, Limit]
    required: "tuple[str, ...]" = ()

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for an unknown name, one that is missing, or the first bad value."""
        if not isinstance(value, Mapping):
            return f"{self.setting} is {shown(value)}: it must be {', '.join(self.fields)} by name."
        given = {
            name: v for name, v in cast("Mapping[str, object]", value).items() if v is not None
        }
        for name in sorted(given.keys() - self.fields.keys()):
            near = difflib.get_close_matches(name, self.fields, n=1)
            hint = f"{near[0]!r} is" if near else f"it has {', '.join(sorted(self.fields))}"
            return f"{self.setting} has {name!r}, which is no part of it: {hint}."
        for name in self.required:
            if name not in given:
                return f"{self.setting} has no {name}: it must have {', '.join(self.required)}."
        if not given:
            # Also what a program in another language gets of a group that is an output as a whole.
            names = ", ".join(self.fields)
            return (
                f"{self.setting} is empty: set some of {names}, each known or an output by itself."
            )
        checked = (self.fields[name].refusal(part) for name, part in given.items())
        return next(filter(None, checked), None)


@dataclass(frozen=True)
class Number:
    """A number in a range, ends included."""

    setting: str
    lowest: float
    highest: float

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a number in the range."""
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else None
        if number is not None and self.lowest <= number <= self.highest:
            return None
        return (
            f"{self.setting} is {shown(value)}: it must be a number from {self.lowest:g} to "
            f"{self.highest:g}."
        )
