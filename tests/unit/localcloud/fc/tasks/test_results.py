"""What a task keeps of its result, and what it says where it does not keep all of it."""

import json

import pytest

from localcloud.fc.return_payload import MAX_RETURN_PAYLOAD

from .conftest import World, answered
from .test_destinations import ended, run_once

CUT = "the first 1048576 are kept"


def test_a_result_of_1_mb_is_kept_whole_and_nothing_is_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    task = ended(world, answered(b"x" * MAX_RETURN_PAYLOAD), success=None)
    assert task.result == b"x" * MAX_RETURN_PAYLOAD
    assert "ReturnPayload" not in task.events[-1].detail
    assert caplog.text == ""


def test_a_larger_one_is_cut_and_that_is_told_on_the_task_and_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    task = ended(world, answered(b"x" * (MAX_RETURN_PAYLOAD + 1)), success=None)
    assert task.status.value == "Succeeded"
    assert task.result == b"x" * MAX_RETURN_PAYLOAD
    told = json.loads(task.events[-1].detail)["ReturnPayload"]
    assert "1048577 bytes" in told
    assert CUT in told
    (record,) = caplog.records
    assert task.request_id in record.getMessage()
    assert CUT in record.getMessage()


def test_a_cut_never_leaves_half_a_character(world: World) -> None:
    text = "é" * (MAX_RETURN_PAYLOAD // 2)  # two bytes each
    task = ended(world, answered(b"x" + text.encode()), success=None)
    assert task.result is not None
    assert len(task.result) == MAX_RETURN_PAYLOAD - 1
    assert task.result.decode() == "x" + text[:-1]


def test_a_cut_of_bytes_that_are_no_text_is_at_the_limit(world: World) -> None:
    task = ended(world, answered(b"\x80" * (MAX_RETURN_PAYLOAD + 1)), success=None)
    assert task.result == b"\x80" * MAX_RETURN_PAYLOAD


def test_of_an_invocation_that_is_no_task_nothing_is_kept_nor_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.change(lambda tx: world.configure(tx, "job", task=False, success=None))
    world.submit(None)
    run_once(world, "job", answered(b"x" * (MAX_RETURN_PAYLOAD + 1)))
    assert caplog.text == ""
