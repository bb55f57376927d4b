"""TaskFunction: a function, what is published of it, and how it is invoked asynchronously."""

import os
from collections.abc import Mapping
from typing import Any, Optional

import pulumi
import pulumi_alicloud as alicloud

from .arguments import checked, given, half_a_logstore
from .code_source import code_refusals, function_code, handler_in_code
from .function_args import DEFAULTS, REQUIRED, TaskFunctionArgs
from .limits import EVENT_AGE_OF_THE_PROVIDER
from .mounts import mount_refusals
from .runtimes import runtime_refusals
from .versions import publish, version_refusals


class TaskFunction(pulumi.ComponentResource):
    """A function of Function Compute 3.0 whose asynchronous invocations are tasks.

    Follows "CreateFunction", "PutAsyncInvokeConfig", "PutConcurrencyConfig",
    "PublishFunctionVersion" and "CreateAlias" (API 2023-03-30). Raises pulumi.RunError, with a
    sentence for each value that is refused, for a code folder that is missing, for a handler whose
    module is not in it, and for requirements that cannot be installed.
    """

    function_name: pulumi.Output[str]
    """Name of the function. Whatever uses it waits until its invocations are configured."""
    function_arn: pulumi.Output[str]
    """ARN of the function. Whatever uses it waits until its invocations are configured."""
    version_id: pulumi.Output[str]
    """Number of the version published last, as 3; empty if none is published."""

    def __init__(
        self, name: str, args: TaskFunctionArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskFunction", name, None, opts)

        settings = given(args, {**DEFAULTS, "function_name": name})
        settings = checked(TaskFunctionArgs, settings, REQUIRED, function_refusals(args, settings))
        _warn_of_the_age(settings["max_async_event_age_in_seconds"])
        child = pulumi.ResourceOptions(parent=self)

        content: dict[str, Any] = {
            "description": settings.get("description"),
            "handler": handler_in_code(settings),
            "runtime": settings["runtime"],
            "code": function_code(settings),
            "role": settings["role_arn"],
            "memory_size": settings["memory_size"],
            "cpu": settings.get("cpu"),
            "disk_size": settings["disk_size"],
            "timeout": settings["timeout"],
            "instance_concurrency": settings["instance_concurrency"],
            "internet_access": settings["internet_access"],
            "environment_variables": settings.get("environment_variables"),
            "log_config": _log_config(settings),
            **{name: settings[name] for name in AS_THEY_ARE if name in settings},
        }
        function = alicloud.fc.V3Function(
            name,
            function_name=settings["function_name"],
            tags=settings.get("tags"),
            opts=child,
            **content,
        )
        config = alicloud.fc.V3AsyncInvokeConfig(
            name,
            function_name=function.function_name,
            qualifier=settings["qualifier"],
            async_task=settings["async_task"],
            max_async_event_age_in_seconds=settings["max_async_event_age_in_seconds"],
            max_async_retry_attempts=settings["max_async_retry_attempts"],
            destination_config=pulumi.Output.all(
                settings["success_destination"], settings["failure_destination"]
            ).apply(lambda sides: destination_config(*sides)),
            # A function that goes has its destinations to its end: they go with it, not before.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=function),
        )

        if "reserved_concurrency" in settings:
            alicloud.fc.V3ConcurrencyConfig(
                name,
                function_name=function.function_name,
                reserved_concurrency=settings["reserved_concurrency"],
                opts=child,
            )
        self.version_id = pulumi.Output.from_input("")
        alias = settings.get("alias")
        if settings.get("publish_version", alias is not None):
            keep = settings.get("keep_versions", False)
            self.version_id = publish(name, function, content, alias, keep, self)

        # An invocation before that would be no task, and its end told to nobody.
        self.function_name = config.function_name
        self.function_arn = pulumi.Output.all(function.function_arn, config.function_name).apply(
            lambda known: known[0]
        )
        self.register_outputs(
            {
                "functionName": self.function_name,
                "functionArn": self.function_arn,
                "versionId": self.version_id,
            }
        )


AS_THEY_ARE = (
    "layers",
    "vpc_config",
    "custom_dns",
    "nas_config",
    "oss_mount_config",
    "gpu_config",
    "custom_runtime_config",
    "custom_container_config",
    "instance_lifecycle_config",
    "instance_isolation_mode",
    "idle_timeout",
    "resource_group_id",
)
"""Arguments that the provider takes by the same name and in the same form."""


def function_refusals(args: Mapping[str, Any], settings: Mapping[str, Any]) -> "list[str]":
    """Give a sentence for each thing that is wrong between several arguments of a function.

    args are what was given, settings the same over the defaults.
    """
    return [
        *half_a_logstore(args),
        *runtime_refusals(settings),
        *mount_refusals(args),
        *version_refusals(args),
        *code_refusals(settings),
    ]


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
