"""The limits of Function Compute and of the services a task uses, as one table.

Every value is checked against it at `pulumi preview`. The provider's own range checks stop at
some of them only, and TF_SKIP_RESOURCE_SCHEMA_VALIDATION softens those it has.

Limits of a group of settings stand beside the group: vpc.py, mounts.py, runtimes.py and so on.

Documents followed, by title: Function Compute "CreateFunctionInput", "PutAsyncInvokeConfigInput"
(API 2023-03-30), "Quotas and limits", "Environment variables", "Time triggers" and "Manage
versions"; Simple Message Queue
"CreateQueue" (API 2022-01-19); Simple Log Service "Logstores" and "CreateProject"; Resource
Access Management "CreateRole".
"""

from collections.abc import Mapping

from .destination import ALLOWED as DESTINATIONS
from .destination import parse as parse_destination
from .gpu import GPU_CONFIG
from .lifecycle import IDLE_TIMEOUT, INSTANCE_ISOLATION_MODE, INSTANCE_LIFECYCLE_CONFIG
from .limit import Entries, Flag, Hundredths, Items, Limit, OneOf, Text, WholeNumber, shown, whole
from .mounts import NAS_CONFIG, OSS_MOUNT_CONFIG, OSS_MOUNT_POINTS
from .oss_code import CODE_FROM_OSS
from .runtimes import CUSTOM_CONTAINER_CONFIG, CUSTOM_RUNTIME_CONFIG, RUNTIMES
from .schedule import CronExpression, Payload
from .versions import ALIAS
from .vpc import CUSTOM_DNS, VPC_CONFIG

POLICIES = ("least", "guide", "system")

CODE_ARCHIVE_MB = 100
"""MB of Base64 text that a code archive may be when it is sent with the function."""

CODE_MB = 500
"""MB that the files of a function's code may have together, without its layers."""

EVENT_AGE_OF_THE_PROVIDER = 86400
"""Seconds of event age above which the provider's own check refuses what FC accepts."""


class _Destination:
    """A destination ARN, or one of the words that stand for one."""

    def __init__(self, setting: str, words: "tuple[str, ...]") -> None:
        self._setting = setting
        self._words = words

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but a word or a destination ARN."""
        if isinstance(value, str):
            if value in self._words:
                return None
            try:
                parse_destination(value)
            except ValueError:
                pass
            else:
                return None
        words = "".join(f"{word!r}, " for word in self._words)
        return f"{self._setting} is {shown(value)}: it must be {words}{DESTINATIONS}."


class _Queue:
    """An existing queue, by its name or by its destination ARN."""

    def refusal(self, value: object) -> "str | None":
        """Give the sentence for anything but the name or the destination ARN of a queue."""
        if isinstance(value, str):
            if not value.startswith("acs:"):
                return _queue_name("existingQueue").refusal(value)
            try:
                if parse_destination(value).kind == "queue":
                    return None
            except ValueError:
                pass
        return (
            f"existingQueue is {shown(value)}: it must be a queue's name or its destination "
            "acs:mns:<region>:<account>:/queues/<queue>/messages."
        )


def _queue_name(setting: str) -> Text:
    return Text(
        setting,
        r"[A-Za-z0-9][A-Za-z0-9-]{0,119}",
        "1 to 120 letters, digits and hyphens, beginning with a letter or a digit",
    )


def _log_project_name(setting: str) -> Text:
    return Text(
        setting,
        r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "3 to 63 lower-case letters, digits and hyphens, with no hyphen at either end",
    )


def _logstore_name(setting: str) -> Text:
    return Text(
        setting,
        r"[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]",
        "3 to 63 lower-case letters, digits, hyphens and underscores, with a letter or a digit at "
        "either end",
    )


def _variable_name(name: str) -> "str | None":
    if name.startswith("FC_"):
        return "names that begin with FC_ are Function Compute's own"
    if not (name[:1].isascii() and name[:1].isalpha()) or not name.replace("_", "a").isalnum():
        return "it must begin with a letter and hold only letters, digits and underscores"
    return None


def _variables_together(variables: Mapping[str, object]) -> "str | None":
    size = sum(len(f"{name}{value}".encode()) for name, value in variables.items())
    if size > 4096:
        return f"hold {size} bytes of names and values: all together may hold 4096 bytes"
    return None


def _tag_name(name: str) -> "str | None":
    if not 1 <= len(name) <= 64 or name.startswith(("acs:", "aliyun")):
        return "it must have 1 to 64 characters and begin with neither acs: nor aliyun"
    return None


def _tags_together(tags: Mapping[str, object]) -> "str | None":
    return f"are {len(tags)}: a resource may have 20" if len(tags) > 20 else None


LIMITS: Mapping[str, Limit] = {
    # the function
    "function_name": Text(
        "functionName",
        r"[A-Za-z_][A-Za-z0-9_-]{0,63}",
        "1 to 64 letters, digits, underscores and hyphens, beginning with a letter or an "
        "underscore",
    ),
    "description": Text("description", r"(?s).{0,256}", "at most 256 characters"),
    "handler": Text(
        "handler", r"[^\s.][^\s]*\.[^\s.]+|[^\s]+::[^\s]+", "<file>.<function>, as index.handler"
    ),
    "runtime": OneOf("runtime", RUNTIMES),
    "memory_size": WholeNumber("memorySize", "MB", 128, 32768, 64),
    "cpu": Hundredths("cpu", "vCPU", 5, 1600, 5),
    "disk_size": OneOf("diskSize", (512, 10240), " MB"),
    "timeout": WholeNumber("timeout", "seconds", 1, 86400),
    "instance_concurrency": WholeNumber("instanceConcurrency", "requests", 1, 200),
    "internet_access": Flag("internetAccess"),
    "environment_variables": Entries("environmentVariables", _variable_name, _variables_together),
    "log_project": _log_project_name("logProject"),
    "logstore": _logstore_name("logstore"),
    "request_metrics": Flag("requestMetrics"),
    "instance_metrics": Flag("instanceMetrics"),
    "role_arn": Text(
        "roleArn",
        r"acs:ram::\d+:role/[A-Za-z0-9.-]{1,64}",
        "the ARN of a RAM role, acs:ram::<account>:role/<role>",
    ),
    "install_requirements": Flag("installRequirements"),
    "code_from_oss": CODE_FROM_OSS,
    "layers": Items(
        "layers",
        Text(
            "layers",
            r"acs:fc:[a-z0-9-]+:[A-Za-z0-9]+:layers/[^/:]+/versions/\d+",
            "ARNs of layers' versions, acs:fc:<region>:<account>:layers/<layer>/versions/<number>",
        ),
        most=5,
    ),
    "vpc_config": VPC_CONFIG,
    "custom_dns": CUSTOM_DNS,
    "nas_config": NAS_CONFIG,
    "oss_mount_config": OSS_MOUNT_CONFIG,
    "gpu_config": GPU_CONFIG,
    "custom_runtime_config": CUSTOM_RUNTIME_CONFIG,
    "custom_container_config": CUSTOM_CONTAINER_CONFIG,
    "instance_lifecycle_config": INSTANCE_LIFECYCLE_CONFIG,
    "instance_isolation_mode": INSTANCE_ISOLATION_MODE,
    "idle_timeout": IDLE_TIMEOUT,
    "resource_group_id": Text(
        "resourceGroupId", r"rg-[A-Za-z0-9-]+", "the id of a resource group, rg-..."
    ),
    # what is published of it, and how much of it may run
    "reserved_concurrency": WholeNumber("reservedConcurrency", "instances", 0, 100000),
    "publish_version": Flag("publishVersion"),
    "keep_versions": Flag("keepVersions"),
    "keep_data": Flag("keepData"),
    "alias": ALIAS,
    # its timers
    "trigger_name": Text(
        "triggerName",
        r"[A-Za-z_][A-Za-z0-9_-]{0,127}",
        "1 to 128 letters, digits, underscores and hyphens, beginning with a letter or an "
        "underscore",
    ),
    "cron_expression": CronExpression("cronExpression"),
    "payload": Payload("payload"),
    "enable": Flag("enable"),
    # its asynchronous invocations
    "async_task": Flag("asyncTask"),
    "max_async_event_age_in_seconds": WholeNumber(
        "maxAsyncEventAgeInSeconds", "seconds", 1, 604800
    ),
    "max_async_retry_attempts": WholeNumber("maxAsyncRetryAttempts", "retries", 0, 8),
    "qualifier": OneOf(
        "qualifier",
        ("LATEST",),
        ", as the provider reads the asynchronous configuration of LATEST only",
    ),
    "on_success": _Destination("onSuccess", ("queue", "none")),
    "on_failure": _Destination("onFailure", ("queue", "none")),
    "success_destination": _Destination("successDestination", ("none",)),
    "failure_destination": _Destination("failureDestination", ("none",)),
    # the role
    "role_name": Text("roleName", r"[A-Za-z0-9.-]{1,64}", "1 to 64 letters, digits, . and -"),
    "policy": OneOf("policy", POLICIES),
    "oss_mount_points": OSS_MOUNT_POINTS,
    # the queue
    "queue_name": _queue_name("queueName"),
    "existing_queue": _Queue(),
    "message_retention_period": WholeNumber("messageRetentionPeriod", "seconds", 60, 604800),
    "visibility_timeout": WholeNumber("visibilityTimeout", "seconds", 1, 43200),
    "polling_wait_seconds": WholeNumber("pollingWaitSeconds", "seconds", 0, 30),
    # the logs
    "log_project_name": _log_project_name("logProjectName"),
    "logstore_name": _logstore_name("logstoreName"),
    "logging": Flag("logging"),
    "existing_log_project": _log_project_name("existingLogProject"),
    "existing_logstore": _logstore_name("existingLogstore"),
    "log_retention_days": WholeNumber("logRetentionDays", "days", 1, 3650),
    # all of them
    "tags": Entries("tags", _tag_name, _tags_together),
}
"""The limit of every argument that has one, by the argument's name in Python."""


def cpu_refusal(cpu: object, memory_size: object) -> "str | None":
    """Check the ratio of cpu (vCPU) to memory_size (MB): from 1:1 to 1:4, in vCPU to GB.

    Gives None for a pair that is allowed, and for values that their own limits refuse.
    """
    memory = whole(memory_size)
    if memory is None or LIMITS["cpu"].refusal(cpu) or LIMITS["memory_size"].refusal(memory):
        return None
    # In whole steps of 0.05 vCPU, as floating point would refuse a pair on the edge.
    steps = round(float(str(cpu)) * 20)
    lowest = max(1, -(-memory * 20 // 4096))
    highest = min(320, memory * 20 // 1024)
    if lowest <= steps <= highest:
        return None
    return (
        f"cpu is {steps / 20:g} vCPU with memorySize {memory} MB: the ratio of vCPU to GB must be "
        f"from 1:1 to 1:4, so with this memory cpu must be from {lowest / 20:g} to "
        f"{highest / 20:g} vCPU."
    )
