"""Triggers: what calls a function by itself. Timers fire here; the other types are only kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from localcloud.fc import limits
from localcloud.fc.checks import (
    boolean,
    check_fields,
    invalid,
    missing,
    one_of,
    text,
    without_nulls,
)
from localcloud.fc.functions import function_at, require_function
from localcloud.fc.schedule import Schedule, parse_schedule
from localcloud.fidelity.function_compute import TRIGGERS
from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.store import triggers as store
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST
from localcloud.store.triggers import TriggerRow

TIMER = "timer"
MOST_PAYLOAD_BYTES = 128 * 1024

_qualifier = text(128)
_FIELDS = {
    "triggerName": limits.trigger_name,
    "triggerType": one_of(*(entry.thing for entry in TRIGGERS.entries)),
    "triggerConfig": text(1 << 20),
    "qualifier": _qualifier,
    "description": limits.description,
    "invocationRole": text(256),
    "sourceArn": text(512),
}
_KEPT = ("description", "invocationRole", "sourceArn")


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer's triggerConfig. `enabled` False: it keeps its place and does not fire."""

    schedule: Schedule
    payload: str
    enabled: bool


def parse_timer(config: str) -> Timer:
    """Read {"cronExpression", "payload", "enable"}; raises Refusal InvalidArgument (400)."""
    document = _json_object(config)
    check_fields(
        document,
        {"cronExpression": text(256), "payload": text(MOST_PAYLOAD_BYTES), "enable": boolean},
        "triggerConfig.",
    )
    expression = document.get("cronExpression")
    if not expression:
        raise missing("triggerConfig.cronExpression")
    payload = document.get("payload") or ""
    if len(payload.encode()) > MOST_PAYLOAD_BYTES:
        raise Refusal(
            "InvalidArgument",
            f"triggerConfig.payload has {len(payload.encode())} bytes: it must have at most "
            f"{MOST_PAYLOAD_BYTES} (128 KB)",
        )
    # FC documents no default for enable; ours: a timer that nobody turned on is off
    return Timer(parse_schedule(expression), payload, bool(document.get("enable", False)))


def _json_object(config: str) -> dict[str, Any]:
    try:
        document: Any = read_json(config)
    except ValueError as error:
        raise Refusal("InvalidArgument", f"triggerConfig is no JSON text: {error}") from None
    if not isinstance(document, dict):
        raise invalid("triggerConfig", config, "a JSON object as text")
    return cast(dict[str, Any], document)


def require_trigger(tx: Transaction, function: str, name: str) -> TriggerRow:
    """A trigger; raises Refusal FunctionNotFound or TriggerNotFound (404)."""
    require_function(tx, function)
    row = store.get_trigger(tx, function, name)
    if row is None:
        raise Refusal(
            "TriggerNotFound", f"trigger '{name}' of function '{function}' does not exist", 404
        )
    return row


def create_trigger(
    tx: Transaction, function: str, document: Mapping[str, Any], now: int
) -> TriggerRow:
    """Add a trigger from the body of CreateTrigger.

    Raises Refusal FunctionNotFound, VersionNotFound or AliasNotFound (404), TriggerAlreadyExists
    (409), InvalidArgument (400).
    """
    require_function(tx, function)
    settings = _settings(document)
    for field in ("triggerName", "triggerType"):
        if not settings.get(field):
            raise missing(field)
    name = settings["triggerName"]
    if store.get_trigger(tx, function, name) is not None:
        raise Refusal(
            "TriggerAlreadyExists", f"trigger '{name}' of function '{function}' already exists", 409
        )
    row = TriggerRow(
        function=function,
        name=name,
        trigger_id=str(uuid.uuid4()),
        type=settings["triggerType"],
        qualifier=LATEST,
        settings={},
        config="",
        created_at=now,
        modified_at=now,
        next_fire_at=None,
    )
    return _put(tx, row, settings, now)


def update_trigger(
    tx: Transaction, function: str, name: str, document: Mapping[str, Any], now: int
) -> TriggerRow:
    """Change what the body of UpdateTrigger names; an interval begins anew with a new config.

    Raises what `create_trigger` raises, and Refusal TriggerNotFound (404).
    """
    row = require_trigger(tx, function, name)
    settings = _settings(document)
    for field, value in (("triggerName", name), ("triggerType", row.type)):
        if settings.get(field, value) != value:
            raise invalid(field, settings[field], f"{value!r}: it cannot be changed")
    return _put(tx, replace(row, modified_at=now), settings, now)


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    settings = without_nulls(document)
    check_fields(settings, _FIELDS)
    return settings


def _put(tx: Transaction, row: TriggerRow, settings: Mapping[str, Any], now: int) -> TriggerRow:
    row = replace(
        row,
        qualifier=settings.get("qualifier") or row.qualifier,
        settings={
            **row.settings,
            **{field: settings[field] for field in _KEPT if field in settings},
        },
    )
    function_at(tx, row.function, row.qualifier)
    if "triggerConfig" in settings or not row.config:
        config = settings.get("triggerConfig", "")
        row = replace(row, config=config)
        if row.type == TIMER:
            timer = parse_timer(config)
            first = timer.schedule.next_after(now, now) if timer.enabled else None
            row = replace(row, next_fire_at=first)
        elif config:
            _json_object(config)
    store.put_trigger(tx, row)
    return row


def delete_trigger(tx: Transaction, function: str, name: str) -> None:
    """Remove a trigger; raises Refusal FunctionNotFound or TriggerNotFound (404)."""
    require_trigger(tx, function, name)
    store.delete_trigger(tx, function, name)


def list_triggers(
    tx: Transaction, function: str, prefix: str, after: str, limit: int
) -> tuple[Sequence[TriggerRow], str]:
    """A page of a function's triggers, and where the next begins, or ""."""
    require_function(tx, function)
    rows = store.list_triggers(tx, function, prefix, after, limit + 1)
    return rows[:limit], rows[limit - 1].name if len(rows) > limit else ""
