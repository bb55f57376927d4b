"""What docs/fidelity.md says of Log Service is what the routes and the rules do."""

import json
import logging
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.clock import system_clock
from localcloud.fidelity import Fate
from localcloud.fidelity.log_service import CALLS, SETTINGS
from localcloud.sls import consume_api, logs_api, logstores
from localcloud.sls.api import LogApi
from localcloud.sls.recorded_settings import Warnings
from localcloud.store.database import Database
from tests.unit.localcloud.prepared import prepare_database

BY_TYPE = {*logs_api.BY_TYPE.values(), *consume_api.BY_TYPE.values()}


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database, None, None]:
    path = tmp_path / "localcloud.sqlite"
    prepare_database(path)
    made = Database(path)
    yield made
    made.close()


def test_log_service_serves_what_its_table_says(database: Database) -> None:
    served = {route.operation for route in LogApi(database, system_clock).routes}
    told = {entry.thing for entry in CALLS.entries if entry.fate is not Fate.REFUSED}
    assert served | BY_TYPE | {"ListProject"} == told


def test_every_setting_of_a_logstore_is_in_the_table() -> None:
    assert {entry.thing for entry in SETTINGS.entries} == {"ttl", *logstores.SETTINGS}


def warned(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_what_changes_nothing_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    warnings = Warnings()
    for _ in range(2):
        warnings.of_logstore("p/s", {"hot_ttl": 7, "mode": "query", "appendMeta": True})
    assert [text.split(" is kept")[0] for text in warned(caplog)] == [
        "logstore p/s: mode",
        "logstore p/s: hot_ttl",
    ]


def test_the_provider_and_the_sdk_are_not_warned_of_what_they_did_not_ask_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warnings = Warnings()
    provider = {"shardCount": 2, "appendMeta": True, "ttl": 30}
    warnings.of_logstore("p/s", provider)
    warnings.of_logstore("p/s", {"encrypt_conf": {"enable": False}, "maxSplitShard": 0})
    key = {"type": "text", "token": [" "], "doc_value": True, "alias": ""}
    config = {"line": {"token": [" "]}, "keys": {"k": key}, "log_reduce": False}
    warnings.of_index("p/s", json.loads(json.dumps(config)))
    assert warned(caplog) == []


def test_an_index_is_warned_of_too(caplog: pytest.LogCaptureFixture) -> None:
    Warnings().of_index("p/s", {"keys": {"k": {"alias": "kk"}}, "log_reduce": True})
    assert len(warned(caplog)) == 2
