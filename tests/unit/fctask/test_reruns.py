"""The ids of re-runs and redrives."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fctask.errors import PayloadLost
from fctask.reruns import LONGEST_ID, first_of, payload_of, redrive_id
from fctask.task import Task

IDS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", fullmatch=True)


@given(IDS)
def test_the_id_of_a_rerun_names_the_first_and_is_an_id(task_id: str) -> None:
    first = first_of(task_id)
    again = f"rerun-{first}-0mh1x2y3z"
    assert len(again) <= LONGEST_ID
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", again)
    assert first_of(again) == first
    if not task_id.startswith("rerun-") and len(task_id) <= 112:
        assert first == task_id


def test_long_ids_that_begin_alike_are_told_apart() -> None:
    assert first_of("a" * 127 + "b") != first_of("a" * 127 + "c")


@given(st.text(max_size=300))
def test_the_id_of_a_redrive_is_an_id_and_the_same_each_time(request_id: str) -> None:
    made = redrive_id(request_id)
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,127}", made)
    assert made == redrive_id(request_id)
    assert made != redrive_id(request_id + "x")


def test_a_payload_that_is_lost_is_not_invented() -> None:
    assert payload_of(Task("t", "r", "Failed", payload="")) == b""
    assert payload_of(Task("t", "r", "Failed", payload="你好")) == "你好".encode()
    for payload in (None, "\ufffd\ufffd"):
        with pytest.raises(PayloadLost, match="t"):
            payload_of(Task("t", "r", "Failed", payload=payload))
