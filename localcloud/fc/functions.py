"""Functions: create, read, update, delete, list, and whether they may be invoked at all."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from localcloud.fc import limits, tags
from localcloud.fc.checks import check_fields, invalid, missing, without_nulls
from localcloud.fc.code import CodePackage
from localcloud.fc.layers import layers_of
from localcloud.fc.resolution import (
    ResolvedFunction,
    function_at,
    function_not_found,
    resolve,
)
from localcloud.ram import access
from localcloud.refusal import Refusal
from localcloud.store import function_tags, log_projects, logstores
from localcloud.store import functions as store
from localcloud.store.database import Transaction
from localcloud.store.functions import FunctionRow

__all__ = [
    "FunctionFilter",
    "ResolvedFunction",
    "create_function",
    "delete_function",
    "disable_invocation",
    "enable_invocation",
    "function_at",
    "function_not_found",
    "list_functions",
    "require_function",
    "resolve",
    "settings_of_create",
    "settings_of_update",
    "update_function",
]

EndTasks = Callable[[Transaction, str, int], object]
"""Ends every waiting task of the function of that name; the last argument is the time in ms."""

CONTAINER = "custom-container"


def require_function(tx: Transaction, name: str) -> FunctionRow:
    """The function as it is now; raises Refusal FunctionNotFound (404)."""
    row = store.get_function(tx, name)
    if row is None:
        raise function_not_found(name)
    return row


def settings_of_create(document: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in the body of CreateFunction, each within FC's limits.

    Raises Refusal InvalidArgument (400).
    """
    settings = without_nulls(document)
    if "Tags" in settings:  # the Terraform provider's spelling
        settings["tags"] = settings.pop("Tags")
    for field in ("functionName", "runtime", "handler"):
        if not settings.get(field):
            raise missing(field)
    check_fields(settings, limits.FUNCTION_FIELDS)
    if not settings.get("code") and settings["runtime"] != CONTAINER:
        raise missing("code")
    return settings


def settings_of_update(name: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The settings in the body of UpdateFunction, each within FC's limits.

    Raises Refusal InvalidArgument (400).
    """
    settings = without_nulls(document)
    if settings.pop("functionName", name) != name:
        raise Refusal(
            "InvalidArgument",
            f"functionName is {document['functionName']!r}: a function's name cannot be changed "
            f"(it is {name!r})",
        )
    for field in ("tags", "Tags", "resourceGroupId"):
        if field in settings:
            raise Refusal(
                "InvalidArgument",
                f"{field} cannot be changed by UpdateFunction: use "
                + ("ChangeResourceGroup" if field == "resourceGroupId" else "TagResources"),
            )
    check_fields(settings, limits.FUNCTION_FIELDS)
    return settings


def create_function(
    tx: Transaction, settings: Mapping[str, Any], code: CodePackage, now: int
) -> FunctionRow:
    """Add a function with checked settings (`settings_of_create`) and its unpacked code.

    Raises Refusal FunctionAlreadyExists (409), InvalidArgument (400).
    """
    name = settings["functionName"]
    if store.get_function(tx, name) is not None:
        raise Refusal("FunctionAlreadyExists", f"function '{name}' already exists", 409)
    config = {
        field: value
        for field, value in settings.items()
        if field not in ("functionName", "code", "tags")
    }
    config = _checked(tx, config, settings)
    store.insert_function(tx, name, str(uuid.uuid4()), config, code.columns(), now)
    for tag in settings.get("tags", ()):
        tags.set_tag(tx, name, tag.get("Key", ""), tag.get("Value", ""))
    return require_function(tx, name)


def update_function(
    tx: Transaction, name: str, changes: Mapping[str, Any], code: CodePackage | None, now: int
) -> FunctionRow:
    """Replace the settings that `changes` names; the others stay. `code` None: the code stays.

    A new revision follows even where nothing differs: instances of the old one take no new calls.
    Raises Refusal FunctionNotFound (404), InvalidArgument (400).
    """
    row = require_function(tx, name)
    config = {**row.config, **{field: value for field, value in changes.items() if field != "code"}}
    config = _checked(tx, config, changes)
    columns = (row.code, row.code_size, row.code_checksum) if code is None else code.columns()
    if not columns[0] and config["runtime"] != CONTAINER:
        raise missing("code")
    store.replace_function(tx, name, config, columns, now)
    return require_function(tx, name)


def _checked(tx: Transaction, config: dict[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    """Check a configuration as a whole, and what it refers to where that has changed."""
    limits.check_function(config)
    if changed.get("role") and access.role_of(tx, changed["role"]) is None:
        # ours: no document says when FC looks; whether the role trusts FC is seen when FC acts
        raise invalid("role", changed["role"], "a role that exists: create it first")
    log = changed.get("logConfig") or {}
    if log.get("project"):
        project, logstore = log["project"], log["logstore"]
        if log_projects.find_project(tx, project) is None:
            raise Refusal("InvalidArgument", f"project '{project}' does not exist")
        if logstores.find_logstore(tx, project, logstore) is None:
            raise Refusal("InvalidArgument", f"logstore '{logstore}' does not exist")
    if "layers" in changed:
        config["layers"] = layers_of(tx, changed["layers"])
    return config


def delete_function(tx: Transaction, name: str, end_tasks: EndTasks, now: int) -> None:
    """Remove a function with all that hangs on it; `end_tasks` ends its waiting tasks first.

    Raises Refusal FunctionNotFound (404).
    """
    require_function(tx, name)
    end_tasks(tx, name, now)
    store.delete_function(tx, name)


@dataclass(frozen=True, slots=True)
class FunctionFilter:
    """Which functions a list shows; "" and {} let all pass. `description` is a part of it."""

    prefix: str = ""
    name: str = ""
    runtime: str = ""
    description: str = ""
    resource_group: str = ""
    gpu_type: str = ""
    tags: Mapping[str, str] | None = None

    def passes(self, tx: Transaction, row: FunctionRow) -> bool:
        """Whether a function is to be shown."""
        config = limits.with_defaults(row.config)
        if self.name and self.name not in row.name:
            return False
        if self.runtime and config["runtime"] != self.runtime:
            return False
        if self.description not in config.get("description", ""):
            return False
        if self.resource_group and config["resourceGroupId"] != self.resource_group:
            return False
        gpu = cast(dict[str, Any], config.get("gpuConfig") or {}).get("gpuType", "")
        if self.gpu_type and gpu != self.gpu_type:
            return False
        if not self.tags:
            return True
        own = function_tags.get_tags(tx, row.name)
        return all(own.get(key) == value for key, value in self.tags.items())


def list_functions(
    tx: Transaction, which: FunctionFilter, after: str, limit: int
) -> tuple[Sequence[FunctionRow], str]:
    """Up to `limit` functions after the name `after`, and where the next page begins, or ""."""
    found: list[FunctionRow] = []
    while True:
        batch = store.list_functions(tx, which.prefix, after, limit + 1)
        for row in batch:
            if which.passes(tx, row):
                if len(found) == limit:
                    return found, found[-1].name
                found.append(row)
            after = row.name
        if len(batch) <= limit:
            return found, ""


def disable_invocation(tx: Transaction, name: str, reason: str, now: int) -> None:
    """Have every new call of a function refused; raises Refusal FunctionNotFound (404)."""
    require_function(tx, name)
    store.set_disabled(tx, name, True, reason, now)


def enable_invocation(tx: Transaction, name: str, now: int) -> None:
    """Let a function be called again; raises Refusal FunctionNotFound (404)."""
    require_function(tx, name)
    store.set_disabled(tx, name, False, "", now)
