"""Puts the values of variables in their places.

What the file itself knows (vars, this, the properties of another resource, files beside it) is put
in; what only the environment or the account knows becomes a part of a Composed text.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as Folder
from typing import Any

from .composed import Account, Composed, Environment, Part, joined, parts_of
from .expressions import Call, Expression, Words, split
from .findings import Findings
from .marked import Marked, Place
from .refusal import CannotConvert

MOST_STEPS = 50_000
"""Values that may be looked up: more, and the variables of a file unfold without end."""


class _Unknown(Exception):
    """Why a variable has no value that is known here."""


@dataclass
class Variables:
    """The variables of one file. `resources` are its resources (or services) by name."""

    root: Marked
    resources: Marked
    folder: Folder
    findings: Findings
    _steps: int = 0
    _open: "list[tuple[str, ...]]" = field(default_factory=list[tuple[str, ...]])

    def filled(self, marked: Marked, path: str, resource: str) -> "Marked | None":
        """Give a value with its variables filled in, as the resource of this name has it.

        None, and a finding, where a variable has no value that can be known here; an entry of a
        mapping or an item of a list that is so is left out. Raises CannotConvert for variables that
        refer to themselves or unfold without end.
        """
        self._step(marked.place)
        if isinstance(marked.value, dict):
            entries: dict[str, Marked] = {}
            for name, each in marked.entries().items():
                if (value := self.filled(each, f"{path}.{name}", resource)) is not None:
                    entries[name] = value
            return Marked(entries, marked.place)
        if isinstance(marked.value, list):
            items = [
                self.filled(each, f"{path}[{number}]", resource)
                for number, each in enumerate(marked.items())
            ]
            return Marked([each for each in items if each is not None], marked.place)
        if not isinstance(marked.value, str) or "${" not in marked.value:
            return marked
        try:
            return self._text(marked.value, marked.place, path, resource)
        except (_Unknown, ValueError) as error:
            if isinstance(error, CannotConvert):
                raise
            self.findings.no_counterpart(
                marked.place, path, f"{error}, so that this is left out: write it by hand."
            )
            return None

    def _text(self, text: str, place: Place, path: str, resource: str) -> Marked:
        parts = split(text)
        if len(parts) == 1 and not isinstance(parts[0], str):
            return self._value(parts[0], place, path, resource)
        made: list[Part] = []
        for part in parts:
            if isinstance(part, str):
                made.append(part)
                continue
            found = self._value(part, place, path, resource)
            if isinstance(found.value, dict | list):
                raise _Unknown("a variable in the middle of this text is a mapping or a list")
            whole = found.value if isinstance(found.value, Composed) else found.text
            made.extend(parts_of(whole))
        value = joined(made)
        return Marked(value, place, value if isinstance(value, str) else "")

    def _value(self, expression: Expression, place: Place, path: str, resource: str) -> Marked:
        self._step(place)
        if isinstance(expression, Words):
            return _text(expression.text, place)
        if isinstance(expression, Call):
            return self._called(expression, place, path, resource)
        names = expression.names
        if names in self._open:
            raise CannotConvert(f"{place}: ${{{'.'.join(names)}}} refers to itself.")
        self._open.append(names)
        try:
            return self._looked_up(names, place, resource)
        finally:
            self._open.pop()

    def _called(self, call: Call, place: Place, path: str, resource: str) -> Marked:
        if call.name == "env":
            return self._environment(call, place, path, resource)
        (first, *_) = (
            *(self._value(each, place, path, resource) for each in call.arguments),
            _text("", place),
        )
        if call.name == "config":
            if first.text != "AccountID":
                raise _Unknown(f"config({first.text!r}) is in Serverless Devs' own settings")
            return Marked(Composed((Account(),)), place)
        if call.name == "path":
            return _text(first.text, place)
        if call.name == "file":
            return _text(self._file(first.text, place), place)
        if call.name == "json":
            try:
                read = json.loads(first.text)
                json.dumps(read, ensure_ascii=False).encode()  # no half of a character
                return _marked(read, place)
            except (ValueError, RecursionError) as error:
                raise _Unknown("json() is given what is no JSON") from error
        raise _Unknown(f"{call.name}() has no value")

    def _environment(self, call: Call, place: Place, path: str, resource: str) -> Marked:
        name = call.arguments[0] if call.arguments else None
        if not isinstance(name, Words):
            raise _Unknown("env() names no variable")
        default = None
        if len(call.arguments) > 1:
            found = self._value(call.arguments[1], place, path, resource)
            if isinstance(found.value, Composed):
                raise _Unknown(f"the default of env('{name.text}') is itself from the environment")
            default = found.text
        return Marked(Composed((Environment(name.text, default),)), place)

    def _file(self, name: str, place: Place) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CannotConvert(f"{place} wants the file {name}, which cannot be read.") from error

    def _looked_up(self, names: "tuple[str, ...]", place: Place, resource: str) -> Marked:
        written = "${" + ".".join(names) + "}"
        first, rest = names[0], names[1:]
        if first == "env" and len(rest) == 1:
            return Marked(Composed((Environment(rest[0]),)), place)
        if first == "resources" and len(rest) > 1:
            return self._of_resource(rest[0], rest[1:], written, place)
        if first == "this":
            return self._of_resource(resource, rest, written, place)
        if first == "vars":
            return self._inside(self.root, names, written, "vars", resource)
        if first in self.resources.entries() and rest and rest[0] in ("props", "output"):
            return self._of_resource(first, rest, written, place)
        raise _Unknown(f"{written} is nothing that this file has")

    def _of_resource(
        self, name: str, rest: "tuple[str, ...]", written: str, place: Place
    ) -> Marked:
        found = self.resources.get(name)
        if found is None:
            raise _Unknown(f"{written} names no resource of this file")
        path = f"{name}"
        if rest == ("name",):
            return _text(name, place)
        if rest and rest[0] == "access" and found.get("access") is None:
            return self._inside(self.root, rest, written, path, name)
        if rest and rest[0] == "output":
            # What deploying gives back repeats the properties, and adds what only the cloud knows.
            props = ("props", *rest[1:])
            if _inside(found, props) is None:
                raise _Unknown(f"{written} is known only when {name} is deployed")
            rest = props
        return self._inside(found, rest, written, path, name)

    def _inside(
        self,
        marked: Marked,
        names: "tuple[str, ...]",
        written: str,
        path: str,
        resource: str,
    ) -> Marked:
        found = _inside(marked, names)
        if found is None:
            # A variable's value may be a mapping only when its own variable is filled in.
            for length in range(len(names) - 1, 0, -1):
                outer = _inside(marked, names[:length])
                if outer is not None and isinstance(outer.value, str) and "${" in outer.value:
                    filled = self._again(outer, path, resource)
                    found = _inside(filled, names[length:])
                    break
        if found is None:
            raise _Unknown(f"{written} is nothing that this file has")
        return self._again(found, path, resource)

    def _again(self, marked: Marked, path: str, resource: str) -> Marked:
        if isinstance(marked.value, str) and "${" in marked.value:
            return self._text(marked.value, marked.place, path, resource)
        return self.filled(marked, path, resource) or marked

    def _step(self, place: Place) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise CannotConvert(f"{place}: the variables of this file unfold without end.")


def _inside(marked: Marked, names: "tuple[str, ...]") -> "Marked | None":
    found: Marked | None = marked
    for name in names:
        if found is None:
            return None
        if name.isdigit() and isinstance(found.value, list):
            items = found.items()
            found = items[int(name)] if int(name) < len(items) else None
        else:
            found = found.get(name)
    return found


def _text(text: str, place: Place) -> Marked:
    return Marked(text, place, text)


def _marked(value: Any, place: Place) -> Marked:
    if isinstance(value, Mapping):
        return Marked({str(name): _marked(each, place) for name, each in value.items()}, place)
    if isinstance(value, list):
        return Marked([_marked(each, place) for each in value], place)
    text = value if isinstance(value, str) else json.dumps(value)
    return Marked(value, place, text)
