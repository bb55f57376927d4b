"""From a function's name and qualifier to all that an invocation of it needs."""

import random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localcloud.fc import async_config
from localcloud.fc.arns import function_arn
from localcloud.fc.async_config import AsyncConfig
from localcloud.fc.instances.invocation import Initializer, InstanceSpec
from localcloud.fc.limits import with_defaults
from localcloud.fidelity import Fate
from localcloud.fidelity.function_compute import RUNTIMES
from localcloud.refusal import Refusal
from localcloud.store import aliases, folder
from localcloud.store import functions as store
from localcloud.store.aliases import AliasRow
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST, FunctionRow
from localcloud.whole_number import whole_number

CODE_FOLDER = "code"  # inside the data folder


@dataclass(frozen=True, slots=True)
class ResolvedFunction:
    """A function as one call of it finds it.

    `qualifier` is what was asked for (LATEST where nothing was), `version` what it came to: LATEST
    or a number. `role` is the ARN of the function's role, "" when it has none; `log_project` and
    `logstore` are "" when it writes no logs. `reserved_concurrency` is the most calls of it that
    may run at once, over all versions; None: no limit of its own.
    """

    name: str
    arn: str
    qualifier: str
    version: str
    instance: InstanceSpec
    async_config: AsyncConfig
    role: str
    log_project: str
    logstore: str
    reserved_concurrency: int | None
    disabled: bool
    disabled_reason: str
    code_checksum: str


def function_not_found(name: str) -> Refusal:
    """FC's answer for a function that is not there."""
    return Refusal("FunctionNotFound", f"function '{name}' does not exist", 404)


def resolve(
    tx: Transaction,
    name: str,
    qualifier: str | None = None,
    pick: Callable[[], float] = random.random,
) -> ResolvedFunction:
    """Find what a call of `name` with `qualifier` (version, alias, LATEST, or none) runs.

    A weighted alias takes one of its versions by `pick` (0 <= pick() < 1), anew for every call.
    Raises Refusal FunctionNotFound, VersionNotFound or AliasNotFound (404), and NotImplemented
    (400) for a runtime that cannot be run here.
    """
    qualifier = qualifier or LATEST
    row = _row_of(tx, name, qualifier, pick)
    runtime = RUNTIMES[row.config["runtime"]]
    if runtime.fate is not Fate.ACTS:
        raise Refusal(
            "NotImplemented",
            f"function '{name}' has runtime {runtime.thing} and cannot be called: {runtime.note}",
        )
    spec = _prepared(tx, row)
    return ResolvedFunction(
        name=row.name,
        arn=spec.function_arn,
        qualifier=qualifier,
        version=row.version,
        instance=spec,
        async_config=async_config.in_force(tx, name, qualifier),
        role=spec.role,
        log_project=spec.log_project,
        logstore=spec.logstore,
        reserved_concurrency=row.reserved_concurrency,
        disabled=row.disabled,
        disabled_reason=row.disabled_reason,
        code_checksum=row.code_checksum,
    )


def function_at(tx: Transaction, name: str, qualifier: str | None) -> FunctionRow:
    """The function as that version has it; an alias gives the version it mainly points at.

    Raises Refusal FunctionNotFound, VersionNotFound or AliasNotFound (404).
    """
    return _row_of(tx, name, qualifier or LATEST, lambda: 1.0)


def _row_of(tx: Transaction, name: str, qualifier: str, pick: Callable[[], float]) -> FunctionRow:
    latest = store.get_function(tx, name)
    if latest is None:
        raise function_not_found(name)
    if qualifier == LATEST:
        return latest
    version = whole_number(qualifier)
    if version is None and not qualifier.isdecimal():
        alias = aliases.get_alias(tx, name, qualifier)
        if alias is None:
            raise Refusal(
                "AliasNotFound", f"alias '{qualifier}' of function '{name}' does not exist", 404
            )
        version = pick_version(alias, pick)
    row = None if version is None else store.get_function_at(tx, name, version)
    if row is None:
        meant = qualifier if version is None else version  # more digits than any version has
        raise Refusal(
            "VersionNotFound", f"version '{meant}' of function '{name}' does not exist", 404
        )
    return row


def pick_version(alias: AliasRow, pick: Callable[[], float]) -> int:
    """Which version a call of an alias runs: its additional ones by their weights, else its own."""
    point = pick()
    for version, weight in alias.weights.items():
        if point < weight:
            return int(version)
        point -= weight
    return alias.version


_MOST_PREPARED = 1000
_prepared_specs: OrderedDict[tuple[Path, int], InstanceSpec] = OrderedDict()


def _prepared(tx: Transaction, row: FunctionRow) -> InstanceSpec:
    """The spec of a function's row: made once, as a revision never changes."""
    data = folder.data_folder(tx)
    key = (data, row.revision)
    prepared = _prepared_specs.get(key)
    if prepared is None:
        prepared = _prepared_specs[key] = _instance_spec(data / CODE_FOLDER, row)
        while len(_prepared_specs) > _MOST_PREPARED:
            _prepared_specs.popitem(last=False)
    return prepared


def _instance_spec(code_folder: Path, row: FunctionRow) -> InstanceSpec:
    config = with_defaults(row.config)
    log_config = config.get("logConfig") or {}
    lifecycle = config.get("instanceLifecycleConfig") or {}
    custom = config.get("customRuntimeConfig") or {}
    code = code_folder / row.code
    command: tuple[str, ...] = ()
    if str(config["runtime"]).startswith("custom"):
        command = (*custom.get("command", ()), *custom.get("args", ())) or (
            str(code / "bootstrap"),
        )
    return InstanceSpec(
        function_name=row.name,
        function_arn=function_arn(row.name),
        version=row.version,
        revision=row.revision,
        runtime=config["runtime"],
        handler=config["handler"],
        code=code,
        memory_size=config["memorySize"],
        timeout=config["timeout"],
        instance_concurrency=config["instanceConcurrency"],
        environment=tuple(sorted((config.get("environmentVariables") or {}).items())),
        layers=tuple(code_folder / layer["code"] for layer in config.get("layers") or ()),
        initializer=_hook(lifecycle.get("initializer")),
        pre_stop=_hook(lifecycle.get("preStop")),
        custom_command=command,
        custom_port=custom.get("port") or 9000,
        role=config.get("role") or "",
        log_project=log_config.get("project") or "",
        logstore=log_config.get("logstore") or "",
        disk_size=config["diskSize"],
    )


def _hook(config: Mapping[str, Any] | None) -> Initializer | None:
    if not config or not config.get("handler"):
        return None
    return Initializer(config["handler"], config.get("timeout") or 3)
