"""What is taken for JSON that a caller wrote, and what is not."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.json_text import read_json

CHARACTERS = st.characters(exclude_categories=())  # the halves of surrogate pairs too
DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(DOCUMENTS, st.booleans())
def test_a_document_is_read_as_it_was_written(document: Any, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    assert read_json(text) == document
    assert read_json(text.encode()) == document


@given(st.text(CHARACTERS), st.booleans())
def test_what_is_read_can_be_written(text: str, as_a_name: bool) -> None:
    written = json.dumps({text: 1} if as_a_name else [text])
    try:
        read = read_json(written)
    except ValueError:
        assert any(0xD800 <= ord(character) <= 0xDFFF for character in text)
    else:
        assert json.dumps(read, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (r'{"a": "\ud800"}', r"\\ud800 is half of a surrogate pair"),
        (r'{"\uDFFF": 1}', r"\\udfff is half of a surrogate pair"),
        (r'["\ude00\ud83d"]', r"\\ude00 is half of a surrogate pair"),
        (b'"\xed\xa0\x80"', "byte 2 is not UTF-8"),
        ("{}".encode("utf-16"), "byte 1 is not UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": NaN}', "NaN is no number of JSON"),
        ("-Infinity", "-Infinity is no number of JSON"),
        ('{"a": -1e999}', "-1e999 is larger than any number here"),
        ("", "Expecting value"),
        ("1 2", "Extra data"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_none_is_refused_in_words(text: str | bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_json(text)


def test_a_whole_pair_and_a_backslash_before_u_are_no_halves() -> None:
    assert read_json(r'["\ud83d\ude00", "\\ud800"]') == ["\U0001f600", r"\ud800"]
    assert read_json(b"\xef\xbb\xbf{}") == {}
