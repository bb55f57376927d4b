"""Whether a log is what a search statement asks for, under an index configuration.

A field that is not in the index cannot be asked for; text without a key is looked for in the
full-text index, and where there is none, in every field that is indexed as text
(https://www.alibabacloud.com/help/en/sls/user-guide/search-syntax).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from localcloud.refusal import Refusal
from localcloud.sls.fields import Line, field_of, find_field
from localcloud.sls.index import IndexConfig, WordRules
from localcloud.sls.number_conditions import Test, between, compared, equal
from localcloud.sls.query import (
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
    plain,
)
from localcloud.sls.words import all_of, any_of, indexed_words, pattern_of, words_in


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
    if isinstance(node, (And, Or)):
        holds, words_of = (all, all_of) if isinstance(node, And) else (any, any_of)
        parts = [matcher_of(part, index) for part in node.parts]
        tests = [part.test for part in parts]
        return Matcher(
            lambda line: holds(test(line) for test in tests),
            words_of(part.words for part in parts),
            everything=holds(part.everything for part in parts),
        )
    if isinstance(node, Not):
        test = matcher_of(node.part, index).test
        return Matcher(lambda line: not test(line), None)
    if isinstance(node, Exists):
        key, _, value_of = field_of(node.key, index)
        return Matcher(lambda line: bool(value_of(line, key)), None)
    if isinstance(node, Comparison):
        known = find_field(node.key, index)
        if known is None or not known[1].numeric:
            # the field is not a number: Log Service then looks for the text of the condition
            return matcher_of(And([Words(None, part) for part in node.written]), index)
        return Matcher(compared(node, index), None)
    if isinstance(node, Between):
        return Matcher(between(node, index), None)
    if node.key is None:
        return _anywhere(node, index)
    return _in_field(node, node.key, index)


def _anywhere(node: Words | Phrase, index: IndexConfig) -> Matcher:
    """Text without a key: each of its words may stand in another field."""
    if index.line is None and not any(key.kind == "text" for key in index.keys.values()):
        raise Refusal(
            "ParameterInvalid",
            f"{plain(node.text)!r} cannot be looked for without a key: the index has neither"
            " line (full text) nor a field of type text",
        )
    tests: list[Test] = []
    words: list[str | None] = []
    rules_of_line = index.line.rules if index.line else None
    own = dict.fromkeys(key.rules for key in index.keys.values() if key.kind in ("text", "json"))
    every = [rules for rules in (rules_of_line, *own) if rules is not None]
    # cut by the rules of the full-text index; where there is none, by those of the first field
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
    key, field, value_of = field_of(name, index)
    if field.numeric:
        return Matcher(equal(name, plain(node.text), index), None)
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
