"""AsyncTask: the whole of the guide, made of role, queue, logs and function."""

from collections.abc import Mapping
from typing import Any, Optional, TypeVar, cast

import pulumi

from .account import (
    current_account,
    current_region,
    unique_log_project_name,
    unique_role_name,
)
from .arguments import both, checked, given, is_later, setting
from .async_task_args import TASK_DEFAULTS
from .async_task_args import AsyncTaskArgs as AsyncTaskArgs
from .destination import parse, queue_destination
from .function import TaskFunction, function_refusals
from .function_args import TaskFunctionArgs
from .logs import TaskLogs, TaskLogsArgs
from .queue import TaskQueue, TaskQueueArgs, queue_name_from
from .role import TaskRole, TaskRoleArgs


class AsyncTask(pulumi.ComponentResource):
    """An asynchronous task on Function Compute: role and policy, queue, logs, function.

    Follows the guide "Asynchronous tasks" of Function Compute 3.0. Region and account are those of
    the provider in force. Raises pulumi.RunError with a sentence for each value that is refused,
    before anything is made, as far as the values are known by then.
    """

    account_id: pulumi.Output[str]
    """Account that the task is in."""
    region: pulumi.Output[str]
    """Region that the task is in, as in cn-hangzhou."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    function_arn: pulumi.Output[str]
    """ARN of the function."""
    role_arn: pulumi.Output[str]
    """ARN of the role that the function runs as."""
    queue_name: pulumi.Output[str]
    """Name of the queue that results go to; empty if neither side goes to one."""
    log_project: pulumi.Output[str]
    """Log Service project of the function's logs; empty if there are none."""
    logstore: pulumi.Output[str]
    """Logstore of the function's logs; empty if there are none."""
    version_id: pulumi.Output[str]
    """Number of the function's version published last; empty if none is published."""

    def __init__(
        self, name: str, args: AsyncTaskArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:AsyncTask", name, None, opts)

        settings = given(args, {**TASK_DEFAULTS, "function_name": name})
        others = [*_conflicts(args), *function_refusals(args, settings)]
        settings = checked(AsyncTaskArgs, settings, others=others)
        self.account_id = current_account(self)
        self.region = current_region(self)
        child = pulumi.ResourceOptions(parent=self)

        self.log_project, self.logstore = self._logs(name, settings, child)
        queue = self._queue(name, settings, child)
        self.queue_name = queue.apply(lambda arn: parse(arn).name if arn else "")
        on_success = _side(settings["on_success"], queue)
        on_failure = _side(settings["on_failure"], queue)
        self.role_arn = self._role(name, settings, [on_success, on_failure], child)
        of_the_function = _given_for(TaskFunctionArgs, settings)
        of_the_function["role_arn"] = self.role_arn
        if settings["logging"]:
            of_the_function["log_project"] = self.log_project
            of_the_function["logstore"] = self.logstore
        of_the_function["success_destination"] = on_success
        of_the_function["failure_destination"] = on_failure
        function = TaskFunction(name, of_the_function, child)

        self.function_name = function.function_name
        self.function_arn = function.function_arn
        self.version_id = function.version_id
        self.register_outputs(
            {
                "accountId": self.account_id,
                "region": self.region,
                "functionName": self.function_name,
                "functionArn": self.function_arn,
                "roleArn": self.role_arn,
                "queueName": self.queue_name,
                "logProject": self.log_project,
                "logstore": self.logstore,
                "versionId": self.version_id,
            }
        )

    def _logs(
        self, name: str, settings: Mapping[str, Any], child: pulumi.ResourceOptions
    ) -> "tuple[pulumi.Output[str], pulumi.Output[str]]":
        if not settings["logging"]:
            return pulumi.Output.from_input(""), pulumi.Output.from_input("")
        if "existing_logstore" in settings:
            existing = settings["existing_log_project"], settings["existing_logstore"]
            return pulumi.Output.from_input(existing[0]), pulumi.Output.from_input(existing[1])
        args = _given_for(TaskLogsArgs, settings)
        if "log_project_name" not in args:
            args["log_project_name"] = unique_log_project_name(
                self.region, self.account_id, name, settings["function_name"]
            )
        logs = TaskLogs(name, args, child)
        return logs.log_project, logs.logstore

    def _queue(
        self, name: str, settings: Mapping[str, Any], child: pulumi.ResourceOptions
    ) -> "pulumi.Output[str]":
        if "existing_queue" in settings:
            return pulumi.Output.all(
                self.region, self.account_id, settings["existing_queue"]
            ).apply(lambda known: _queue_destination_of(*known))
        if not _sends_to_the_queue(settings):
            return pulumi.Output.from_input("")
        args = _given_for(TaskQueueArgs, settings)
        if "queue_name" not in args:
            args["queue_name"] = pulumi.Output.from_input(settings["function_name"]).apply(
                lambda function: f"{queue_name_from(function)}-results"
            )
        queue = TaskQueue(name, args, child)
        return queue.destination_arn

    def _role(
        self,
        name: str,
        settings: Mapping[str, Any],
        destinations: "list[pulumi.Output[str]]",
        child: pulumi.ResourceOptions,
    ) -> "pulumi.Output[str]":
        if "role_arn" in settings:
            return pulumi.Output.from_input(settings["role_arn"])
        args = _given_for(TaskRoleArgs, settings)
        if "role_name" not in args:
            args["role_name"] = unique_role_name(self.region, name, settings["function_name"])
        args["destinations"] = destinations
        if settings["logging"]:
            args["log_project"] = self.log_project
            args["logstore"] = self.logstore
        if "oss_mount_config" in settings:
            mounts: pulumi.Output[Any] = pulumi.Output.from_input(settings["oss_mount_config"])
            args["oss_mount_points"] = mounts.apply(lambda config: config["mount_points"])
        role = TaskRole(name, args, child)
        return role.role_arn


_Args = TypeVar("_Args")


def _given_for(kind: "type[_Args]", settings: Mapping[str, Any]) -> _Args:
    """Give those of the settings that a part has arguments for, as that part's arguments."""
    names = kind.__annotations__.keys() & settings.keys()
    return cast(_Args, {name: settings[name] for name in sorted(names)})


def _conflicts(args: AsyncTaskArgs) -> "list[str]":
    of_the_queue = ("queue_name", "message_retention_period")
    of_the_logs = ("log_project_name", "logstore_name", "log_retention_days")
    found = [
        *both("role_arn", ("role_name", "policy"), args),
        *both("existing_queue", of_the_queue, args),
        *both("existing_log_project", of_the_logs, args),
    ]
    if args.get("logging") is False:
        found.extend(
            f"{setting(argument)} is set, but logging is false: leave one of them out."
            for argument in ("existing_log_project", "existing_logstore", *of_the_logs)
            if args.get(argument) is not None
        )
    if (args.get("existing_log_project") is None) != (args.get("existing_logstore") is None):
        found.append(
            "existingLogProject and existingLogstore belong together: set both of them, or neither."
        )
    if not _sends_to_the_queue({**TASK_DEFAULTS, **args}):
        found.extend(
            f"{setting(argument)} is set, but neither onSuccess nor onFailure is 'queue': leave it "
            "out."
            for argument in ("existing_queue", *of_the_queue)
            if args.get(argument) is not None
        )
    return found


def _sends_to_the_queue(settings: Mapping[str, Any]) -> bool:
    # A side that is known later may turn out to be the queue.
    sides = settings["on_success"], settings["on_failure"]
    return any(is_later(side) or side == "queue" for side in sides)


def _side(side: pulumi.Input[str], queue: "pulumi.Output[str]") -> "pulumi.Output[str]":
    return pulumi.Output.all(side, queue).apply(
        lambda known: known[1] if known[0] == "queue" else known[0]
    )


def _queue_destination_of(region: str, account: str, existing: str) -> str:
    if existing.startswith("acs:"):
        return existing
    return queue_destination(region, account, existing)
