"""Writing logs and searching them, with the official client."""

import itertools
import json
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pytest
from aliyun.log import (
    GetHistogramsRequest,
    GetLogsRequest,
    IndexConfig,
    IndexKeyConfig,
    IndexLineConfig,
    LogClient,
    LogException,
    LogItem,
    PutLogsRequest,
)
from aliyun.log.index_config import IndexJsonKeyConfig

from tests.refused import log_refused
from tests.running_cloud import LogClientFactory, RunningCloud

PROJECT = "searches"
NOON = 1_700_000_000
DELIMITERS = list(", '\";=()[]{}?@&<>/:\n\t\r")

Fields = dict[str, str]


@pytest.fixture(scope="module", autouse=True)
def _project(log: Any) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    yield
    log.delete_project(PROJECT)


def full_text(**keys: IndexKeyConfig) -> IndexConfig:
    line = IndexLineConfig(token_list=DELIMITERS, case_sensitive=False, chinese=True)
    return IndexConfig(line_config=line, key_config_list=keys)


def text_key(**settings: Any) -> IndexKeyConfig:
    return IndexKeyConfig(token_list=DELIMITERS, index_type="text", **settings)


class Store:
    """A logstore of a test, with an index."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def put(self, *logs: tuple[int, Fields], topic: str = "", **settings: Any) -> None:
        items = [LogItem(time, contents=list(fields.items())) for time, fields in logs]
        request = PutLogsRequest(PROJECT, self.name, topic, "here", items, **settings)
        self.client.put_logs(request)

    def find(
        self, query: str = "*", begin: int = NOON - 3600, end: int = NOON + 3600, **more: Any
    ) -> list[Fields]:
        request = GetLogsRequest(PROJECT, self.name, begin, end, query=query, **more)
        return [log.get_contents() for log in self.client.get_logs(request).get_logs()]

    def ids(self, query: str, **more: Any) -> list[str]:
        return [fields["id"] for fields in self.find(query, **more)]


@pytest.fixture(scope="module")
def _numbers() -> Iterator[int]:  # pyright: ignore[reportUnusedFunction]
    return itertools.count()


@pytest.fixture
def store(log: Any, _numbers: Iterator[int]) -> Store:
    """An empty logstore; full text and some fields are searchable."""
    name = f"store-{next(_numbers)}"
    log.create_logstore(PROJECT, name)
    log.create_index(
        PROJECT,
        name,
        full_text(
            functionName=text_key(),
            requestId=text_key(),
            durationMs=IndexKeyConfig(index_type="double"),
            statusCode=IndexKeyConfig(index_type="long"),
        ),
    )
    return Store(log, name)


@pytest.fixture
def invocations(store: Store) -> Store:
    """Three invocations' worth of lines."""
    rows: Sequence[tuple[str, str, str, str]] = [
        ("a", "1-65530000-aaaa1111-000000000001", "FC Invoke Start", "12.5"),
        ("b", "1-65530000-aaaa1111-000000000001", "payload=[order 7] done", "99"),
        ("c", "1-65530000-bbbb2222-000000000002", "Traceback: KeyError('order')", "100"),
        ("d", "1-65530000-cccc3333-000000000003", "超时错误 after 60 seconds", "60000"),
    ]
    for second, (name, request, message, duration) in enumerate(rows):
        store.put(
            (
                NOON + second,
                {
                    "id": name,
                    "requestId": request,
                    "functionName": "my-fc-job",
                    "message": message,
                    "durationMs": duration,
                    "statusCode": "200" if name in "ab" else "500",
                },
            ),
            topic="FCLogs:my-fc-job",
        )
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("*", "abcd"),
        ("", "abcd"),
        ("order", "bc"),
        ("ORDER", "bc"),
        ("orde", ""),
        ("orde*", "bc"),
        ("o?der", "bc"),
        ("my-fc-job", "abcd"),
        ("my-fc*", "abcd"),
        ("fc", "a"),
        ("1-65530000-aaaa1111-000000000001", "ab"),
        ("requestId: 1-65530000-bbbb2222-000000000002", "c"),
        ('requestId:"1-65530000-bbbb2222-000000000002"', "c"),
        ("requestId: 1-65530000-bbbb*", "c"),
        ("requestId: 1-65530000", ""),
        ("invoke start", "a"),
        ("start and invoke", "a"),
        ('"start invoke"', "a"),
        ('#"start invoke"', ""),
        ('#"Invoke Start"', "a"),
        ("order not keyerror", "b"),
        ("not order", "ad"),
        ("start or keyerror", "ac"),
        ("(start or order) and statusCode: 200", "ab"),
        ("start or order and keyerror", "ac"),
        ("payload and not (start or keyerror)", "b"),
        ("durationMs > 99", "cd"),
        ("durationMs >= 99", "bcd"),
        ("durationMs < 99", "a"),
        ("durationMs = 99", "b"),
        ("durationMs: 12.50", "a"),
        ("durationMs in [99 100]", "bc"),
        ("durationMs in (99 100]", "c"),
        ("durationMs in [99 100)", "b"),
        ("statusCode: 500 and durationMs > 1000", "d"),
        ("statusCode:*", "abcd"),
        ("functionName: (other or my-fc-job) not statusCode: 200", "cd"),
        ("超时", "d"),
        ("错误 seconds", "d"),
        ("误超", ""),
        ("__topic__: FCLogs:my-fc-job", "abcd"),
        ('__topic__: "FCLogs:my-fc-job"', "abcd"),
        ('__topic__: "FCLogs"', ""),
        ("__source__: here", "abcd"),
        ("message", "abcd"),
        ("statusCode > 100 and 12.5", ""),
        ("[order 7]", None),
        ('"[order 7]"', "b"),
        ("requestId > 5", ""),
    ],
)
def test_a_statement_finds(invocations: Store, query: str, found: str | None) -> None:
    if query in ("__topic__: FCLogs:my-fc-job", "[order 7]"):
        # the second ':' and the brackets are marks of the syntax: they must be quoted
        assert log_refused(lambda: invocations.ids(query)) == ("ParameterInvalid", 400)
        return
    assert "".join(invocations.ids(query)) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("* | SELECT count(*)", "NotSupported"),
        ("message: order", "ParameterInvalid"),
        ("durationMs: fast", "ParameterInvalid"),
        ("requestId in [1 2]", "ParameterInvalid"),
        ("*order", "ParameterInvalid"),
        ("(order", "ParameterInvalid"),
        ("order)", "ParameterInvalid"),
        ("order and", "ParameterInvalid"),
        ("or order", "ParameterInvalid"),
        ("not", "ParameterInvalid"),
        ('"order', "ParameterInvalid"),
        ("durationMs >", "ParameterInvalid"),
        ("durationMs in [1", "ParameterInvalid"),
        ("functionName:", "ParameterInvalid"),
        ("(" * 40 + "a" + ")" * 40, "ParameterInvalid"),
        (" ".join(["a"] * 101), "ParameterInvalid"),
    ],
)
def test_a_statement_that_cannot_be_searched_with_is_refused(
    store: Store, query: str, code: str
) -> None:
    assert log_refused(lambda: store.find(query)) == (code, 400)


def test_a_field_that_is_not_indexed_is_named_in_the_refusal(store: Store) -> None:
    with pytest.raises(LogException, match=r"key \(message\) is not in the index"):
        store.find("message: order")


def test_a_log_is_found_with_all_that_was_written(store: Store) -> None:
    store.put((NOON, {"a": "1", "empty": "", "quote": 'x"\\', "emoji": "🙂"}), topic="t")
    found = store.client.get_log(PROJECT, store.name, NOON, NOON + 1, query="*")
    assert found.is_completed()
    assert found.get_count() == 1
    log = found.get_logs()[0]
    assert (log.get_time(), log.get_source()) == (NOON, "here")
    contents = log.get_contents()
    assert 0 <= int(contents.pop("__time_ns_part__")) < 1_000_000_000
    expected = {"a": "1", "empty": "", "quote": 'x"\\', "emoji": "🙂", "__topic__": "t"}
    assert contents == expected


@pytest.mark.parametrize(
    "settings", [{"compress": False}, {"compress": True}, {"hashKey": "a" * 32}]
)
def test_every_way_of_writing_writes(store: Store, settings: dict[str, Any]) -> None:
    store.put((NOON, {"id": "x" * 1000}), **settings)
    assert store.ids("*") == ["x" * 1000]


def test_tags_of_a_group_are_fields_of_its_logs(store: Store) -> None:
    store.put((NOON, {"id": "a"}), (NOON, {"id": "b"}), logtags=[("host", "one-two")])
    found = store.find('"__tag__:host": "one-two"') + store.find("__tag__:host:one-two")
    assert [fields["__tag__:host"] for fields in found] == ["one-two"] * 4
    assert store.find("__tag__:host:one") == []
    assert store.find("one-two") == []  # full text does not look at tags


def test_append_meta_tells_from_where_and_when(log: Any, store: Store) -> None:
    log.update_logstore(PROJECT, store.name, append_meta=True)
    store.put((NOON, {"id": "a"}))
    [fields] = store.find("*")
    assert fields["__tag__:__client_ip__"] == "127.0.0.1"
    assert int(fields["__tag__:__receive_time__"]) > NOON


def test_logs_of_a_second_stay_in_the_order_of_writing(store: Store) -> None:
    store.put(*((NOON, {"id": str(n)}) for n in range(300)))
    store.put((NOON, {"id": "last"}), (NOON - 1, {"id": "first"}))
    everything = ["first", *map(str, range(300)), "last"]
    pages = [store.ids("*", offset=offset, line=100) for offset in range(0, 400, 100)]
    assert [len(page) for page in pages] == [100, 100, 100, 2]
    assert [name for page in pages for name in page] == everything
    assert store.ids("*", line=3, reverse=True) == ["last", "299", "298"]
    assert store.ids("*", line=2, offset=300, reverse=True) == ["0", "first"]
    assert store.ids("not nothing", line=2, offset=299) == ["298", "299"]
    assert store.ids("*", line=0) == []


def test_the_time_range_begins_with_from_and_ends_before_to(store: Store) -> None:
    store.put(*((NOON + n, {"id": str(n)}) for n in range(5)))
    assert store.ids("*", begin=NOON + 1, end=NOON + 4) == ["1", "2", "3"]
    assert log_refused(lambda: store.find(begin=NOON, end=NOON)) == ("InvalidTimeRange", 400)
    assert log_refused(lambda: store.find(begin=NOON, end=NOON - 1)) == ("InvalidTimeRange", 400)
    assert store.ids("*", begin=0, end=2**40) == list("01234")


def test_nanoseconds_narrow_the_range(store: Store) -> None:
    items = [LogItem(NOON, [("id", str(n))], time_nano_part=n) for n in (10, 20, 30)]
    store.client.put_logs(PutLogsRequest(PROJECT, store.name, "", "here", items))
    narrow = {"from_time_nano_part": 15, "to_time_nano_part": 30}
    assert store.ids("*", begin=NOON, end=NOON, **narrow) == ["20"]


def test_topics_are_told_apart(store: Store) -> None:
    store.put((NOON, {"id": "a"}), topic="one")
    store.put((NOON, {"id": "b"}), topic="two")
    assert store.ids("*", topic="two") == ["b"]
    assert store.ids("*", topic="tw") == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"line": 101}, "InvalidLine"),
        ({"line": -1}, "InvalidLine"),
        ({"line": "many"}, "ParameterInvalid"),
        ({"line": True}, "ParameterInvalid"),
        ({"offset": -1}, "InvalidOffset"),
        ({"offset": 2**70}, "ParameterInvalid"),
        ({"reverse": "yes"}, "InvalidReverse"),
        ({"from": None}, "ParameterInvalid"),
        ({"to": "--5"}, "ParameterInvalid"),
        ({"from": -5}, "InvalidTimeRange"),
        ({"toNs": 10**9}, "ParameterInvalid"),
        ({"query": 5}, "ParameterInvalid"),
        ({"session": "mode=scan"}, "NotSupported"),
        ({"highlight": True}, "NotSupported"),
        ({"unheard": 1}, "ParameterInvalid"),
    ],
)
def test_what_cannot_be_asked_is_refused(store: Store, asked: dict[str, Any], code: str) -> None:
    client: Any = store.client
    body = json.dumps({"from": NOON, "to": NOON + 1, **asked}).encode()
    path = f"/logstores/{store.name}/logs"
    headers = {"Content-Type": "application/json"}
    assert log_refused(lambda: client._send("POST", PROJECT, body, path, {}, headers)) == (
        code,
        400,
    )


def test_the_older_form_of_get_logs_answers_the_same(
    log_client: LogClientFactory, invocations: Store
) -> None:
    older: Any = log_client()
    older._get_logs_v2_enabled = False
    new = invocations.client.get_log(PROJECT, invocations.name, NOON, NOON + 9, query="order")
    old = older.get_log(PROJECT, invocations.name, NOON, NOON + 9, query="order")
    assert old.is_completed()
    assert old.get_count() == 2
    assert [one._to_dict() for one in old.get_logs()] == [one._to_dict() for one in new.get_logs()]


def test_the_client_can_page_through_all(store: Store) -> None:
    for part in range(3):
        store.put(*((NOON + part, {"id": str(part * 90 + n)}) for n in range(90)))
    pages = store.client.get_log_all(PROJECT, store.name, NOON, NOON + 9, query="*")
    found = [one.get_contents()["id"] for page in pages for one in page.get_logs()]
    assert found == [str(n) for n in range(270)]


def histogram(store: Store, query: str, begin: int, end: int) -> list[tuple[int, int, int]]:
    request = GetHistogramsRequest(PROJECT, store.name, begin, end, query=query)
    found = store.client.get_histograms(request)
    assert found.is_completed()
    return [(one.get_from(), one.get_to(), one.get_count()) for one in found.get_histograms()]


@pytest.mark.parametrize("query", ["*", "tick"])
def test_a_histogram_counts_what_is_found_in_each_part(store: Store, query: str) -> None:
    store.put(*((NOON + n, {"id": "tick"}) for n in (0, 1, 1, 59, 60)))
    store.put((NOON + 1, {"id": "other"}))
    columns = histogram(store, query, NOON, NOON + 60)
    assert columns[0][0] == NOON
    assert columns[-1][1] == NOON + 60
    assert [one[1] for one in columns[:-1]] == [one[0] for one in columns[1:]]
    assert len(columns) <= 60
    assert sum(count for _, _, count in columns) == (5 if query == "*" else 4)
    assert columns[0][2] == (4 if query == "*" else 3)
    assert columns == histogram(store, query, NOON, NOON + 60)


def test_a_histogram_of_years_has_few_columns(store: Store) -> None:
    store.put((NOON, {"id": "tick"}))
    columns = histogram(store, "*", 1, NOON * 2)
    assert len(columns) <= 61
    assert [one for one in columns if one[2]] == [
        next(one for one in columns if one[0] <= NOON < one[1])
    ]


def test_nothing_is_found_without_an_index(log: Any) -> None:
    log.create_logstore(PROJECT, "no-index")
    store = Store(log, "no-index")
    store.put((NOON, {"id": "a"}))
    assert log_refused(store.find) == ("IndexConfigNotExist", 400)
    assert log_refused(lambda: histogram(store, "*", 1, 2)) == ("IndexConfigNotExist", 400)
    log.create_index(PROJECT, "no-index", full_text())
    assert store.ids("*") == ["a"]
    log.delete_index(PROJECT, "no-index")
    assert log_refused(store.find) == ("IndexConfigNotExist", 400)


def test_without_full_text_only_text_fields_are_looked_at(log: Any) -> None:
    log.create_logstore(PROJECT, "keys-only")
    config = IndexConfig(key_config_list={"id": text_key(), "n": IndexKeyConfig(index_type="long")})
    log.create_index(PROJECT, "keys-only", config)
    store = Store(log, "keys-only")
    store.put((NOON, {"id": "a word", "n": "7", "message": "another word"}))
    store.put((NOON, {"id": "b", "n": "8", "message": "a word too"}))
    assert store.ids("word") == ["a word"]
    assert store.ids("7") == []
    assert store.ids("id: word and n = 7") == ["a word"]
    config = IndexConfig(key_config_list={"n": IndexKeyConfig(index_type="long")})
    log.update_index(PROJECT, "keys-only", config)
    assert log_refused(lambda: store.find("word")) == ("ParameterInvalid", 400)
    assert store.ids("n: 8") == ["b"]


def test_case_counts_where_the_index_says_so(log: Any) -> None:
    log.create_logstore(PROJECT, "case")
    line = IndexLineConfig(token_list=[" "], case_sensitive=True)
    log.create_index(PROJECT, "case", IndexConfig(line_config=line))
    store = Store(log, "case")
    store.put((NOON, {"id": "Word"}), (NOON, {"id": "word"}))
    assert store.ids("Word") == ["Word"]
    assert store.ids("WOR*") == []


def test_fields_inside_json_are_found_by_their_path(log: Any) -> None:
    log.create_logstore(PROJECT, "json")
    keys = {
        "event": IndexKeyConfig(token_list=DELIMITERS, index_type="json", json_key_config=_json())
    }
    log.create_index(PROJECT, "json", IndexConfig(key_config_list=keys))
    store = Store(log, "json")
    store.put((NOON, {"id": "a", "event": '{"order": {"n": 7, "name": "caf\\u00e9 noir"}}'}))
    store.put(
        (NOON, {"id": "b", "event": '{"order": {"n": 70, "name": "two\\nlines"}}'}),
        (NOON, {"id": "c", "event": "{"}),
    )
    assert store.ids("event.order.n > 7") == ["b"]
    assert store.ids("event.order.name: café") == ["a"]
    assert store.ids("event.order.name: lines") == ["b"]  # in JSON it is \\nlines
    assert log_refused(lambda: store.find("event.other: 1")) == ("ParameterInvalid", 400)


def _json() -> Any:
    config = IndexJsonKeyConfig(index_all=False)
    config.add_key("order.n", "long")
    config.add_key("order.name", "text")
    return config


def test_logs_of_a_deleted_logstore_do_not_come_back(log: Any) -> None:
    log.create_logstore(PROJECT, "reborn")
    log.create_index(PROJECT, "reborn", full_text())
    store = Store(log, "reborn")
    store.put((NOON, {"id": "old"}))
    log.delete_logstore(PROJECT, "reborn")
    log.create_logstore(PROJECT, "reborn")
    log.create_index(PROJECT, "reborn", full_text())
    assert store.ids("*") == []
    assert store.ids("old") == []


def test_written_is_durable(fresh_cloud: RunningCloud) -> None:
    client: Any = LogClient(fresh_cloud.url, "localcloud", "localcloud", source="127.0.0.1")
    client._isRowIp = True
    client.create_project(PROJECT, "")
    client.create_logstore(PROJECT, "durable")
    client.create_index(PROJECT, "durable", full_text())
    store = Store(client, "durable")
    store.put((NOON, {"id": "kept"}))
    fresh_cloud.kill()
    fresh_cloud.restart()
    assert store.ids("kept") == ["kept"]


def test_signature_version_4_works_too(log_client: LogClientFactory, store: Store) -> None:
    newer = Store(log_client(auth_version="v4", region="cn-hangzhou"), store.name)
    newer.put((NOON, {"id": "a"}))
    assert newer.ids("a") == ["a"]
