"""Logstores: where logs are written, searched and kept for a number of days.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-createlogstore
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from localcloud.refusal import Refusal
from localcloud.sls import projects
from localcloud.store import log_projects
from localcloud.store import logstores as store
from localcloud.store.database import Transaction
from localcloud.store.logs import MOST_LOGSTORES

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]")
_LONGEST_TTL = 3650  # days; it is what the console's "permanent" is
_MOST_SHARDS = 10  # what a logstore can be made with
METERING_MODES = ("ChargeByFunction", "ChargeByDataIngest")

# What a logstore can be told besides its ttl: name, type, and what it is where it was not told.
# None stands for "not shown until it is told", so that the provider sees no change.
SETTINGS: dict[str, tuple[type, Any]] = {
    "shardCount": (int, 2),
    "enable_tracking": (bool, False),
    "autoSplit": (bool, False),
    "maxSplitShard": (int, 0),
    "appendMeta": (bool, False),
    "telemetryType": (str, ""),
    "mode": (str, "standard"),
    "encrypt_conf": (dict, {}),
    "hot_ttl": (int, None),
    "infrequentAccessTTL": (int, None),
}
_ONLY_AT_CREATION = ("shardCount", "telemetryType")


def create_logstore(
    tx: Transaction, project: str, name: str, ttl: object, settings: Mapping[str, object], now: int
) -> None:
    """Make a logstore that keeps logs for `ttl` days (1..3650).

    Raises Refusal ProjectNotExist, LogStoreAlreadyExist, LogStoreInfoInvalid.
    """
    projects.require_project(tx, project)
    if not _NAME.fullmatch(name):
        raise _invalid(
            f"logstoreName {name!r} is not a logstore's name: 2 to 63 characters of a-z, 0-9, '-'"
            " and '_', the first and the last a letter or a digit"
        )
    days = _checked_ttl(ttl)
    kept = _checked_settings(settings)
    if store.find_logstore_number(tx, project, name) is not None:
        raise Refusal("LogStoreAlreadyExist", f"logstore {name} already exists")
    if store.insert_logstore(tx, project, name, days, json.dumps(kept), now) is None:
        raise Refusal(
            "ProjectQuotaExceed",
            f"localcloud holds {MOST_LOGSTORES} logstores and no more: delete some",
            403,
        )


def find(tx: Transaction, project: str, name: str) -> store.LogstoreRow:
    """The logstore. Raises Refusal ProjectNotExist, LogStoreNotExist."""
    row = store.find_logstore(tx, project, name)
    if row is None:
        raise no_such_logstore(tx, project, name)
    return row


def no_such_logstore(tx: Transaction, project: str, name: str) -> Refusal:
    """Why there is no such logstore: it is missing, or its project is."""
    if log_projects.find_project(tx, project) is None:
        return Refusal("ProjectNotExist", f"The Project does not exist : {project}", 404)
    return Refusal("LogStoreNotExist", f"logstore {name} does not exist", 404)


def settings_of(row: store.LogstoreRow) -> dict[str, Any]:
    """What the logstore was told, and the defaults of what it was not."""
    told: dict[str, Any] = json.loads(row.settings)
    shown = {name: default for name, (_, default) in SETTINGS.items() if default is not None}
    return {**shown, **told}


def update_logstore(
    tx: Transaction, project: str, name: str, settings: Mapping[str, object], now: int
) -> None:
    """Change what is given of `ttl` and the settings, and leave the rest.

    Raises Refusal ProjectNotExist, LogStoreNotExist, LogStoreInfoInvalid.
    """
    row = find(tx, project, name)
    changes = {key: value for key, value in settings.items() if key != "ttl"}
    ttl = _checked_ttl(settings["ttl"]) if "ttl" in settings else row.ttl
    new = _checked_settings(changes)
    old = settings_of(row)
    for key in _ONLY_AT_CREATION:
        if key in new and new[key] != old[key]:
            raise _invalid(
                f"{key} cannot be changed from {old[key]!r} to {new[key]!r}: it is what the"
                " logstore was made with"
            )
    told: dict[str, Any] = {**json.loads(row.settings), **new}
    store.update_logstore(tx, row.number, ttl, json.dumps(told), row.index_config, now)


def delete_logstore(tx: Transaction, project: str, name: str) -> None:
    """Take a logstore away with what is in it. Raises Refusal ProjectNotExist, LogStoreNotExist."""
    store.delete_logstore(tx, find(tx, project, name).number)


def list_logstores(
    tx: Transaction, project: str, name_part: str, telemetry_type: str | None, mode: str | None
) -> list[str]:
    """The names of a project's logstores, by name. Raises Refusal ProjectNotExist."""
    projects.require_project(tx, project)
    names: list[str] = []
    for row in store.logstores_of(tx, project):
        settings = settings_of(row)
        if (
            name_part in row.name
            and telemetry_type in (None, settings["telemetryType"])
            and mode in (None, settings["mode"])
        ):
            names.append(row.name)
    return names


def metering_mode(tx: Transaction, project: str, name: str) -> str:
    """How the logstore would be paid for. Raises Refusal ProjectNotExist, LogStoreNotExist."""
    told: dict[str, Any] = json.loads(find(tx, project, name).settings)
    return told.get("meteringMode", METERING_MODES[0])


def set_metering_mode(tx: Transaction, project: str, name: str, mode: str, now: int) -> None:
    """Record how the logstore would be paid for.

    Raises Refusal ProjectNotExist, LogStoreNotExist, ParameterInvalid.
    """
    row = find(tx, project, name)
    if mode not in METERING_MODES:
        raise Refusal(
            "ParameterInvalid", f"meteringMode {mode!r} is not one of {', '.join(METERING_MODES)}"
        )
    told: dict[str, Any] = {**json.loads(row.settings), "meteringMode": mode}
    store.update_logstore(tx, row.number, row.ttl, json.dumps(told), row.index_config, now)


def shards_of(row: store.LogstoreRow) -> list[tuple[int, str, str]]:
    """Number, first key and end key of every shard: the MD5 space in equal parts.

    localcloud writes into shard 0 alone; the others are there to be counted.
    """
    count: int = settings_of(row)["shardCount"]
    ends = [((1 << 128) * n // count) for n in range(count)]
    starts = [f"{end:032x}" for end in ends]
    return [(n, starts[n], starts[n + 1] if n + 1 < count else "f" * 32) for n in range(count)]


def _checked_ttl(ttl: object) -> int:
    if not isinstance(ttl, int) or isinstance(ttl, bool) or not 1 <= ttl <= _LONGEST_TTL:
        raise _invalid(
            f"ttl value is out of range: {ttl!r} is not a number of days from 1 to {_LONGEST_TTL}"
        )
    return ttl


def _checked_settings(settings: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in settings.items():
        known = SETTINGS.get(name)
        if known is None and not value:  # it asks for nothing
            continue
        if known is None:
            raise _invalid(
                f"localcloud does not know the logstore setting {name!r}; it knows ttl,"
                f" {', '.join(SETTINGS)}"
            )
        if value is None:
            continue
        kind = known[0]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _invalid(f"{name} is {value!r}, and should be of type {kind.__name__}")
        kept[name] = value
    shards = kept.get("shardCount")
    if isinstance(shards, int) and not 1 <= shards <= _MOST_SHARDS:
        raise _invalid(f"shardCount is {shards}, and can be 1 to {_MOST_SHARDS}")
    split = kept.get("maxSplitShard")
    if isinstance(split, int) and not 0 <= split <= 256:
        raise _invalid(f"maxSplitShard is {split}, and can be 0 to 256")
    if kept.get("mode", "standard") not in ("standard", "query", "lite"):
        raise _invalid(f"mode is {kept['mode']!r}, and can be standard or query")
    if kept.get("telemetryType", "") not in ("", "None"):
        raise Refusal(
            "NotSupported",
            f"telemetryType {kept['telemetryType']!r} is not implemented by localcloud: it has"
            " logstores of logs alone",
        )
    return kept


def _invalid(message: str) -> Refusal:
    return Refusal("LogStoreInfoInvalid", message)
