"""AsyncTask: the whole of the guide, made of role, queue, logs and function."""

import sys
from collections.abc import Mapping
from typing import Any, Optional, TypedDict, TypeVar, cast

import pulumi

from .account import (
    current_account,
    current_region,
    unique_log_project_name,
    unique_role_name,
)
from .arguments import both, checked, given, is_later, setting
from .destination import parse, queue_destination
from .function import DEFAULTS, TaskFunction, TaskFunctionArgs, code_refusals
from .logs import TaskLogs, TaskLogsArgs
from .queue import TaskQueue, TaskQueueArgs, queue_name_from
from .role import TaskRole, TaskRoleArgs

if sys.version_info >= (3, 11):
    from typing import Required
else:
    from typing_extensions import Required


class AsyncTaskArgs(TypedDict, total=False):
    """What an AsyncTask is made of; the defaults are those of the guide where it has one.

    Role, queue and logstore are made here, or taken where they exist: setting an existing thing
    together with an argument to make it is an error that names the two.
    """

    code_path: Required[str]
    """Folder of the function's code, relative to the folder of the Pulumi project. It is read when
    the program runs, so it cannot be an output."""
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
    on_success: pulumi.Input[str]
    """Where results of successes go: `queue` (default), `none`, or a destination ARN of a queue, a
    topic or a function."""
    on_failure: pulumi.Input[str]
    """Where results of failures, stops and expiries go: `queue` (default), `none` (they are then
    discarded in silence), or a destination ARN of a queue, a topic or a function."""

    role_arn: pulumi.Input[str]
    """ARN of an existing role to run as, in place of making one."""
    role_name: pulumi.Input[str]
    """Name of the role to make: 1 to 64 letters, digits, `.` and `-`. Default: the function's name
    and a hash of region and stack."""
    policy: str
    """What the role to make may do. `least` (default): send to the destinations and write to the
    logstore, nothing else; `guide`: the text of the guide, which has wildcards; `system`: the
    system policy AliyunFCDefaultRolePolicy."""

    existing_queue: pulumi.Input[str]
    """Name or destination ARN of an existing queue, in place of making one."""
    queue_name: pulumi.Input[str]
    """Name of the queue to make: 1 to 120 letters, digits and hyphens. Default: the function's name
    and `-results`."""
    message_retention_period: pulumi.Input[int]
    """Seconds that a message waits for its reader: 60 to 604800. Default: SMQ's, 345600 (4 days).
    """

    existing_log_project: pulumi.Input[str]
    """Name of the existing project of `existing_logstore`."""
    existing_logstore: pulumi.Input[str]
    """Name of an existing logstore, in place of making one. It should have an index."""
    log_project_name: pulumi.Input[str]
    """Name of the project to make: 3 to 63 lower-case letters, digits and hyphens, and no other's
    in all of Alibaba Cloud. Default: the function's name and a hash of account, region, stack and
    component."""
    logstore_name: pulumi.Input[str]
    """Name of the logstore to make: 3 to 63 lower-case letters, digits, hyphens and underscores.
    Default: function-logs."""
    log_retention_days: pulumi.Input[int]
    """Days that logs are kept: 1 to 3650, where 3650 means for ever. Default: Log Service's, 30."""

    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on everything made here that takes tags: up to 20."""


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
    """Log Service project of the function's logs."""
    logstore: pulumi.Output[str]
    """Logstore of the function's logs."""

    def __init__(
        self, name: str, args: AsyncTaskArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:AsyncTask", name, None, opts)

        settings = given(args, {**TASK_DEFAULTS, "function_name": name})
        settings = checked(
            AsyncTaskArgs, settings, ["code_path"], [*_conflicts(args), *code_refusals(settings)]
        )
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
        of_the_function["log_project"] = self.log_project
        of_the_function["logstore"] = self.logstore
        of_the_function["success_destination"] = on_success
        of_the_function["failure_destination"] = on_failure
        function = TaskFunction(name, of_the_function, child)

        self.function_name = function.function_name
        self.function_arn = function.function_arn
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
            }
        )

    def _logs(
        self, name: str, settings: Mapping[str, Any], child: pulumi.ResourceOptions
    ) -> "tuple[pulumi.Output[str], pulumi.Output[str]]":
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
        args["log_project"] = self.log_project
        args["logstore"] = self.logstore
        role = TaskRole(name, args, child)
        return role.role_arn


TASK_DEFAULTS: Mapping[str, Any] = {
    **{
        argument: value
        for argument, value in DEFAULTS.items()
        if argument in AsyncTaskArgs.__annotations__
    },
    "on_success": "queue",
    "on_failure": "queue",
}
"""The guide's values: those of the function, and both sides to the queue."""

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
