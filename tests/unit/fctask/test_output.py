"""What the command line lets through to a terminal."""

import pytest

from fctask.cli.output import fields, table
from fctask.text import clean, one_line, pretty


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\rb", "a\\rb"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("tab\tand\nline", "tab\tand\nline"),
        ("任务 ok", "任务 ok"),
    ],
)
def test_what_would_act_on_a_terminal_is_made_visible(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_columns_are_aligned_and_cells_are_one_line() -> None:
    told = table(("A", "LONG"), [("x", "1\n2"), ("yyy", "3")])
    assert told.splitlines() == ["A    LONG", "x    1 2", "yyy  3"]


def test_long_json_is_spread_and_other_text_is_left() -> None:
    assert pretty('{"a":"' + "x" * 60 + '"}').count("\n") == 2
    assert pretty('{"a":1}') == '{"a":1}'
    assert pretty("no json") == "no json"
    assert one_line("a  b\nc", 4) == "a b…"
    assert fields([("Name", "value"), ("None", "")]) == "Name  value"
