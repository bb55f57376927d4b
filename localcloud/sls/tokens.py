"""The words, quoted texts and marks of a search statement."""

import re
from dataclasses import dataclass

from localcloud.refusal import Refusal

ANY_TEXT = "\ue000"
ANY_CHARACTER = "\ue001"
"""What stands for the wildcards * and ? in a word, so that an escaped one is itself."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a text in quotes, or a mark; `kind` is word, quoted, phrase, or the mark itself."""

    kind: str
    text: str
    at: int


_MARKS = re.compile(r">=|<=|[()\[\]:<>=]")
_END_OF_WORD = re.compile(r'[\s()\[\]:<>="|]')


def tokens_of(statement: str) -> list[Token]:
    """The tokens of a statement. Raises Refusal NotSupported for SQL, ParameterInvalid."""
    tokens: list[Token] = []
    at = 0
    while at < len(statement):
        character = statement[at]
        mark = _MARKS.match(statement, at)
        if character.isspace():
            at += 1
        elif character == "|":
            raise Refusal(
                "NotSupported",
                "localcloud searches and does not analyse: leave out the '|' and the SQL after it,"
                " or quote the '|' if you look for it",
            )
        elif mark:
            tokens.append(Token(mark[0], mark[0], at))
            at = mark.end()
        elif character == '"' or statement.startswith('#"', at):
            kind = "quoted" if character == '"' else "phrase"
            text, end = _quoted(statement, at + len('#"' if kind == "phrase" else '"'))
            tokens.append(Token(kind, text, at))
            at = end
        else:
            text, end = _word(statement, at)
            tokens.append(Token("word", text, at))
            at = end
    return tokens


def _quoted(statement: str, at: int) -> tuple[str, int]:
    """The text up to the closing quote, and where it goes on."""
    start = at
    text: list[str] = []
    while at < len(statement):
        if statement[at] == "\\" and at + 1 < len(statement):
            text.append(statement[at + 1])
            at += 2
        elif statement[at] == '"':
            return "".join(text), at + 1
        else:
            text.append(statement[at])
            at += 1
    raise unreadable(statement, start - 1, "this quotation mark is not closed")


def _word(statement: str, at: int) -> tuple[str, int]:
    text: list[str] = []
    while at < len(statement) and not _END_OF_WORD.match(statement, at):
        character = statement[at]
        if character == "\\" and at + 1 < len(statement):
            text.append(statement[at + 1])
            at += 2
            continue
        text.append({"*": ANY_TEXT, "?": ANY_CHARACTER}.get(character, character))
        at += 1
    return "".join(text), at


def unreadable(statement: str, at: int, why: str) -> Refusal:
    """The refusal of a statement, which says at which character and why."""
    return Refusal(
        "ParameterInvalid", f"the query {statement!r} cannot be read at character {at + 1}: {why}"
    )
