"""PutAsyncInvokeConfig and its like: the asynchronous configurations of a function's qualifiers.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-putasyncinvokeconfig
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from localcloud.fc import quirks
from localcloud.fc.async_config import (
    MAX_AGE_SECONDS,
    MAX_RETRIES,
    bad_destination,
    parse_destination,
)
from localcloud.fc.checks import boolean, check_fields, invalid, text, whole, without_nulls
from localcloud.fc.resolution import function_at
from localcloud.refusal import Refusal
from localcloud.store import async_configs as store
from localcloud.store.async_configs import AsyncConfigRow
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST


def _destinations(field: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise invalid(field, value, "a JSON object with onSuccess, onFailure, or both")
    sides = cast(dict[str, Any], value)
    for side in sides:
        if side not in ("onSuccess", "onFailure"):
            raise invalid(f"a side of {field}", side, "onSuccess or onFailure")


_FIELDS = {
    "asyncTask": boolean,
    "maxAsyncEventAgeInSeconds": whole(1, MAX_AGE_SECONDS, "s"),
    "maxAsyncRetryAttempts": whole(0, MAX_RETRIES),
    "destinationConfig": _destinations,
    "functionName": text(128),  # the Terraform provider repeats it in the body
}


def put(
    tx: Transaction,
    function: str,
    qualifier: str,
    document: Mapping[str, Any],
    user_agent: str,
    now: int,
) -> AsyncConfigRow:
    """Set what `document` names; what it leaves out stays. `destinationConfig` is set as a whole.

    Raises Refusal FunctionNotFound, VersionNotFound or AliasNotFound (404), InvalidArgument and
    InvalidDestinationResources (400).
    """
    qualifier = qualifier or LATEST
    function_at(tx, function, qualifier)
    settings = without_nulls(document)
    check_fields(settings, _FIELDS)
    settings.pop("functionName", None)
    before = store.get_async_config(tx, function, qualifier)
    config = {**(before.config if before else {}), **settings}
    if "destinationConfig" in settings:
        lenient = quirks.applies(quirks.EMPTY_DESTINATION_IS_ABSENT, user_agent)
        config["destinationConfig"] = _checked_destinations(settings["destinationConfig"], lenient)
    store.put_async_config(tx, function, qualifier, config, now)
    return get(tx, function, qualifier)


def _checked_destinations(sides: Mapping[str, Any], empty_is_absent: bool) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for side, target in sides.items():
        field = f"destinationConfig.{side}"
        if not isinstance(target, dict):
            raise invalid(field, target, "a JSON object with destination")
        arn = cast(dict[str, Any], target).get("destination", "")
        if not arn:
            if empty_is_absent:
                continue
            raise bad_destination("destination can't be empty")
        if not isinstance(arn, str):
            raise invalid(f"{field}.destination", arn, "an ARN")
        parse_destination(arn)
        checked[side] = {"destination": arn}
    return checked


def get(tx: Transaction, function: str, qualifier: str) -> AsyncConfigRow:
    """The configuration of a qualifier, "" being LATEST.

    Raises Refusal FunctionNotFound, VersionNotFound, AliasNotFound or AsyncConfigNotExists (404).
    """
    qualifier = qualifier or LATEST
    function_at(tx, function, qualifier)
    row = store.get_async_config(tx, function, qualifier)
    if row is None:
        raise Refusal(
            "AsyncConfigNotExists",
            f"function '{function}' has no asynchronous configuration for qualifier '{qualifier}'",
            404,
        )
    return row


def delete(tx: Transaction, function: str, qualifier: str) -> None:
    """Remove the configuration of a qualifier; raises what `get` raises."""
    get(tx, function, qualifier)
    store.delete_async_config(tx, function, qualifier or LATEST)


def list_configs(
    tx: Transaction, function: str, token: str, limit: int
) -> tuple[Sequence[AsyncConfigRow], str]:
    """A page of configurations (of one function, if named), and where the next begins, or ""."""
    if function:
        function_at(tx, function, LATEST)
    name, _, qualifier = token.partition("/")
    rows = store.list_async_configs(tx, function, (name, qualifier), limit + 1)
    if len(rows) <= limit:
        return rows, ""
    return rows[:limit], f"{rows[limit - 1].function}/{rows[limit - 1].qualifier}"
