"""The guide's stack: configuration in, one AsyncTask, outputs out.

The keys, their types and defaults are in Pulumi.yaml; their ranges in fc_async_tasks/limits.py.
"""

from collections.abc import Mapping
from pathlib import Path

import pulumi
from fc_async_tasks import AsyncTask, AsyncTaskArgs
from fc_async_tasks.project_config import refuse_undeclared_keys


def task_args(config: pulumi.Config) -> AsyncTaskArgs:
    """Give the task's arguments as the stack's configuration has them."""
    args: AsyncTaskArgs = {
        "function_name": config.require("functionName"),
        "description": config.require("description"),
        "code_path": config.require("codePath"),
        "handler": config.require("handler"),
        "runtime": config.require("runtime"),
        "memory_size": config.require_int("memorySize"),
        "disk_size": config.require_int("diskSize"),
        "timeout": config.require_int("timeout"),
        "instance_concurrency": config.require_int("instanceConcurrency"),
        "internet_access": config.require_bool("internetAccess"),
        "environment_variables": environment_variables(config),
        "async_task": config.require_bool("asyncTask"),
        "max_async_event_age_in_seconds": config.require_int("maxAsyncEventAgeInSeconds"),
        "max_async_retry_attempts": config.require_int("maxAsyncRetryAttempts"),
        "qualifier": config.require("qualifier"),
        "on_success": config.require("onSuccess"),
        "on_failure": config.require("onFailure"),
        "policy": config.require("policy"),
        "logstore_name": config.require("logstoreName"),
        "log_retention_days": config.require_int("logRetentionDays"),
        "request_metrics": config.require_bool("requestMetrics"),
        "instance_metrics": config.require_bool("instanceMetrics"),
        "keep_data": config.require_bool("keepData"),
        "tags": config.require_object("tags"),
    }
    # An empty text leaves the value to the component.
    if cpu := config.get("cpu"):
        args["cpu"] = number("cpu", cpu)
    if log_project_name := config.get("logProjectName"):
        args["log_project_name"] = log_project_name
    if queue_name := config.get("queueName"):
        args["queue_name"] = queue_name
    if "queue" in (args["on_success"], args["on_failure"]):
        args["message_retention_period"] = config.require_int("messageRetentionPeriod")
    return args


def environment_variables(config: pulumi.Config) -> pulumi.Input[Mapping[str, pulumi.Input[str]]]:
    """Give the function's environment. Where one of its values is a secret, all of it stays one."""
    if pulumi.runtime.is_config_secret(config.full_key("environmentVariables")):
        return config.require_secret_object("environmentVariables")
    return config.require_object("environmentVariables")


def number(key: str, text: str) -> float:
    """Read a number, for which Pulumi's configuration has no type."""
    try:
        return float(text)
    except ValueError as error:
        raise pulumi.RunError(f"{key} is {text!r}: it must be a number of vCPU, as 0.1.") from error


refuse_undeclared_keys(Path(__file__).with_name("Pulumi.yaml"))
task = AsyncTask("task", task_args(pulumi.Config()))

pulumi.export("accountId", task.account_id)
pulumi.export("region", task.region)
pulumi.export("functionName", task.function_name)
pulumi.export("functionArn", task.function_arn)
pulumi.export("roleArn", task.role_arn)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
pulumi.export("logstore", task.logstore)
