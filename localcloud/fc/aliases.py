"""Aliases: names for versions, with part of the calls going to another one if so wished."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from localcloud.fc import limits
from localcloud.fc.checks import check_fields, invalid, missing, text, without_nulls
from localcloud.fc.functions import require_function
from localcloud.refusal import Refusal
from localcloud.store import aliases as store
from localcloud.store import function_versions
from localcloud.store.aliases import AliasRow
from localcloud.store.database import Transaction


def _weights(field: str, value: Any) -> None:
    if not isinstance(value, dict) or len(cast(dict[str, Any], value)) > 1:
        raise invalid(field, value, "an object of one version and its weight, or of none")
    for version, weight in cast(dict[str, Any], value).items():
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
            raise invalid(f"{field}.{version}", weight, "a weight from 0 to 1")


_FIELDS = {
    "aliasName": limits.alias_name,
    "versionId": text(10, r"[0-9]+|LATEST", "the number of a published version"),
    "description": limits.description,
    "additionalVersionWeight": _weights,
}


def require_alias(tx: Transaction, function: str, name: str) -> AliasRow:
    """An alias; raises Refusal FunctionNotFound or AliasNotFound (404)."""
    require_function(tx, function)
    alias = store.get_alias(tx, function, name)
    if alias is None:
        raise Refusal(
            "AliasNotFound", f"alias '{name}' of function '{function}' does not exist", 404
        )
    return alias


def create_alias(tx: Transaction, function: str, document: Mapping[str, Any], now: int) -> AliasRow:
    """Add an alias from the body of CreateAlias.

    Raises Refusal FunctionNotFound or VersionNotFound (404), AliasAlreadyExists (409),
    InvalidArgument (400).
    """
    require_function(tx, function)
    settings = _settings(document)
    for field in ("aliasName", "versionId"):
        if not settings.get(field):
            raise missing(field)
    name = settings["aliasName"]
    if store.get_alias(tx, function, name) is not None:
        raise Refusal(
            "AliasAlreadyExists", f"alias '{name}' of function '{function}' already exists", 409
        )
    return _put(tx, AliasRow(function, name, 0, "", {}, now, now), settings)


def update_alias(
    tx: Transaction, function: str, name: str, document: Mapping[str, Any], now: int
) -> AliasRow:
    """Change what the body of UpdateAlias names; `additionalVersionWeight: {}` ends a split.

    Raises Refusal FunctionNotFound, AliasNotFound or VersionNotFound (404), InvalidArgument (400).
    """
    alias = require_alias(tx, function, name)
    settings = _settings(document)
    if settings.pop("aliasName", name) != name:
        raise invalid("aliasName", document["aliasName"], f"{name!r}: a name cannot be changed")
    return _put(tx, replace(alias, modified_at=now), settings)


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    settings = without_nulls(document)
    check_fields(settings, _FIELDS)
    return settings


def _put(tx: Transaction, alias: AliasRow, settings: Mapping[str, Any]) -> AliasRow:
    if settings.get("versionId"):
        alias = replace(alias, version=_version(tx, alias.function, settings["versionId"]))
    if "description" in settings:
        alias = replace(alias, description=settings["description"])
    if "additionalVersionWeight" in settings:
        alias = replace(alias, weights=settings["additionalVersionWeight"])
    for other in alias.weights:
        if _version(tx, alias.function, other) == alias.version:
            raise invalid(
                "additionalVersionWeight",
                dict(alias.weights),
                f"of another version than the alias's own, {alias.version}",
            )
    store.put_alias(tx, alias)
    return alias


def _version(tx: Transaction, function: str, version: str) -> int:
    if version == "LATEST":
        raise invalid(
            "versionId",
            version,
            "the number of a published version: an alias of LATEST would change with every update",
        )
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    if function_versions.get_version(tx, function, number) is None:
        raise Refusal(
            "VersionNotFound", f"version '{version}' of function '{function}' does not exist", 404
        )
    return number


def delete_alias(tx: Transaction, function: str, name: str) -> None:
    """Remove an alias; raises Refusal FunctionNotFound or AliasNotFound (404)."""
    require_alias(tx, function, name)
    store.delete_alias(tx, function, name)


def list_aliases(
    tx: Transaction, function: str, prefix: str, after: str, limit: int
) -> tuple[Sequence[AliasRow], str]:
    """A page of a function's aliases, and where the next begins, or ""."""
    require_function(tx, function)
    rows = store.list_aliases(tx, function, prefix, after, limit + 1)
    return rows[:limit], rows[limit - 1].name if len(rows) > limit else ""
