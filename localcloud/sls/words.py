"""Finding words in text as an index cuts it, and what the word index must have for it."""

import re
from collections.abc import Iterable

from localcloud.sls.index import WordRules
from localcloud.sls.tokens import ANY_CHARACTER, ANY_TEXT

GAP = "\0"
"""Put between the fields of a log when they are looked at as one text; always ends a word."""

_CHINESE = "\u3400-\u4dbf\u4e00-\u9fff"
_CHINESE_RUN = re.compile(f"[{_CHINESE}]+")
_ANY_TEXTS = re.compile(f"{ANY_TEXT}+")
_INDEXED_WORD = re.compile("[0-9A-Za-z]+")
_MOST_INDEXED_WORDS = 4  # the longest of them: they are the rarest


def words_in(text: str, rules: WordRules) -> list[str]:
    """The words that the rules make of a text; wildcards stay in them."""
    if not rules.delimiters:
        return [text] if text else []
    return [word for word in re.split(f"[{re.escape(rules.delimiters)}]+", text) if word]


def pattern_of(word: str, rules: WordRules) -> "re.Pattern[str]":
    """What finds one word (or a phrase: it may hold delimiters) as the rules cut it.

    A word stands between two delimiters; with `chinese` on, a run of Chinese characters stands
    anywhere, since Log Service cuts that by meaning.
    """
    ends = re.escape(rules.delimiters) + GAP
    if rules.chinese and rules.delimiters:
        ends += _CHINESE
    inner = f"[^{ends}]"
    free = rules.chinese and bool(rules.delimiters)
    start = "" if free and _CHINESE_RUN.match(word[:1]) else f"(?<!{inner})"
    end = "" if free and _CHINESE_RUN.match(word[-1:]) else f"(?!{inner})"
    flags = 0
    if not rules.case_sensitive:
        # as the word index folds case; beyond ASCII it is not asked
        flags = re.IGNORECASE | (re.ASCII if _is_ascii(word) else 0)
    return re.compile(start + _body_of(word, inner) + end, flags)


def _body_of(word: str, inner: str) -> str:
    """A word's regular expression. Its time does not grow with the number of its wildcards.

    Only the last * may be matched in several ways: for each before it, the first place where what
    follows it stands leaves the most to the rest. A group that is looked ahead at and then repeated
    is never tried anew, which (?>...) says as well, from Python 3.11 on.
    """
    first, *others = (
        "".join(inner if part == ANY_CHARACTER else re.escape(part) for part in between)
        for between in _ANY_TEXTS.split(word)
    )
    if not others:
        return first
    kept = (f"(?=(?P<_{n}>{inner}*?{part}))(?P=_{n})" for n, part in enumerate(others[:-1]))
    return f"{first}{''.join(kept)}{inner}*{others[-1]}"


def indexed_words(word: str, rules: WordRules) -> list[str] | None:
    """The FTS5 terms that every text with this word has in the word index.

    None where there is nothing to go by: a word that is not ASCII, or delimiters that cut inside
    what the word index takes for one word.
    """
    if not _is_ascii(word) or any(mark.isalnum() for mark in rules.delimiters):
        return None
    terms: dict[str, int] = {}
    for run in _INDEXED_WORD.finditer(word):
        before, after = word[run.start() - 1 : run.start()], word[run.end() : run.end() + 1]
        if before in (ANY_TEXT, ANY_CHARACTER) and before:
            continue  # it may be the end of a longer word
        if after in (ANY_TEXT, ANY_CHARACTER) and after:
            terms[f'"{run[0]}"*'] = len(run[0])
        else:
            terms[f'"{run[0]}"'] = len(run[0])
    longest = sorted(terms, key=lambda term: -terms[term])
    return longest[:_MOST_INDEXED_WORDS] or None


def _is_ascii(word: str) -> bool:
    """Whether a word is ASCII but for its wildcards, so that the word index is asked for it."""
    return word.replace(ANY_TEXT, "").replace(ANY_CHARACTER, "").isascii()


def all_of(expressions: Iterable[str | None]) -> str | None:
    """The FTS5 expression for all of these at once; None stands for "anything"."""
    known = [expression for expression in expressions if expression]
    return " AND ".join(f"({expression})" for expression in known) or None


def any_of(expressions: Iterable[str | None]) -> str | None:
    """The FTS5 expression for one of these at least; None stands for "anything"."""
    parts = list(expressions)
    if not parts or any(part is None for part in parts):
        return None
    return " OR ".join(f"({part})" for part in parts)
