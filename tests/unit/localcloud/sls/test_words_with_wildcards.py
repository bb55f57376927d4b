"""Words with * and ? in them: what they find, and that no text makes the finding slow."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localcloud.refusal import Refusal
from localcloud.sls.index import WordRules
from localcloud.sls.query import Words, parse
from localcloud.sls.words import pattern_of

from .conftest import Logstore

RULES = WordRules(delimiters=", ")


def word_of(written: str) -> str:
    """A word of a statement, its wildcards as the rules have them."""
    node = parse(written)
    assert isinstance(node, Words)
    return node.text


def fits(pattern: str, word: str) -> bool:
    """Whether a whole word fits, tried in every way there is."""
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(fits(pattern[1:], word[at:]) for at in range(len(word) + 1))
    return bool(word) and pattern[0] in ("?", word[0]) and fits(pattern[1:], word[1:])


@given(
    st.builds(str.__add__, st.sampled_from("ab"), st.text("ab*?", max_size=7)),
    st.text("ab, ", max_size=14),
)
@example("a*ab*ab", "aab, abab,aabab")
@example("a**b", "a b ab")
@example("a*?", "a a")
@example("a*b*", "b a,bab")
def test_a_word_is_found_where_it_fits_a_whole_word(written: str, text: str) -> None:
    words = text.replace(",", " ").split()
    found = pattern_of(word_of(written), RULES).search(text) is not None
    assert found == any(fits(written, word) for word in words)


def test_the_case_of_what_stands_between_wildcards_is_folded() -> None:
    assert pattern_of(word_of("a*B*c*d"), RULES).search("x AxbxCxD")
    assert not pattern_of(word_of("a*B*c*d"), WordRules(", ", case_sensitive=True)).search("axbxcd")


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("a*a*a*b", "a" * 131_000),
        ("a*" * 100 + "b", "a" * 131_000),
        ("a?*" * 80 + "b", "a" * 131_000),
        ("a*" + "a" * 250 + "b*c", "a" * 131_000),
        ("a" + "?" * 254 + "b", "a" * 131_000),
        ("中*" * 100 + "b", "中a" * 65_000),
        ("k*" * 100 + "b", "k a" * 43_000),
        ('#"' + "a " * 120 + 'b"', "a " * 65_000),
    ],
    ids=lambda value: value[:12],
)
def test_a_search_with_many_wildcards_takes_no_time(
    logstore: Logstore, statement: str, text: str
) -> None:
    logstore.put(text, text + " b", text)
    began = time.process_time()
    assert logstore.find(statement) == []
    assert time.process_time() - began < 5  # s: hours, were every way tried


def test_a_query_without_end_is_refused() -> None:
    for statement, told in (
        ("a" * 10_001, "10001 characters, and may have 10000"),
        ("x a*" + "b" * 255, "at character 3: a phrase or a word with wildcards may have 256"),
        ('#"' + "b" * 257 + '"', "at character 1: a phrase or a word with wildcards may have 256"),
    ):
        with pytest.raises(Refusal, match=told):
            parse(statement)
    assert parse("b" * 10_000) == Words(None, "b" * 10_000)
