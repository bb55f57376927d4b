"""Small checks of single values, made from a field's limits; all complain in the same words."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from localcloud.refusal import Refusal

Check = Callable[[str, Any], None]
"""Takes a field's path and its value; raises Refusal InvalidArgument (400)."""

_MOST_OF_A_VALUE_SHOWN = 80


def invalid(field: str, value: object, allowed: str) -> Refusal:
    """The refusal of one value: the field, what was sent, what is allowed."""
    shown = repr(value)
    if len(shown) > _MOST_OF_A_VALUE_SHOWN:
        shown = shown[: _MOST_OF_A_VALUE_SHOWN - 3] + "..."
    return Refusal("InvalidArgument", f"{field} is {shown}: it must be {allowed}")


def missing(field: str) -> Refusal:
    """The refusal of a request without a field that it needs."""
    return Refusal("InvalidArgument", f"{field} is missing: it is required")


def whole(least: int, most: int, unit: str = "", step: int = 1) -> Check:
    """A whole number from `least` to `most`, in steps of `step`."""
    unit = f" {unit}" if unit else ""
    steps = f", a multiple of {step}" if step > 1 else ""
    allowed = f"a whole number from {least} to {most}{unit}{steps}"

    def check(field: str, value: Any) -> None:
        if type(value) is not int or not least <= value <= most or value % step:
            raise invalid(field, value, allowed)

    return check


def one_of(*values: object) -> Check:
    """One of a few values."""
    allowed = "one of " + ", ".join(str(value) for value in values)

    def check(field: str, value: Any) -> None:
        if isinstance(value, bool) or value not in values:
            raise invalid(field, value, allowed)

    return check


def boolean(field: str, value: Any) -> None:
    """true or false."""
    if not isinstance(value, bool):
        raise invalid(field, value, "true or false")


def text(most: int, pattern: str = "", allowed: str = "") -> Check:
    """A text of at most `most` characters that matches `pattern` as a whole."""
    form = re.compile(pattern) if pattern else None
    allowed = allowed or f"a text of at most {most} characters"

    def check(field: str, value: Any) -> None:
        if not isinstance(value, str) or len(value) > most:
            raise invalid(field, value, allowed)
        if form is not None and form.fullmatch(value) is None:
            raise invalid(field, value, allowed)

    return check


def texts(most: int) -> Check:
    """A list of at most `most` texts."""

    def check(field: str, value: Any) -> None:
        if not isinstance(value, list) or len(cast(list[Any], value)) > most:
            raise invalid(field, value, f"a list of at most {most} texts")
        for place, item in enumerate(cast(list[Any], value)):
            if not isinstance(item, str):
                raise invalid(f"{field}[{place}]", item, "a text")

    return check


def list_of(item: Check, most: int) -> Check:
    """A list of at most `most` things that each pass `item`."""

    def check(field: str, value: Any) -> None:
        if not isinstance(value, list) or len(cast(list[Any], value)) > most:
            raise invalid(field, value, f"a list of at most {most} objects")
        for place, one in enumerate(cast(list[Any], value)):
            item(f"{field}[{place}]", one)

    return check


def object_of(fields: Mapping[str, Check]) -> Check:
    """A JSON object with no other fields than these; a field that is null counts as not sent."""

    def check(field: str, value: Any) -> None:
        if not isinstance(value, dict):
            raise invalid(field, value, "a JSON object")
        check_fields(cast(dict[str, Any], value), fields, field + ".")

    return check


def check_fields(document: Mapping[str, Any], fields: Mapping[str, Check], path: str = "") -> None:
    """Check every field of an object by its own check; a field that has none is refused."""
    for name, value in document.items():
        check = fields.get(name)
        if check is None:
            raise Refusal(
                "InvalidArgument",
                f"{path}{name} is not a setting that localcloud knows; known here: "
                + ", ".join(sorted(fields)),
            )
        if value is not None:
            check(path + name, value)


def check_names(document: Mapping[str, Any], names: Iterable[str]) -> None:
    """Refuse fields that nothing is done with: InvalidArgument (400)."""
    known = sorted(names)
    for name in document:
        if name not in known:
            raise Refusal(
                "InvalidArgument",
                f"{name} is not a setting that localcloud knows; known here: {', '.join(known)}",
            )


def without_nulls(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without its null fields, at every depth: null is the same as not sent."""
    return {
        name: without_nulls(cast(dict[str, Any], value)) if isinstance(value, dict) else value
        for name, value in document.items()
        if value is not None
    }
