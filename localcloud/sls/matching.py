"""Whether a log is what a search statement asks for, under an index configuration.

A field that is not in the index cannot be asked for; text without a key is looked for in the
full-text index, and where there is none, in every field that is indexed as text
(https://www.alibabacloud.com/help/en/sls/user-guide/search-syntax).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

from localcloud.refusal import Refusal
from localcloud.sls.index import EXACT, IndexConfig, KeyIndex, WordRules
from localcloud.sls.query import (
    ANY_CHARACTER,
    ANY_TEXT,
    And,
    Between,
    Comparison,
    Everything,
    Exists,
    Node,
    Not,
    Or,
    Phrase,
    Words,
)
from localcloud.sls.words import all_of, any_of, indexed_words, pattern_of, words_in


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


Test = Callable[[Line], bool]


@dataclass(frozen=True, slots=True)
class Matcher:
    """`test` is the truth; `words`, an FTS5 expression, only spares looking where it cannot be."""

    test: Test
    words: str | None
    everything: bool = False


def matcher_of(node: Node, index: IndexConfig) -> Matcher:
    """Make a search statement ready to be held against logs.

    Raises Refusal ParameterInvalid for a field that is not in the index.
    """
    if isinstance(node, Everything):
        return Matcher(lambda _: True, None, everything=True)
    if isinstance(node, And):
        parts = [matcher_of(part, index) for part in node.parts]
        tests = [part.test for part in parts]
        return Matcher(
            lambda line: all(test(line) for test in tests),
            all_of(part.words for part in parts),
            everything=all(part.everything for part in parts),
        )
    if isinstance(node, Or):
        parts = [matcher_of(part, index) for part in node.parts]
        tests = [part.test for part in parts]
        return Matcher(
            lambda line: any(test(line) for test in tests),
            any_of(part.words for part in parts),
            everything=any(part.everything for part in parts),
        )
    if isinstance(node, Not):
        test = matcher_of(node.part, index).test
        return Matcher(lambda line: not test(line), None)
    if isinstance(node, Exists):
        key, _, value_of = _field(node.key, index)
        return Matcher(lambda line: bool(value_of(line, key)), None)
    if isinstance(node, Comparison):
        return _comparison(node, index)
    if isinstance(node, Between):
        return _between(node, index)
    if node.key is None:
        return _anywhere(node, index)
    return _in_field(node, node.key, index)


# ------------------------------------------------------------------ text


def _anywhere(node: Words | Phrase, index: IndexConfig) -> Matcher:
    """Text without a key: each of its words may stand in another field."""
    if index.line is None and not any(key.kind == "text" for key in index.keys.values()):
        raise Refusal(
            "ParameterInvalid",
            f"{_shown(node.text)!r} cannot be looked for without a key: the index has neither"
            " line (full text) nor a field of type text",
        )
    tests: list[Test] = []
    words: list[str | None] = []
    rules_of_line = index.line.rules if index.line else None
    own = {key.rules for key in index.keys.values() if key.kind in ("text", "json")}
    every = [rules for rules in (rules_of_line, *own) if rules is not None]
    # cut by the rules of the full-text index; where there is none, by those of each field
    for word in _words(node, rules_of_line or every[0]):
        tests.append(_word_anywhere(word, index, every))
        terms = [indexed_words(word, rules) for rules in every]
        known = [" AND ".join(found) for found in terms if found]
        words.append(any_of(dict.fromkeys(known)) if len(known) == len(terms) else None)
    return Matcher(lambda line: all(test(line) for test in tests), all_of(words))


def _word_anywhere(word: str, index: IndexConfig, every: Sequence[WordRules]) -> Test:
    patterns = {rules: pattern_of(word, rules).search for rules in every}
    line_index, keys = index.line, index.keys
    in_line = patterns[line_index.rules] if line_index else None

    def test(line: Line) -> bool:
        fields = line.fields
        for at in range(0, len(fields), 2):
            key, value = fields[at], fields[at + 1]
            own = keys.get(key)
            if own is not None:
                if own.numeric:
                    continue  # numbers are found by their field only
                if patterns[own.rules](value):
                    return True
            if line_index is None or in_line is None or not line_index.covers(key):
                continue
            if (own is None and in_line(value)) or in_line(key):
                return True
        return False

    return test


def _in_field(node: Words | Phrase, name: str, index: IndexConfig) -> Matcher:
    key, field, value_of = _field(name, index)
    if field.numeric:
        return _equal(name, node.text, index)
    if node.text == "":  # key:"" is a field that is there and empty
        return Matcher(lambda line: "" in value_of(line, key), None)
    words = _words(node, field.rules)
    searches = [pattern_of(word, field.rules).search for word in words]

    def test(line: Line) -> bool:
        return any(all(search(value) for search in searches) for value in value_of(line, key))

    if value_of is not Line.values:  # what JSON escapes looks different in the word index
        return Matcher(test, None)
    terms = [indexed_words(word, field.rules) for word in words]
    return Matcher(test, all_of(" AND ".join(found) for found in terms if found))


def _words(node: Words | Phrase, rules: WordRules) -> list[str]:
    if isinstance(node, Phrase):
        return [node.text] if node.text else []
    return words_in(node.text, rules)


# ------------------------------------------------------------------ numbers


def _comparison(node: Comparison, index: IndexConfig) -> Matcher:
    known = _find(node.key, index)
    if known is None or not known[1].numeric:
        # the field is not a number: Log Service then looks for the text of the condition
        return matcher_of(And([Words(None, part) for part in node.written]), index)
    number = node.number
    tests: dict[str, Callable[[float], bool]] = {
        "=": lambda value: value == number,
        ">": lambda value: value > number,
        ">=": lambda value: value >= number,
        "<": lambda value: value < number,
        "<=": lambda value: value <= number,
    }
    return _number_test(node.key, index, tests[node.operator])


def _between(node: Between, index: IndexConfig) -> Matcher:
    _, field, _ = _field(node.key, index)
    if not field.numeric:
        raise Refusal(
            "ParameterInvalid",
            f"the field {node.key} is of type {field.kind}: a range needs type long or double in"
            " the index",
        )

    def inside(value: float) -> bool:
        return (
            (node.low < value or (node.with_low and node.low == value))
            and (value < node.high or (node.with_high and value == node.high))
        )  # fmt: skip

    return _number_test(node.key, index, inside)


def _equal(name: str, text: str, index: IndexConfig) -> Matcher:
    number = _float(text)
    if number is None:
        raise Refusal(
            "ParameterInvalid",
            f"the field {name} is a number in the index, and {_shown(text)!r} is none",
        )
    return _number_test(name, index, lambda value: value == number)


def _number_test(name: str, index: IndexConfig, holds: Callable[[float], bool]) -> Matcher:
    key, _, value_of = _field(name, index)

    def test(line: Line) -> bool:
        for value in value_of(line, key):
            number = _float(value)
            if number is not None and holds(number):
                return True
        return False

    return Matcher(test, None)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


# ------------------------------------------------------------------ fields

_ValueOf = Callable[[Line, str], list[str]]
_RESERVED = {"__topic__": KeyIndex("text", EXACT), "__source__": KeyIndex("text", EXACT)}
_TIME = KeyIndex("long", EXACT)


def _field(name: str, index: IndexConfig) -> tuple[str, KeyIndex, _ValueOf]:
    """A field by the name in a condition: its key, its index, and what gives its values."""
    found = _find(name, index)
    if found is None:
        raise Refusal(
            "ParameterInvalid",
            f"key ({name}) is not in the index of the logstore: add it under keys, or put quotation"
            " marks around the text if its ':' is what you look for",
        )
    return found


def _find(name: str, index: IndexConfig) -> tuple[str, KeyIndex, _ValueOf] | None:
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


def _json_values(key: str, path: str) -> _ValueOf:
    steps = path.split(".")

    def values(line: Line, _: str) -> list[str]:
        found: list[str] = []
        for text in line.values(key):
            try:
                value: Any = json.loads(text)
            except ValueError:
                continue
            for step in steps:
                value = cast("dict[str, Any]", value).get(step) if isinstance(value, dict) else None
            if value is not None:
                found.append(value if isinstance(value, str) else json.dumps(value))
        return found

    return values


def _shown(text: str) -> str:
    return text.replace(ANY_TEXT, "*").replace(ANY_CHARACTER, "?")
