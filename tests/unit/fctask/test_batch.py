"""The events of a batch and the record of what was accepted."""

from pathlib import Path

import pytest

from fctask.batch import ACCEPTED, BatchOutcome, BatchRecord, events_of
from fctask.errors import FctaskError


def test_events_keep_their_keys_when_lines_move() -> None:
    before = {event.payload: event.key for event in events_of([b'{"a":1}', b"2", b""])}
    after = {event.payload: event.key for event in events_of([b"3", b"2\r", b'{"a":1}'])}
    assert after[b"2"] == before[b"2"]
    assert after[b'{"a":1}'] == before[b'{"a":1}']


def test_the_same_event_twice_is_two_events() -> None:
    assert len({event.key for event in events_of([b"1", b"1", b"1"])}) == 3


def test_a_line_that_is_no_json_is_named() -> None:
    with pytest.raises(FctaskError, match="line 2"):
        events_of([b"1", b"{"])


def test_the_record_is_read_back_and_a_line_cut_short_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "record"
    record = BatchRecord(path)
    one, two = events_of([b"1", b"2"])
    ids = [record.task_id(one), record.task_id(two)]
    record.note(BatchOutcome(one, ACCEPTED, ids[0], "r1"))
    record.note(BatchOutcome(two, ACCEPTED, ids[1], "r2"))
    record.close()
    path.write_bytes(path.read_bytes()[:-5])

    again = BatchRecord(path)
    assert again.accepted == {one.key: ids[0]}
    assert again.task_id(two) == ids[1]  # the id that FC knows already
    again.note(BatchOutcome(two, ACCEPTED, ids[1], "r2"))
    again.close()
    last = BatchRecord(path)
    assert last.accepted == {one.key: ids[0], two.key: ids[1]}
    last.close()


def test_a_new_record_is_a_new_batch(tmp_path: Path) -> None:
    (event,) = events_of([b"1"])
    records = [BatchRecord(tmp_path / name) for name in ("a", "b")]
    assert records[0].task_id(event) != records[1].task_id(event)
    for record in records:
        record.close()


def test_another_kind_of_file_is_not_taken_for_a_record(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("my notes\n")
    with pytest.raises(FctaskError, match="--record"):
        BatchRecord(path)
    assert path.read_text() == "my notes\n"
