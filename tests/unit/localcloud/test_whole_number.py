"""Digits that a caller wrote, and what is taken for a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.whole_number import LARGEST, whole_number


@given(st.integers(0, LARGEST))
def test_digits_are_the_number_that_they_stand_for(number: int) -> None:
    assert whole_number(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1.0", "1e3", " 1", "\u0663", "\u00b2", str(LARGEST + 1), "9" * 5000]
)
def test_anything_else_is_no_number(text: str) -> None:
    assert whole_number(text) is None


def test_a_number_has_a_limit() -> None:
    assert whole_number("100", 100) == 100
    assert whole_number("101", 100) is None
