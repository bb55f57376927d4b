"""TaskLogs: the Log Service project, logstore and index that a task's logs are written to."""

from collections.abc import Mapping
from typing import Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .account import current_account, current_region, unique_log_project_name
from .arguments import checked
from .kept_data import child_with_data

LOGSTORE = "function-logs"
"""Name of the logstore unless another is set: a logstore's name is its project's own affair."""

# The delimiters that the Log Service console sets for a new index.
_DELIMITERS = ", '\";=()[]{}?@&<>/:\n\t\r"

# What Function Compute writes beside the message itself: with every line of a function's output,
# with request-level metrics, and with instance-level metrics.
INDEXED_FIELDS: Mapping[str, str] = {
    "functionName": "text",
    "qualifier": "text",
    "versionId": "text",
    "requestId": "text",
    "instanceID": "text",
    "operation": "text",
    "invocationType": "text",
    "invocationStartTimestamp": "long",
    "durationMs": "double",
    "invokeFunctionLatencyMs": "double",
    "isColdStart": "text",
    "hasFunctionError": "text",
    "errorType": "text",
    "statusCode": "long",
    "memoryMB": "long",
    "memoryUsageMB": "double",
    "resourceMode": "text",
    "hostname": "text",
    "ipAddress": "text",
    "aggPeriodSeconds": "long",
    "concurrentRequests": "long",
    "cpuPercent": "double",
    "cpuQuotaPercent": "double",
    "memoryLimitMB": "double",
    "memoryUsagePercent": "double",
}
"""The fields that can be searched by name, each with its type in the index."""


class TaskLogsArgs(TypedDict, total=False):
    """What TaskLogs are made of."""

    log_project_name: pulumi.Input[str]
    """Name of the project, which no other project of Alibaba Cloud may have: 3 to 63 lower-case
    letters, digits and hyphens. Default: this component's name and a hash of account, region,
    stack and component, so that it collides with nobody's."""
    logstore_name: pulumi.Input[str]
    """Name of the logstore: 3 to 63 lower-case letters, digits, hyphens and underscores. Default:
    function-logs."""
    log_retention_days: pulumi.Input[int]
    """Days that logs are kept: 1 to 3650, where 3650 means for ever. Default: Log Service's, 30."""
    keep_data: bool
    """Whether the queue and the log project that are made here stay in the account, with what they
    hold, when the stack no longer has them: after a rename, an `up` without them or a `destroy`.
    Default: true."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on the project: up to 20."""


class TaskLogs(pulumi.ComponentResource):
    """A Log Service project with a logstore, and the index that makes its logs searchable.

    Without the index neither the console nor GetLogs finds a line. Several tasks may share it.
    Follows "Configure the logging feature" of Function Compute and "Logstores" of Log Service.
    Raises pulumi.RunError, with a sentence for each value that is refused.
    """

    log_project: pulumi.Output[str]
    """Name of the project."""
    logstore: pulumi.Output[str]
    """Name of the logstore."""

    def __init__(
        self, name: str, args: TaskLogsArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskLogs", name, None, opts)

        settings = checked(TaskLogsArgs, args)
        project_name = settings.get("log_project_name") or unique_log_project_name(
            current_region(self), current_account(self), name, name
        )
        # All three alike: a kept logstore without its index would find no line.
        child = child_with_data(self, settings)

        project = alicloud.log.Project(
            name,
            project_name=project_name,
            description="Logs of asynchronous tasks of Function Compute",
            tags=settings.get("tags"),
            opts=child,
        )
        store = alicloud.log.Store(
            name,
            project_name=project.project_name,
            logstore_name=settings.get("logstore_name", LOGSTORE),
            retention_period=settings.get("log_retention_days"),
            opts=child,
        )
        alicloud.log.StoreIndex(
            name,
            project=project.project_name,
            logstore=store.logstore_name,
            full_text=alicloud.log.StoreIndexFullTextArgs(
                case_sensitive=False, include_chinese=True, token=_DELIMITERS
            ),
            field_searches=field_searches(),
            opts=child,
        )

        self.log_project = project.project_name
        self.logstore = store.logstore_name
        self.register_outputs({"logProject": self.log_project, "logstore": self.logstore})


def field_searches() -> "list[alicloud.log.StoreIndexFieldSearchArgs]":
    """Give the index of each field that Function Compute writes."""
    return [
        alicloud.log.StoreIndexFieldSearchArgs(
            name=field,
            type=kind,
            enable_analytics=True,
            case_sensitive=False if kind == "text" else None,
            token=_DELIMITERS if kind == "text" else None,
        )
        for field, kind in INDEXED_FIELDS.items()
    ]
