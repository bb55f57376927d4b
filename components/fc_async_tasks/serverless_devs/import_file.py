"""The file for `pulumi import --file`: what Serverless Devs deployed, under its converted names.

Follows "Bulk import operations" of Pulumi: the components are named without an id, and what is in
the cloud stands under them by their names, with the provider's ids.
"""

from importlib.metadata import version
from typing import Any

from ..provider_ids import (
    ASYNC_INVOKE_CONFIG,
    CONCURRENCY_CONFIG,
    FUNCTION,
    ID_FORMS,
    TRIGGER,
)
from .arguments import FUNCTION_COMPUTES_OWN, Converted
from .composed import Composed
from .conversion import Conversion
from .program import timer_name
from .refusal import CannotConvert


def import_file(conversion: Conversion, region: str) -> "dict[str, list[dict[str, Any]]]":
    """Give the content of the import file: the functions of this region, with what is theirs.

    What is not there, or is elsewhere, is told as a difference. Raises CannotConvert for a function
    whose name is not known.
    """
    resources: list[dict[str, Any]] = []
    for each in conversion.functions:
        if isinstance(each.region, str) and each.region and each.region != region:
            conversion.findings.differs(
                each.place,
                each.path,
                f"it is in {each.region}, and the import is of {region}: import it by hand.",
            )
            continue
        resources += _function(each)
        _tell_what_is_made(each, conversion)
    return {"resources": resources}


def _function(function: Converted) -> "list[dict[str, Any]]":
    if function.older:
        raise CannotConvert(
            f"{function.place}: {function.name} is deployed as a function of a service, and goes "
            "by the name SERVICE$FUNCTION now, which the provider refuses: convert it without "
            "--import, and remove what is deployed when the new one is in use."
        )
    name = _known(function.value("function_name") or function.name, function)
    made = [
        _component("AsyncTask", function.name, ""),
        _component("TaskFunction", function.name, f"{function.name} AsyncTask"),
    ]
    tokens = [
        FUNCTION,
        *([ASYNC_INVOKE_CONFIG] if _has_async(function) else []),
        *([CONCURRENCY_CONFIG] if "reserved_concurrency" in function.arguments else []),
    ]
    for token in tokens:
        parent = f"{function.name} TaskFunction"
        made.append(_imported(token, function.name, {"functionName": name}, parent))
    for number, timer in enumerate(function.timers):
        called = timer_name(function, timer, number)
        trigger = _known(timer.value.get("trigger_name", ""), function)
        names = {"functionName": name, "triggerName": trigger}
        made.append(_component("TaskTimer", called, ""))
        made.append(_imported(TRIGGER, called, names, f"{called} TaskTimer"))
    return made


def _component(kind: str, name: str, parent: str) -> "dict[str, Any]":
    made: dict[str, Any] = {
        "type": f"fc-async-tasks:index:{kind}",
        "name": f"{name} {kind}",
        "logicalName": name,
        "component": True,
    }
    return {**made, "parent": parent} if parent else made


def _imported(token: str, name: str, names: "dict[str, str]", parent: str) -> "dict[str, Any]":
    return {
        "type": token,
        "name": f"{name} {token.rpartition(':')[2]}",
        "logicalName": name,
        "id": ID_FORMS[token].format(**names),
        "parent": parent,
        # The version of the program's own SDK, so that both have the same default provider.
        "version": version("pulumi-alicloud"),
    }


def _has_async(function: Converted) -> bool:
    return any(
        argument.path
        for name, argument in function.arguments.items()
        if name in FUNCTION_COMPUTES_OWN or name == "qualifier"
    )


def _tell_what_is_made(function: Converted, conversion: Conversion) -> None:
    differs = conversion.findings.differs
    if "role_arn" not in function.arguments:
        differs(
            function.place,
            function.path,
            "it has no role: the first `pulumi up` makes one and gives it to the function.",
        )
    if not function.arguments.keys() & {"existing_logstore", "logging"}:
        differs(
            function.place,
            function.path,
            "it has no logConfig: the first `pulumi up` makes a project and a logstore for it.",
        )
    if not _has_async(function):
        differs(
            function.place,
            function.path,
            "it has no asyncInvokeConfig: the first `pulumi up` writes Function Compute's own.",
        )


def _known(name: object, function: Converted) -> str:
    if isinstance(name, Composed) or not name:
        raise CannotConvert(
            f"{function.place}: the name of {function.path} must be known to import it: write it "
            "into the file."
        )
    return str(name)
