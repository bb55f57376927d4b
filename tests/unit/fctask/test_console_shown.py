"""What a payload or a message holds, made ready to be shown, within bounds of time and length."""

import json

import pytest

from fctask.console.pages import LONGEST_LINE, LONGEST_SHOWN, cut, is_task_id
from fctask.text import clean, laid_out, pretty


def nested(depth: int) -> str:
    return '{"deep": ' + "[" * depth + "]" * depth + "}"


@pytest.mark.parametrize("depth", [10, 300, 900, 940, 960, 980, 1_000, 5_000, 60_000])
def test_json_nested_to_do_harm_is_shown_within_bounds(depth: int) -> None:
    told = pretty(nested(depth), LONGEST_SHOWN)
    assert told.startswith("{")
    # laid out it is quadratic: 900 levels would be a million characters
    assert len(told) <= max(LONGEST_SHOWN + 2_100, len(nested(depth)))


def test_a_document_that_fits_is_whole() -> None:
    document = {"a": ["x" * 30, {"b": None}], "c": "\u4e2d\x1b"}
    text = json.dumps(document)
    assert pretty(text, LONGEST_SHOWN) == pretty(text) == laid_out(document)
    assert json.loads(pretty(text)) == document


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, \u4e2d\u3000\tand\nlines", "plain, \u4e2d\u3000\tand\nlines"),
        ("\x1b[2J\rx", "\\x1b[2J\\rx"),
        ("one\n\u202etwo\n", "one\n\\u202etwo\n"),
        ("\ud800\u2028", "\\ud800\\u2028"),
        ("", ""),
    ],
)
def test_control_characters_are_shown_and_all_else_is_as_it_was(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_long_line_is_cut_and_says_how_long_it_is() -> None:
    assert cut("x" * LONGEST_LINE, LONGEST_LINE) == "x" * LONGEST_LINE
    assert cut("x" * 2_001, LONGEST_LINE).endswith("x\u2026 (2,001 characters)")


@pytest.mark.parametrize("text", ["", "\ud800", "../x", "a b", "x" * 129, "{'a': 1}"])
def test_what_can_be_no_tasks_id_gets_no_link(text: str) -> None:
    assert not is_task_id(text)
    assert is_task_id("1-6b059c86-d9db5163-6cedfbaa5864")
