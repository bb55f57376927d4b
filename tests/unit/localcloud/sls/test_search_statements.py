"""How a search statement is read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.refusal import Refusal
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
    parse,
)

A, B, C = (Words(None, letter) for letter in "abc")


@pytest.mark.parametrize(
    ("statement", "tree"),
    [
        ("", Everything()),
        (" * ", Everything()),
        ("a", A),
        ("a b", And([A, B])),
        ("a AND b Or c", Or([And([A, B]), C])),
        ("a or b c", Or([A, And([B, C])])),
        ("(a or b) c", And([Or([A, B]), C])),
        ("a not b", And([A, Not(B)])),
        ("a and not b", And([A, Not(B)])),
        ("not a b", And([Not(A), B])),
        ("not not a", Not(Not(A))),
        ('"a or b"', Words(None, "a or b")),
        ('"not"', Words(None, "not")),
        (r'"a\"b"', Words(None, 'a"b')),
        (r"a\:b", Words(None, "a:b")),
        (r"a\*", Words(None, "a*")),
        ("a*b?", Words(None, f"a{ANY_TEXT}b{ANY_CHARACTER}")),
        ('"a*"', Words(None, "a*")),
        ('#"a b"', Phrase(None, "a b")),
        ("k:v", Words("k", "v")),
        ("k : v w", And([Words("k", "v"), Words(None, "w")])),
        ('"my key":"v w"', Words("my key", "v w")),
        ('k:#"v w"', Phrase("k", "v w")),
        ("k:*", Exists("k")),
        ('k:""', Words("k", "")),
        ("k:(a or b)", Or([Words("k", "a"), Words("k", "b")])),
        ("k:a or not k:b", Or([Words("k", "a"), Not(Words("k", "b"))])),
        ("__tag__:host:one", Words("__tag__:host", "one")),
        ("n>=1.5", Comparison("n", ">=", 1.5, ("n", ">=", "1.5"))),
        ("n = -1", Comparison("n", "=", -1.0, ("n", "=", "-1"))),
        ("n > many", And([Words(None, "n"), Words(None, ">"), Words(None, "many")])),
        ("n in [1 2)", Between("n", 1, 2, True, False)),
        ("n in (1 2]", Between("n", 1, 2, False, True)),
        ("in", Words(None, "in")),
        ("log in", And([Words(None, "log"), Words(None, "in")])),
    ],
)
def test_a_statement_is_read_as(statement: str, tree: Node) -> None:
    assert parse(statement) == tree


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("(a", 3),
        ("a)", 2),
        ("a and", 6),
        ("or a", 1),
        ('a "b', 3),
        ("k:", 3),
        ("n >", 4),
        ("n in [1", 8),
        ("?a", 1),
        ("a and or b", 7),
        ("a ] b", 3),
    ],
)
def test_the_refusal_says_where(statement: str, at: int) -> None:
    with pytest.raises(Refusal, match=f"cannot be read at character {at}:") as raised:
        parse(statement)
    assert (raised.value.code, raised.value.status) == ("ParameterInvalid", 400)


def test_sql_is_refused_and_says_so() -> None:
    with pytest.raises(Refusal, match=r"leave out the '\|' and the SQL"):
        parse("* | select count(1)")
    assert parse('"a|b"') == Words(None, "a|b")


@given(st.text() | st.text('ab:()[]"#*?\\<>=| not or and in', max_size=30))
def test_any_text_is_read_or_refused(statement: str) -> None:
    with contextlib.suppress(Refusal):
        assert parse(statement) is not None
