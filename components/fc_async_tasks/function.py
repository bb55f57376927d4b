"""TaskFunction: the function, and the configuration of its asynchronous invocations."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .archive import code_archive_base64, code_files
from .arguments import checked, given, half_a_logstore, refuse
from .handler import handler_refusal
from .limits import EVENT_AGE_OF_THE_PROVIDER

if sys.version_info >= (3, 11):
    from typing import Required
else:
    from typing_extensions import Required


class TaskFunctionArgs(TypedDict, total=False):
    """What a TaskFunction is made of; the defaults are those of the guide where it has one."""

    code_path: Required[str]
    """Folder of the function's code, relative to the folder of the Pulumi project. It is read when
    the program runs, so it cannot be an output."""
    role_arn: Required[pulumi.Input[str]]
    """ARN of the RAM role that the function runs as."""
    function_name: pulumi.Input[str]
    """Name of the function: 1 to 64 letters, digits, `_` and `-`, beginning with a letter or `_`.
    Default: this component's name."""
    description: pulumi.Input[str]
    """What the function is for. Default: none."""
    handler: pulumi.Input[str]
    """`<file>.<function>`, the file without suffix and relative to `code_path`. Default:
    index.handler."""
    runtime: pulumi.Input[str]
    """Runtime of the function, as python3 (Python 3.6) or python3.12. Default: python3."""
    memory_size: pulumi.Input[int]
    """MB of memory: a multiple of 64 from 128 to 32768. Default: 128."""
    cpu: pulumi.Input[float]
    """vCPU: a multiple of 0.05 from 0.05 to 16, and from 1:1 to 1:4 in vCPU to GB of memory.
    Default: what Function Compute gives to this memory."""
    disk_size: pulumi.Input[int]
    """MB of disk: 512 or 10240. Default: 512."""
    timeout: pulumi.Input[int]
    """Seconds that one execution may take: 1 to 86400. Default: 60."""
    instance_concurrency: pulumi.Input[int]
    """Requests that one instance serves at a time: 1 to 200. Default: 1."""
    internet_access: pulumi.Input[bool]
    """Whether the function reaches the public network. Default: true."""
    environment_variables: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Environment of the function: at most 4096 bytes of names and values. Names begin with a
    letter and not with `FC_`."""
    log_project: pulumi.Input[str]
    """Log Service project of the logstore. Set it together with `logstore`, or neither."""
    logstore: pulumi.Input[str]
    """Logstore that the function's output is written to. Default: none, and the output is lost."""
    request_metrics: pulumi.Input[bool]
    """Whether a record is logged for each request; without them the console cannot tell the
    attempts of one task apart. Default: true."""
    instance_metrics: pulumi.Input[bool]
    """Whether CPU and memory of the instances are logged as well. Default: false."""
    async_task: pulumi.Input[bool]
    """Whether asynchronous invocations are tasks that can be listed, stopped and followed. Default:
    true."""
    max_async_event_age_in_seconds: pulumi.Input[int]
    """Seconds that an event may wait before it expires: 1 to 604800. Default: 172800. Above 86400
    the provider wants TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true in its environment."""
    max_async_retry_attempts: pulumi.Input[int]
    """Attempts after the first has failed: 0 to 8. Default: 1."""
    qualifier: pulumi.Input[str]
    """What the configuration is for: LATEST, the only one that the provider can read."""
    success_destination: pulumi.Input[str]
    """Destination ARN (queue, topic or function) for results of successes, or `none`, the default.
    """
    failure_destination: pulumi.Input[str]
    """Destination ARN for results of failures, stops and expiries, or `none`, the default: these
    tasks are then discarded in silence."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on the function: up to 20."""


REQUIRED = ("code_path", "role_arn")

DEFAULTS: Mapping[str, Any] = {
    "handler": "index.handler",
    "runtime": "python3",
    "memory_size": 128,
    "disk_size": 512,
    "timeout": 60,
    "instance_concurrency": 1,
    "internet_access": True,
    "request_metrics": True,
    "instance_metrics": False,
    "async_task": True,
    "max_async_event_age_in_seconds": 172800,
    "max_async_retry_attempts": 1,
    "qualifier": "LATEST",
    "success_destination": "none",
    "failure_destination": "none",
}
"""The guide's values, and Function Compute's own where the guide has none."""


class TaskFunction(pulumi.ComponentResource):
    """A function of Function Compute 3.0 whose asynchronous invocations are tasks.

    Follows "CreateFunction" and "PutAsyncInvokeConfig" (API 2023-03-30). Raises pulumi.RunError,
    with a sentence for each value that is refused, for a code folder that is missing, and for a
    handler whose module is not in it.
    """

    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""

    def __init__(
        self, name: str, args: TaskFunctionArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskFunction", name, None, opts)

        settings = given(args, {**DEFAULTS, "function_name": name})
        settings = checked(
            TaskFunctionArgs, settings, REQUIRED, [*half_a_logstore(args), *code_refusals(settings)]
        )
        _warn_of_the_age(settings["max_async_event_age_in_seconds"])
        child = pulumi.ResourceOptions(parent=self)

        function = alicloud.fc.V3Function(
            name,
            function_name=settings["function_name"],
            description=settings.get("description"),
            handler=_handler_in(settings),
            runtime=settings["runtime"],
            code=alicloud.fc.V3FunctionCodeArgs(
                zip_file=code_archive_base64(Path(settings["code_path"]))
            ),
            role=settings["role_arn"],
            memory_size=settings["memory_size"],
            cpu=settings.get("cpu"),
            disk_size=settings["disk_size"],
            timeout=settings["timeout"],
            instance_concurrency=settings["instance_concurrency"],
            internet_access=settings["internet_access"],
            environment_variables=settings.get("environment_variables"),
            log_config=_log_config(settings),
            tags=settings.get("tags"),
            opts=child,
        )
        alicloud.fc.V3AsyncInvokeConfig(
            name,
            function_name=function.function_name,
            qualifier=settings["qualifier"],
            async_task=settings["async_task"],
            max_async_event_age_in_seconds=settings["max_async_event_age_in_seconds"],
            max_async_retry_attempts=settings["max_async_retry_attempts"],
            destination_config=pulumi.Output.all(
                settings["success_destination"], settings["failure_destination"]
            ).apply(lambda sides: destination_config(*sides)),
            opts=child,
        )

        self.function_name = function.function_name
        self.function_arn = function.function_arn
        self.register_outputs(
            {"functionName": self.function_name, "functionArn": self.function_arn}
        )


def destination_config(
    on_success: str, on_failure: str
) -> "Optional[alicloud.fc.V3AsyncInvokeConfigDestinationConfigArgs]":
    """Give the destinations as the provider takes them: a side that is `none` is left out."""
    if on_success == "none" and on_failure == "none":
        return None
    sides = alicloud.fc.V3AsyncInvokeConfigDestinationConfigArgs()
    if on_success != "none":
        sides.on_success = alicloud.fc.V3AsyncInvokeConfigDestinationConfigOnSuccessArgs(
            destination=on_success
        )
    if on_failure != "none":
        sides.on_failure = alicloud.fc.V3AsyncInvokeConfigDestinationConfigOnFailureArgs(
            destination=on_failure
        )
    return sides


def code_refusals(settings: Mapping[str, Any]) -> "list[str]":
    """Give a sentence for each thing that is wrong with the code folder, as far as it is known."""
    code_path = settings.get("code_path")
    if not isinstance(code_path, str):
        return []
    try:
        files = code_files(Path(code_path))
    except pulumi.RunError as error:
        return [str(error)]
    handler, runtime = settings["handler"], settings["runtime"]
    if not isinstance(handler, str) or not isinstance(runtime, str):
        return []
    refusal = handler_refusal(handler, runtime, files.keys(), code_path)
    return [refusal] if refusal else []


def _handler_in(settings: Mapping[str, Any]) -> "pulumi.Output[str]":
    files = code_files(Path(settings["code_path"])).keys()

    def found(known: "list[str]") -> str:
        refusal = handler_refusal(known[0], known[1], files, settings["code_path"])
        refuse([refusal] if refusal else [])
        return known[0]

    return pulumi.Output.all(settings["handler"], settings["runtime"]).apply(found)


def _log_config(settings: Mapping[str, Any]) -> "Optional[alicloud.fc.V3FunctionLogConfigArgs]":
    if settings.get("logstore") is None:
        return None
    return alicloud.fc.V3FunctionLogConfigArgs(
        project=settings["log_project"],
        logstore=settings["logstore"],
        enable_request_metrics=settings["request_metrics"],
        enable_instance_metrics=settings["instance_metrics"],
        # Every line is a log of its own, as Function Compute does it unless told otherwise.
        log_begin_rule="None",
    )


_warned_of_the_age = False


def _warn_of_the_age(age: pulumi.Input[int]) -> None:
    def warn(seconds: int) -> None:
        # Once for a program, however many functions it has: the variable is for all of them.
        global _warned_of_the_age
        softened = os.environ.get("TF_SKIP_RESOURCE_SCHEMA_VALIDATION") == "true"
        if seconds <= EVENT_AGE_OF_THE_PROVIDER or softened or _warned_of_the_age:
            return
        _warned_of_the_age = True
        pulumi.log.warn(
            f"maxAsyncEventAgeInSeconds is {seconds} seconds, which Function Compute takes (up to "
            f"604800) and the provider's own check refuses (above {EVENT_AGE_OF_THE_PROVIDER}). "
            "Turn its refusal into a warning with:\n"
            "    export TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true"
        )

    if isinstance(age, int):
        warn(age)
    else:
        pulumi.Output.from_input(age).apply(warn)
