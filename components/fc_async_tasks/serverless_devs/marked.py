"""Values of a YAML file, each with the place where it stands.

The file is read with PyYAML's safe loader, under the rules of YAML 1.2 that Serverless Devs
(js-yaml) reads it by: `yes`, `on` and `2024-01-01` are texts, and a key that stands twice is an
error. Anchors and merge keys are followed; how much they may unfold into is bounded.
"""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from .refusal import NotAnSYaml

LARGEST_FILE = 1024 * 1024
"""Bytes that a file may have."""

MOST_VALUES = 100_000
"""Values that a file may hold when its aliases are unfolded."""


@dataclass(frozen=True)
class Place:
    """A line of a file. `file` is the path as it was given, `line` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Marked:
    """A value, where it stands, and for a scalar its text as it is written.

    A mapping's value is a dict of Marked by name, a list's a list of Marked; in a mapping the place
    of an entry is that of its name.
    """

    value: Any
    place: Place
    text: str = ""

    def get(self, *names: str) -> "Marked | None":
        """Give what stands under these names, one inside the other, or None."""
        found: Marked | None = self
        for name in names:
            if found is None or not isinstance(found.value, dict):
                return None
            found = found.entries().get(name)
        return found

    def entries(self) -> "dict[str, Marked]":
        """Give the entries of a mapping; of anything else none."""
        return cast("dict[str, Marked]", self.value) if isinstance(self.value, dict) else {}

    def items(self) -> "list[Marked]":
        """Give the items of a list; of anything else none."""
        return cast("list[Marked]", self.value) if isinstance(self.value, list) else []

    def at(self, place: Place) -> "Marked":
        """Give the same value as it is used in another place."""
        return Marked(self.value, place, self.text)


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the plain scalars of YAML 1.2's core schema."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_form})$"), _first
    )


def read(path: Path, name: "str | None" = None) -> Marked:
    """Read a YAML file of one document. `name` is what its places call it: as it was given.

    Raises NotAnSYaml with one sentence for a file that cannot be read, is no YAML, is larger than
    LARGEST_FILE, unfolds into more than MOST_VALUES values, or has a name twice.
    """
    called = name or str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise NotAnSYaml(f"{called} cannot be read: {error.strerror}.") from error
    if len(data) > LARGEST_FILE:
        raise NotAnSYaml(
            f"{called} has {len(data)} bytes: an s.yaml is a description of a few functions, "
            f"and may have {LARGEST_FILE}."
        )
    try:
        node = yaml.compose(data.decode("utf-8-sig"), Loader=_Loader)
        return _Reader(called).marked(node)
    except UnicodeDecodeError as error:
        raise NotAnSYaml(f"{called} is no text in UTF-8.") from error
    except yaml.YAMLError as error:
        raise NotAnSYaml(f"{called} is no YAML: {_in_a_line(error)}.") from error
    except RecursionError as error:
        raise NotAnSYaml(f"{called} is nested too deep to be an s.yaml.") from error


def _in_a_line(error: yaml.YAMLError) -> str:
    if not isinstance(error, yaml.MarkedYAMLError):
        return " ".join(str(error).split())
    problem = error.problem or error.context or "it cannot be parsed"
    mark = error.problem_mark or error.context_mark
    return f"{problem} (line {mark.line + 1})" if mark else problem


_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}"
    for kind in ("map", "seq", "str", "int", "float", "bool", "null", "merge")
)


@dataclass
class _Reader:
    """Turns the nodes of a document into marked values, each node once."""

    file: str
    _sizes: "dict[int, int]" = field(default_factory=dict[int, int])
    _made: "dict[int, Marked]" = field(default_factory=dict[int, Marked])
    _open: "set[int]" = field(default_factory=set[int])

    def marked(self, node: "yaml.Node | None") -> Marked:
        if node is None:
            return Marked(None, Place(self.file, 1))
        if id(node) in self._made:
            return self._made[id(node)]
        if id(node) in self._open:
            raise NotAnSYaml(f"{self._place(node)}: an alias leads back into its own anchor.")
        if node.tag not in _TAGS:
            raise NotAnSYaml(f"{self._place(node)}: the tag {node.tag} is none that an s.yaml has.")
        self._open.add(id(node))
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        made = Marked(self._value(node), self._place(node), text)
        self._open.remove(id(node))
        if self._sizes[id(node)] > MOST_VALUES:
            raise NotAnSYaml(
                f"{self._place(node)}: the aliases here unfold into more than {MOST_VALUES} values."
            )
        self._made[id(node)] = made
        return made

    def _place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1)

    def _value(self, node: yaml.Node) -> Any:
        size = 1
        value: Any
        if isinstance(node, yaml.MappingNode):
            entries: dict[str, Marked] = {}
            for name, (at, each) in self._entries(node):
                entries[name] = self.marked(each).at(at)
                size += self._sizes[id(each)]
            value = entries
        elif isinstance(node, yaml.SequenceNode):
            items: list[Marked] = []
            for each in node.value:
                items.append(self.marked(each))
                size += self._sizes[id(each)]
            value = items
        else:
            value = _scalar(node, self._place(node))
        self._sizes[id(node)] = size
        return value

    def _entries(self, node: yaml.MappingNode) -> "Iterator[tuple[str, tuple[Place, yaml.Node]]]":
        own: dict[str, tuple[Place, yaml.Node]] = {}
        merged: list[yaml.Node] = []
        for key, each in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                merged.extend(each.value if isinstance(each, yaml.SequenceNode) else [each])
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise NotAnSYaml(f"{self._place(key)}: a name must be a text.")
            if key.value in own:
                raise NotAnSYaml(
                    f"{self._place(key)}: {key.value!r} stands here a second time; "
                    f"the first is in line {own[key.value][0].line}."
                )
            own[_whole_text(key.value, self._place(key))] = self._place(key), each
        for each in merged:
            if not isinstance(each, yaml.MappingNode):
                raise NotAnSYaml(f"{self._place(each)}: << takes a mapping, or a list of them.")
            if id(each) in self._open:
                raise NotAnSYaml(f"{self._place(each)}: an alias leads back into its own anchor.")
            for name, found in self._entries(each):
                own.setdefault(name, found)
        yield from own.items()


def _whole_text(text: str, place: Place) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        code = f"U+{ord(text[error.start]):04X}"
        raise NotAnSYaml(f"{place}: a text holds {code}, which is half a character.") from error
    return text


def _whole(text: str, place: Place) -> int:
    base = 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10
    try:
        return int(text, base)
    except ValueError as error:  # Python turns no text of more than 4300 digits into a number
        raise NotAnSYaml(
            f"{place}: a number of {len(text)} digits is none that an s.yaml has."
        ) from error


def _scalar(node: yaml.Node, place: Place) -> Hashable:
    text = _whole_text(cast(str, node.value), place)
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return _whole(text, place)
    if kind == "float":
        return float(text.replace(".inf", "inf").replace(".nan", "nan").lower())
    return text
