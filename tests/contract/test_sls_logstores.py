"""Logstores of Log Service and their indexes, with the official client."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from aliyun.log import IndexConfig, IndexKeyConfig, IndexLineConfig

from tests.refused import log_refused
from tests.running_cloud import RunningCloud

PROJECT = "logstores"


@pytest.fixture(scope="module", autouse=True)
def _project(log: Any) -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    log.create_project(PROJECT, "")
    yield
    log.delete_project(PROJECT)


def index(**parts: Any) -> IndexConfig:
    line = IndexLineConfig(token_list=[",", " "], case_sensitive=True, chinese=True)
    keys = {"status": IndexKeyConfig(index_type="long", doc_value=True)}
    settings: dict[str, Any] = {"line_config": line, "key_config_list": keys, **parts}
    return IndexConfig(**settings)


def test_a_logstore_is_shown_with_what_it_was_told_and_the_defaults(log: Any) -> None:
    log.create_logstore(PROJECT, "told", ttl=7, shard_count=3, auto_split=False, max_split_shard=0)
    shown = log.get_logstore(PROJECT, "told").body
    times = (shown.pop("createTime"), shown.pop("lastModifyTime"))
    assert times[0] == times[1] > 1_700_000_000
    assert shown == {
        "logstoreName": "told",
        "ttl": 7,
        "shardCount": 3,
        "enable_tracking": False,
        "autoSplit": False,
        "maxSplitShard": 0,
        "appendMeta": False,
        "telemetryType": "",
        "mode": "standard",
        "encrypt_conf": {},
    }


def test_an_update_changes_what_it_names_and_leaves_the_rest(log: Any) -> None:
    log.create_logstore(PROJECT, "changed", ttl=7, shard_count=2, hot_ttl=7)
    log.update_logstore(PROJECT, "changed", ttl=30, append_meta=True)
    shown = log.get_logstore(PROJECT, "changed").body
    assert (shown["ttl"], shown["appendMeta"], shown["hot_ttl"]) == (30, True, 7)
    assert shown["shardCount"] == 2


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("a", {}),
        ("a" * 64, {}),
        ("Upper", {}),
        ("ends-", {}),
        ("_begins", {}),
        ("ttl-0", {"ttl": 0}),
        ("ttl-3651", {"ttl": 3651}),
        ("no-shard", {"shard_count": 0}),
        ("many-shards", {"shard_count": 11}),
        ("splits", {"max_split_shard": 257}),
        ("mode", {"mode": "other"}),
        ("modified", {"enable_modify": True}),
    ],
)
def test_what_a_logstore_cannot_be_is_refused(
    log: Any, name: str, settings: dict[str, Any]
) -> None:
    call = lambda: log.create_logstore(PROJECT, name, **settings)  # noqa: E731
    assert log_refused(call) == ("LogStoreInfoInvalid", 400)
    assert name not in log.list_logstore(PROJECT).get_logstores()


def test_a_store_of_metrics_is_refused(log: Any) -> None:
    call = lambda: log.create_logstore(PROJECT, "metrics", telemetry_type="Metrics")  # noqa: E731
    assert log_refused(call) == ("NotSupported", 400)


def test_a_second_logstore_of_the_same_name_is_refused(log: Any) -> None:
    log.create_logstore(PROJECT, "once")
    assert log_refused(lambda: log.create_logstore(PROJECT, "once")) == (
        "LogStoreAlreadyExist",
        400,
    )


def test_what_is_missing_says_which(log: Any) -> None:
    store, project = ("LogStoreNotExist", 404), ("ProjectNotExist", 404)
    assert log_refused(lambda: log.get_logstore(PROJECT, "missing")) == store
    assert log_refused(lambda: log.delete_logstore(PROJECT, "missing")) == store
    assert log_refused(lambda: log.list_shards(PROJECT, "missing")) == store
    assert log_refused(lambda: log.create_index(PROJECT, "missing", index())) == store
    assert log_refused(lambda: log.get_logstore("missing", "any")) == project
    assert log_refused(lambda: log.create_logstore("missing", "any")) == project
    assert log_refused(lambda: log.list_logstore("missing")) == project


def test_logstores_are_listed_in_pages_and_by_a_part_of_their_name(log: Any) -> None:
    for name in ("list-a", "list-b", "list-c"):
        log.create_logstore(PROJECT, name)
    page = log.list_logstore(PROJECT, "list-", offset=1, size=1)
    assert page.get_logstores() == ["list-b"]
    assert (page.get_logstores_count(), page.get_logstores_total()) == (1, 3)


def test_the_shards_share_the_key_space(log: Any) -> None:
    log.create_logstore(PROJECT, "sharded", shard_count=4)
    shards = log.list_shards(PROJECT, "sharded").get_shards_info()
    assert [shard["shardID"] for shard in shards] == [0, 1, 2, 3]
    begins = [shard["inclusiveBeginKey"] for shard in shards]
    assert begins == [digit + "0" * 31 for digit in "048c"]
    assert [shard["exclusiveEndKey"] for shard in shards] == [*begins[1:], "f" * 32]


def test_the_metering_mode_is_kept(log: Any) -> None:
    log.create_logstore(PROJECT, "metered")
    assert log.get_logstore_metering_mode(PROJECT, "metered").metering_mode == "ChargeByFunction"
    log.update_logstore_metering_mode(PROJECT, "metered", "ChargeByDataIngest")
    assert log.get_logstore_metering_mode(PROJECT, "metered").metering_mode == "ChargeByDataIngest"
    call = lambda: log.update_logstore_metering_mode(PROJECT, "metered", "Free")  # noqa: E731
    assert log_refused(call) == ("ParameterInvalid", 400)


def test_settings_that_do_nothing_are_warned_about_once(log: Any, cloud: RunningCloud) -> None:
    log.create_logstore(PROJECT, "warned", hot_ttl=30, auto_split=False, max_split_shard=0)
    log.update_logstore(PROJECT, "warned", hot_ttl=31)
    warned = [line for line in cloud.stderr().splitlines() if f"{PROJECT}/warned" in line]
    assert len(warned) == 1
    assert "hot_ttl is kept but changes nothing" in warned[0]


def test_an_index_is_given_back_exactly_as_it_was_put(log: Any) -> None:
    log.create_logstore(PROJECT, "indexed")
    config = index(log_reduce=False)
    log.create_index(PROJECT, "indexed", config)
    found = log.get_index_config(PROJECT, "indexed")
    assert found.body == json.loads(json.dumps(config.to_json()))
    second = index(key_config_list={"other": IndexKeyConfig(index_type="double")})
    log.update_index(PROJECT, "indexed", second)
    assert log.get_index_config(PROJECT, "indexed").body == second.to_json()


def test_there_is_one_index_or_none(log: Any) -> None:
    log.create_logstore(PROJECT, "index-life")
    none = ("IndexConfigNotExist", 404)
    assert log_refused(lambda: log.get_index_config(PROJECT, "index-life")) == none
    assert log_refused(lambda: log.update_index(PROJECT, "index-life", index())) == none
    assert log_refused(lambda: log.delete_index(PROJECT, "index-life")) == none
    log.create_index(PROJECT, "index-life", index())
    again = log_refused(lambda: log.create_index(PROJECT, "index-life", index()))
    assert again == ("IndexAlreadyExist", 400)
    log.delete_index(PROJECT, "index-life")
    assert log_refused(lambda: log.get_index_config(PROJECT, "index-life")) == none


class RawIndex:
    """What the client sends when it is asked for an index's JSON."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def to_json(self) -> Any:
        return self._document


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"line": {}},
        {"line": {"token": ", "}},
        {"line": {"token": ["ab"]}},
        {"line": {"token": [","], "caseSensitive": "yes"}},
        {"line": {"token": [","], "include_keys": ["a"], "exclude_keys": ["b"]}},
        {"keys": {"a": {"type": "date"}}},
        {"keys": {"": {"type": "long"}}},
        {"keys": {"a": {"type": "text"}}},
        {"keys": {"a": {"type": "json", "token": [], "json_keys": {"b": {"type": "x"}}}}},
        {"keys": ["a"]},
        {"line": {"token": [","]}, "scan_index": True},
        {"keys": {f"k{n}": {"type": "long"} for n in range(501)}},
    ],
    ids=lambda document: json.dumps(document)[:40],
)
def test_an_index_that_cannot_be_is_refused(log: Any, document: Any) -> None:
    if "bad-index" not in log.list_logstore(PROJECT).get_logstores():
        log.create_logstore(PROJECT, "bad-index")
    call = lambda: log.create_index(PROJECT, "bad-index", RawIndex(document))  # noqa: E731
    assert log_refused(call) == ("IndexInfoInvalid", 400)
    none = log_refused(lambda: log.get_index_config(PROJECT, "bad-index"))
    assert none == ("IndexConfigNotExist", 404)
