"""Reading a logstore as it was written, with the official client."""

import itertools
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from aliyun.log import LogItem, PutLogsRequest

from tests.refused import log_refused

PROJECT = "consumers"
NOON = 1_700_000_000


@pytest.fixture(scope="module", autouse=True)
def _project(log: Any) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    yield
    log.delete_project(PROJECT)


@pytest.fixture(scope="module")
def _numbers() -> Iterator[int]:  # pyright: ignore[reportUnusedFunction]
    return itertools.count()


@pytest.fixture
def store(log: Any, _numbers: Iterator[int]) -> str:
    """The name of an empty logstore of two shards, without an index."""
    name = f"store-{next(_numbers)}"
    log.create_logstore(PROJECT, name, shard_count=2)
    return name


def put(log: Any, store: str, *ids: str, time: int = NOON, **more: Any) -> None:
    items = [LogItem(time, [("id", name)]) for name in ids]
    log.put_logs(PutLogsRequest(PROJECT, store, "topic", "here", items, **more))


def pulled(log: Any, store: str, cursor: str, **more: Any) -> tuple[list[str], str]:
    found = log.pull_logs(PROJECT, store, 0, cursor, **more)
    return [one["id"] for one in found.get_flatten_logs_json()], found.get_next_cursor()


def test_logs_come_in_the_order_they_arrived_whatever_their_time(log: Any, store: str) -> None:
    put(log, store, "a", "b", time=NOON)
    put(log, store, "c", time=NOON - 100)
    put(log, store, "d", time=NOON + 100)
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    found, end = pulled(log, store, begin)
    assert found == ["a", "b", "c", "d"]
    assert end == log.get_end_cursor(PROJECT, store, 0).get_cursor()
    assert pulled(log, store, end) == ([], end)
    put(log, store, "e")
    assert pulled(log, store, end)[0] == ["e"]


def test_a_log_comes_back_with_all_that_was_written(log: Any, store: str) -> None:
    put(log, store, "a", logtags=[("host", "one")])
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    found = log.pull_logs(PROJECT, store, 0, begin)
    [group] = found.get_loggroup_list().LogGroups
    assert (group.Topic, group.Source) == ("topic", "here")
    assert [(tag.Key, tag.Value) for tag in group.LogTags] == [("host", "one")]
    [one] = group.Logs
    assert one.Time == NOON
    assert 0 < one.Time_ns < 10**9
    assert [(content.Key, content.Value) for content in one.Contents] == [("id", "a")]


@pytest.mark.parametrize("compress", [True, False])
def test_both_ways_of_answering_are_read(log: Any, store: str, compress: bool) -> None:
    put(log, store, "x" * 5000)
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    found = log.pull_logs(PROJECT, store, 0, begin, compress=compress)
    assert found.get_raw_size() > 5000
    assert [one["id"] for one in found.get_flatten_logs_json()] == ["x" * 5000]


def test_count_and_end_cursor_bound_what_comes(log: Any, store: str) -> None:
    for name in "abc":
        put(log, store, name)
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    first, second = pulled(log, store, begin, count=1)
    assert first == ["a"]
    assert pulled(log, store, begin, end_cursor=second)[0] == ["a"]
    assert pulled(log, store, second)[0] == ["b", "c"]


def test_a_cursor_can_be_had_by_time_and_told_its_time(log: Any, store: str) -> None:
    put(log, store, "a")
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    arrived = log.get_cursor_time(PROJECT, store, 0, begin).get_cursor_time()
    assert arrived > NOON
    earlier = log.get_cursor(PROJECT, store, 0, arrived - 5).get_cursor()
    assert earlier == begin
    later = log.get_cursor(PROJECT, store, 0, arrived + 3600).get_cursor()
    assert later == log.get_end_cursor(PROJECT, store, 0).get_cursor()
    assert log.get_previous_cursor_time(PROJECT, store, 0, begin).get_cursor_time() <= arrived


def test_an_empty_logstore_loses_nothing_between_cursor_and_pull(log: Any, store: str) -> None:
    cursor = log.get_end_cursor(PROJECT, store, 0).get_cursor()
    put(log, store, "a")
    assert pulled(log, store, cursor)[0] == ["a"]


def test_every_log_lies_in_one_shard_alone(log: Any, store: str) -> None:
    put(log, store, "a", hashKey="f" * 32)
    cursor = log.get_begin_cursor(PROJECT, store, 1).get_cursor()
    assert log.pull_logs(PROJECT, store, 1, cursor).get_log_count() == 0
    assert pulled(log, store, log.get_begin_cursor(PROJECT, store, 0).get_cursor())[0] == ["a"]


def test_the_clients_own_loop_reads_all(log: Any, store: str) -> None:
    for part in range(5):
        put(log, store, *(f"{part}-{n}" for n in range(10)))
    found = [
        one["id"]
        for answer in log.pull_log(PROJECT, store, 0, "1 hour ago", "1 hour later", batch_size=2)
        for one in answer.get_flatten_logs_json()
    ]
    assert found == [f"{part}-{n}" for part in range(5) for n in range(10)]


def test_what_cannot_be_read_is_refused(log: Any, store: str) -> None:
    begin = log.get_begin_cursor(PROJECT, store, 0).get_cursor()
    for cursor in ("", "!", "AAAA", "LTE=", "OTk5OTk5OTk5OTk5OTk5OTk="):
        refusal = log_refused(lambda cursor=cursor: log.pull_logs(PROJECT, store, 0, cursor))
        assert refusal == ("InvalidCursor", 400), cursor
    bad = ("ParameterInvalid", 400)
    assert log_refused(lambda: log.pull_logs(PROJECT, store, 0, begin, count=1001)) == bad
    assert log_refused(lambda: log._send("GET", PROJECT, None, *_cursor(store, "soon"))) == bad
    missing = ("ShardNotExist", 404)
    assert log_refused(lambda: log.get_begin_cursor(PROJECT, store, 2)) == missing
    assert log_refused(lambda: log.pull_logs(PROJECT, store, 7, begin)) == missing
    refusal = log_refused(lambda: log.pull_logs(PROJECT, store, 0, begin, query="* | where true"))
    assert refusal == ("NotSupported", 400)
    assert log_refused(lambda: log.split_shard(PROJECT, store, 0, "8" * 32))[0] == "NotImplemented"


def _cursor(store: str, start: str) -> tuple[str, dict[str, str], dict[str, str]]:
    return f"/logstores/{store}/shards/0", {"type": "cursor", "from": start}, {}
