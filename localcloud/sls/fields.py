"""The fields of a log as a search sees them: which are in the index, and what a log has in them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from localcloud.refusal import Refusal
from localcloud.sls.index import EXACT, IndexConfig, KeyIndex


@dataclass(frozen=True, slots=True)
class Line:
    """One log as it is looked at; `fields` is key, value, key, value ..."""

    time_s: int
    topic: str
    source: str
    fields: Sequence[str]

    def values(self, key: str) -> list[str]:
        """The values of a field, the reserved ones too; none where the log has not got it."""
        if key == "__topic__":
            return [self.topic]
        if key == "__source__":
            return [self.source]
        if key == "__time__":
            return [str(self.time_s)]
        fields = self.fields
        if key not in fields:
            return []
        return [fields[at + 1] for at in range(0, len(fields), 2) if fields[at] == key]


ValueOf = Callable[[Line, str], list[str]]
"""What gives the values of a field in a log, none where it has not got it."""

_RESERVED = {"__topic__": KeyIndex("text", EXACT), "__source__": KeyIndex("text", EXACT)}
_TIME = KeyIndex("long", EXACT)


def field_of(name: str, index: IndexConfig) -> tuple[str, KeyIndex, ValueOf]:
    """A field by the name in a condition: its key, its index, and what gives its values.

    Raises Refusal ParameterInvalid for a field that is not in the index.
    """
    found = find_field(name, index)
    if found is None:
        raise Refusal(
            "ParameterInvalid",
            f"key ({name}) is not in the index of the logstore: add it under keys, or put quotation"
            " marks around the text if its ':' is what you look for",
        )
    return found


def find_field(name: str, index: IndexConfig) -> tuple[str, KeyIndex, ValueOf] | None:
    """What `field_of` gives; None for a field that is not in the index."""
    field = index.keys.get(name) or _RESERVED.get(name)
    if field is None and name == "__time__":
        field = _TIME
    if field is None and name.startswith("__tag__:"):
        field = _RESERVED["__topic__"]  # tags have an index of their own, whole
    if field is not None:
        return name, field, Line.values
    key, _, path = name.partition(".")
    while path:
        field = index.keys.get(key)
        if field is not None and field.kind == "json":
            kind = field.json_keys.get(path) or ("text" if field.index_all else None)
            if kind is not None:
                return name, KeyIndex(kind, field.rules), _json_values(key, path)
        more, _, path = path.partition(".")
        key = f"{key}.{more}"
    return None


def _json_values(key: str, path: str) -> ValueOf:
    steps = path.split(".")

    def values(line: Line, _: str) -> list[str]:
        found: list[str] = []
        for text in line.values(key):
            try:
                value: Any = json.loads(text)
            except (ValueError, RecursionError):  # no JSON, or nested too deep
                continue
            for step in steps:
                value = cast("dict[str, Any]", value).get(step) if isinstance(value, dict) else None
            if value is not None:
                found.append(value if isinstance(value, str) else json.dumps(value))
        return found

    return values
