"""Durations and times as people write them."""

import time
from datetime import datetime, timezone

import pytest

from fctask.times import moment_of, seconds_of, span


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("15m", 900), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), ("0.5h", 1800)],
)
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "h", "2 hours", "-1h", "1h 30m", "2y"])
def test_what_is_no_duration_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="1h30m"):
        seconds_of(text)


@pytest.mark.parametrize("text", ["9" * 400 + "d", "99999999999d", "36601d"])
def test_a_duration_longer_than_tasks_can_be_old_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="more than 100 years"):
        seconds_of(text)


def test_a_long_text_that_is_no_duration_is_refused_at_once() -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="is no duration"):
        seconds_of("1" * 100_000)
    assert time.process_time() - began < 2  # s; it took minutes once


def test_a_moment_is_so_long_ago_or_a_time() -> None:
    assert moment_of("2h", now=10_000) == 2_800_000
    at = datetime(2026, 1, 31, 8, tzinfo=timezone.utc).timestamp() * 1000
    assert moment_of("2026-01-31T08:00Z") == at
    assert moment_of("2026-01-31T16:00+08:00") == at
    local = datetime(2026, 1, 31, 8).astimezone().timestamp() * 1000
    assert moment_of("2026-01-31T08:00") == local


@pytest.mark.parametrize("text", ["2026-13-01", "2026-01-31T99:00", "yesterday"])
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        moment_of(text)


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, "-"),
        (12, "12 ms"),
        (3400, "3.4 s"),
        (302_000, "5 m 02 s"),
        (3_720_000, "1 h 02 m"),
        (273_600_000, "3 d 4 h"),
    ],
)
def test_spans(milliseconds: float | None, text: str) -> None:
    assert span(milliseconds) == text
