"""The search statement of GetLogs, read into a tree.

https://www.alibabacloud.com/help/en/sls/user-guide/search-syntax: words, "quoted words",
#"phrases", key:value, key > 1, key in [1 2), `and`, `or`, `not`, parentheses, and the wildcards *
and ? after the start of a word. `and` and `not` bind closer than `or`; what stands side by side is
joined by `and`. A statement with SQL after `|` is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Union

from localcloud.refusal import Refusal
from localcloud.sls.tokens import ANY_CHARACTER, ANY_TEXT, Token, tokens_of, unreadable

Number = Union[int, float]

_DEEPEST = 32
_MOST_CONDITIONS = 100
_LONGEST = 10_000  # characters of a statement
_LONGEST_PATTERN = 256  # of a phrase, or a word with wildcards: what it costs grows with it


@dataclass(frozen=True, slots=True)
class Everything:
    """`*`, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Words:
    """All the words of a text, anywhere in the log (`key` None) or in one field."""

    key: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """`#"..."`: the text as it stands, from the start of a word to the end of one."""

    key: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Exists:
    """`key:*`: the log has the field."""

    key: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """`key >= 10`; `written` are its parts, for a field that is not a number."""

    key: str
    operator: str
    number: Number
    written: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`key in [low high)`."""

    key: str
    low: Number
    high: Number
    with_low: bool
    with_high: bool


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds at least."""

    parts: Sequence["Node"]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


Node = Union[Everything, Words, Phrase, Exists, Comparison, Between, And, Or, Not]


def parse(statement: str) -> Node:
    """Read a search statement.

    Raises Refusal NotSupported for SQL, ParameterInvalid for what cannot be read, saying where.
    """
    if len(statement) > _LONGEST:
        raise Refusal(
            "ParameterInvalid",
            f"the query has {len(statement)} characters, and may have {_LONGEST}",
        )
    tokens = tokens_of(statement)
    if not tokens:
        return Everything()
    parser = _Parser(statement, tokens)
    node = parser.either(None)
    parser.must_be_at_end()
    return node


class _Parser:
    """Recursive descent: either (or) -> both (and, not) -> one -> condition."""

    def __init__(self, statement: str, tokens: list[Token]) -> None:
        self._statement = statement
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._conditions = 0

    def either(self, key: str | None) -> Node:
        """Parts joined by `or`; inside `key:( ... )` every word is looked for in that field."""
        parts = [self._both(key)]
        while self._take_keyword("or"):
            parts.append(self._both(key))
        return parts[0] if len(parts) == 1 else Or(parts)

    def must_be_at_end(self) -> None:
        """Refuse what is left over: a closing parenthesis too many."""
        if self._at < len(self._tokens):
            raise self._unexpected()

    def _both(self, key: str | None) -> Node:
        parts = [self._one(key)]
        while self._at < len(self._tokens):
            if self._keyword() == "or" or self._kind() == ")":
                break
            self._take_keyword("and")
            parts.append(self._one(key))
        return parts[0] if len(parts) == 1 else And(parts)

    def _one(self, key: str | None) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._refusal(f"parentheses and nots go more than {_DEEPEST} deep")
        try:
            if self._take_keyword("not"):
                return Not(self._one(key))
            if self._take("("):
                node = self.either(key)
                self._need(")", "the '(' before it is not closed")
                return node
            return self._condition(key)
        finally:
            self._depth -= 1

    def _condition(self, key: str | None) -> Node:
        self._conditions += 1
        if self._conditions > _MOST_CONDITIONS:
            raise self._refusal(f"it has more than {_MOST_CONDITIONS} conditions")
        if self._kind() not in ("word", "quoted", "phrase") or self._keyword():
            raise self._unexpected()
        token = self._next()
        if token.kind == "phrase" or key is not None:
            return self._looked_for(key, token)
        if self._kind() == ":":
            return self._field(token)
        if self._kind() in (">", ">=", "<", "<=", "="):
            return self._comparison(token)
        if self._keyword() == "in" and self._kind(1) in ("[", "("):
            return self._range(token)
        return self._looked_for(None, token)

    def _field(self, token: Token) -> Node:
        self._need(":", "")
        key = plain(token.text)
        if key == "__tag__" and self._kind(1) == ":":  # __tag__:name:value
            key = f"__tag__:{plain(self._next().text)}"
            self._need(":", "")
        if self._take("("):
            node = self.either(key)
            self._need(")", "the '(' before it is not closed")
            return node
        if self._kind() not in ("word", "quoted", "phrase"):
            raise self._refusal(f"{key}: is not followed by what to look for in it")
        return self._looked_for(key, self._next())

    def _comparison(self, token: Token) -> Node:
        operator = self._next().kind
        if self._kind() not in ("word", "quoted"):
            raise self._refusal(f"{operator} is not followed by a number")
        value = self._next().text
        number = number_of(value)
        written = (plain(token.text), operator, plain(value))
        if number is None:  # then it is text that is looked for, as Log Service has it
            return And([Words(None, part) for part in written])
        return Comparison(written[0], operator, number, written)

    def _range(self, token: Token) -> Node:
        self._next()  # in
        with_low = self._next().kind == "["
        low, high = self._range_end(), self._range_end()
        if self._kind() not in ("]", ")"):
            raise self._refusal("a range is written [1 2] or (1 2), with two numbers in it")
        return Between(plain(token.text), low, high, with_low, self._next().kind == "]")

    def _range_end(self) -> Number:
        number = number_of(self._next().text) if self._kind() == "word" else None
        if number is None:
            raise self._refusal("a range is written [1 2] or (1 2), with two numbers in it")
        return number

    def _looked_for(self, key: str | None, token: Token) -> Node:
        wild = ANY_TEXT in token.text or ANY_CHARACTER in token.text
        if (wild or token.kind == "phrase") and len(token.text) > _LONGEST_PATTERN:
            raise unreadable(
                self._statement,
                token.at,
                f"a phrase or a word with wildcards may have {_LONGEST_PATTERN} characters",
            )
        if token.kind == "phrase":
            return Phrase(key, token.text)
        if token.kind == "word" and set(token.text) == {ANY_TEXT}:
            return Everything() if key is None else Exists(key)
        if token.kind == "word" and token.text[0] in (ANY_TEXT, ANY_CHARACTER):
            raise unreadable(
                self._statement,
                token.at,
                "a word may not begin with a wildcard: * and ? stand in it or at its end",
            )
        return Words(key, token.text)

    def _kind(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._tokens[at].kind if at < len(self._tokens) else ""

    def _keyword(self) -> str:
        """The word that is next, in lower case, where it is `and`, `or`, `not` or `in`."""
        if self._kind() != "word":
            return ""
        word = self._tokens[self._at].text.lower()
        if word == "in":
            return word if self._kind(1) in ("[", "(") and self._at else ""
        return word if word in ("and", "or", "not") else ""

    def _next(self) -> Token:
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str) -> bool:
        if self._kind() != kind:
            return False
        self._at += 1
        return True

    def _take_keyword(self, word: str) -> bool:
        if self._keyword() != word:
            return False
        self._at += 1
        return True

    def _need(self, kind: str, otherwise: str) -> None:
        if not self._take(kind):
            raise self._refusal(otherwise)

    def _unexpected(self) -> Refusal:
        if self._at >= len(self._tokens):
            return self._refusal("it ends where a condition is expected")
        return self._refusal(f"{self._tokens[self._at].text!r} is not expected here")

    def _refusal(self, why: str) -> Refusal:
        last = self._at >= len(self._tokens)
        at = len(self._statement) if last else self._tokens[self._at].at
        return unreadable(self._statement, at, why)


def plain(text: str) -> str:
    """A text of a statement as its user wrote it, with * and ? for its wildcards."""
    return text.replace(ANY_TEXT, "*").replace(ANY_CHARACTER, "?")


_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_MOST_DIGITS = 100  # of a whole number that is taken exactly


def number_of(text: str) -> Number | None:
    """The number that a condition or a field has as text, whole ones exactly; None if it is none.

    Plain decimal digits, with a sign, a point and an exponent at most: no infinities, and nothing
    else that only Python takes for a number.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    whole = text.lstrip("+-").isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if whole else float(text)
