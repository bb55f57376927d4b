"""The word index only spares looking: what is found is what looking at every log finds."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from localcloud.sls import index, logstores
from localcloud.sls.fields import Line
from localcloud.sls.index import WordRules, searchable
from localcloud.sls.logs import Log, lines_of, put_logs, words_of
from localcloud.sls.matching import Matcher, matcher_of
from localcloud.sls.query import (
    ANY_CHARACTER,
    ANY_TEXT,
    And,
    Node,
    Not,
    Or,
    Phrase,
    Words,
    parse,
)
from localcloud.sls.words import indexed_words, pattern_of
from localcloud.store import logs as store
from localcloud.store.database import Transaction
from tests.unit.localcloud.sls.conftest import NOON, NOW, PROJECT, Logstore

# Few characters, so that words meet; I with a dot, the Kelvin sign and the long s fold to ASCII.
TEXT = st.text('aBk1- /\\"é中\u0130\u212a\n', min_size=1, max_size=6)
JSON = TEXT.map(lambda text: json.dumps({"a": text}))
FIELD = st.tuples(st.sampled_from(["k", "n", "free", "__tag__:t"]), TEXT) | st.tuples(
    st.just("j"), JSON
)
LOGS = st.lists(st.lists(FIELD, max_size=3), min_size=1, max_size=3)
RULES = st.fixed_dictionaries(
    {
        "token": st.sampled_from([[], [" "], ["-", " ", "/"], ["a"], ["é", "."], ["1", "-"]]),
        "caseSensitive": st.booleans(),
        "chn": st.booleans(),
    }
)
CONFIGS = st.fixed_dictionaries(
    {
        "keys": st.fixed_dictionaries(
            {
                "k": RULES.map(lambda rules: {**rules, "type": "text"}),
                "j": RULES.map(lambda rules: {**rules, "type": "json", "index_all": True}),
                "n": st.just({"type": "long"}),
            }
        )
    },
    optional={"line": RULES},
)


class FixedWord:
    """Stands for the drawing of a word where an example names it."""

    def __init__(self, word: str) -> None:
        self._word = word

    def draw(self, _: object) -> str:
        return self._word


@st.composite
def pieces(draw: st.DrawFn, written: list[str]) -> str:
    """A part of something that was written, with a wildcard here and there and other letters."""
    text = draw(st.sampled_from(written))
    start = draw(st.integers(0, len(text)))
    piece = text[start : draw(st.integers(start, len(text)))]
    for _ in range(draw(st.integers(0, 2)) if len(piece) > 1 else 0):
        at = draw(st.integers(1, len(piece)))
        piece = piece[:at] + draw(st.sampled_from([ANY_TEXT, ANY_CHARACTER])) + piece[at + 1 :]
    return draw(st.sampled_from([piece, piece.lower(), piece.upper()])) or "B"


DELIMITERS_OF = st.sampled_from(["", " ", "- /", "a", "é.", "1-"])


@settings(max_examples=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, st.builds(WordRules, DELIMITERS_OF, st.booleans(), st.booleans()), st.data())
@example("ab", WordRules("a"), FixedWord("b"))
@example("\u212ab", WordRules(" "), FixedWord("kb"))
@example("11\u212a", WordRules(), FixedWord(f"11k{ANY_TEXT}"))
@example("中ab", WordRules(" ", chinese=True), FixedWord("ab"))
@example("aé-b", WordRules(" "), FixedWord("aé-b"))
@example("ab-cd", WordRules(" "), FixedWord(f"a{ANY_TEXT}d"))
@example("ab-cd", WordRules(" "), FixedWord(f"ab-c{ANY_CHARACTER}"))
@example("ab-cd", WordRules(" "), FixedWord(f"ab{ANY_CHARACTER}c{ANY_TEXT}"))
def test_every_text_with_a_word_has_its_terms(
    tx: Transaction, text: str, rules: WordRules, data: Any
) -> None:
    word = data.draw(pieces([text]))
    terms = indexed_words(word, rules)
    if terms is None or not pattern_of(word, rules).search(text):
        return
    tx.execute("SAVEPOINT example")
    tx.execute(
        "INSERT INTO log_words (rowid, text) VALUES (1, ?)", [words_of([["", text]], "", "")]
    )
    query = "SELECT count(*) FROM log_words WHERE log_words MATCH ?"
    assert tx.execute(query, [" AND ".join(terms)]).fetchone()[0] == 1
    tx.execute("ROLLBACK TO example")
    tx.execute("RELEASE example")


def nodes(written: list[str]) -> "st.SearchStrategy[Node]":
    key = st.sampled_from([None, None, "k", "j", "j.a", "__tag__:t", "__topic__"])
    one = st.builds(Words, key, pieces(written)) | st.builds(Phrase, key, pieces(written))
    return st.recursive(
        one,
        lambda inner: (
            st.builds(And, st.lists(inner, min_size=1, max_size=3))
            | st.builds(Or, st.lists(inner, min_size=1, max_size=3))
            | st.builds(Not, inner)
        ),
        max_leaves=3,
    )


def found(tx: Transaction, number: int, matcher: Matcher) -> list[int]:
    return [
        group.id
        for group in store.groups_between(tx, number, 0, 2**32, words=matcher.words)
        if any(
            matcher.test(Line(group.time_s, group.topic, group.source, fields))
            for fields in lines_of(group)
        )
    ]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONFIGS, LOGS, st.sampled_from(["", "a-B", "中 a"]), st.data())
def test_it_never_hides_a_log(
    tx: Transaction, config: dict[str, Any], written: list[Any], topic: str, data: st.DataObject
) -> None:
    texts = [part for line in written for pair in line for part in pair]
    node = data.draw(nodes(texts or ["a"]))
    tx.execute("SAVEPOINT example")
    try:
        tx.execute("INSERT OR IGNORE INTO log_projects VALUES (?,'','','',0,0)", (PROJECT,))
        logstores.create_logstore(tx, PROJECT, "words", 30, {}, NOW)
        index.create_index(tx, PROJECT, "words", json.dumps(config), NOW)
        row = logstores.find(tx, PROJECT, "words")
        for line in written:
            put_logs(tx, PROJECT, "words", [Log(NOON, line)], topic, "a source", NOW)
        matcher = matcher_of(node, searchable(row))
        everything = found(tx, row.number, replace(matcher, words=None))
        assert found(tx, row.number, matcher) == everything
    finally:
        tx.execute("ROLLBACK TO example")
        tx.execute("RELEASE example")


def test_it_is_used_for_what_people_look_for(logstore: Logstore) -> None:
    row = logstores.find(logstore.tx, PROJECT, "jobs")
    for statement in ("1-65530000-aaaa1111-0001", "requestId: 1-6553*", "a and not b", "a or b"):
        assert matcher_of(parse(statement), searchable(row)).words, statement
    for statement in ("not a", "超时", "a or not b"):
        assert matcher_of(parse(statement), searchable(row)).words is None, statement


def test_one_invocation_among_many_is_found_by_reading_its_lines_alone(logstore: Logstore) -> None:
    for number in range(500):
        logstore.put(f"RequestId: 1-65530000-{number:08x}-{number * 7919:012x} started")
    row = logstores.find(logstore.tx, PROJECT, "jobs")
    request_id = f"1-65530000-{42:08x}-{42 * 7919:012x}"
    matcher = matcher_of(parse(request_id), searchable(row))
    groups = list(store.groups_between(logstore.tx, row.number, 0, 2**32, words=matcher.words))
    assert len(groups) == 1
    assert request_id in groups[0].lines
