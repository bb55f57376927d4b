"""What each property of fc3 is called as an argument of AsyncTask: a line for each.

Follows the `props` of devsapp/fc3 (its schema). A line whose argument AsyncTask does not have, and
a property that has no line, count as without a counterpart.
"""

import re
from dataclasses import dataclass

from .composed import Account, Composed, Part, joined, parts_of
from .made_by_auto import is_auto, role_arn
from .marked import Marked
from .refusal import CannotConvert
from .shapes import (
    Reader,
    Reading,
    each,
    flag,
    group,
    listed,
    number,
    over_texts,
    text,
    texts,
    whole,
)

PLACEHOLDER = re.compile(r"(?<!\$)\{(\w+)\}")
"""What the guide's s.yaml has for the account's id and the queue's name: {accountid}."""


@dataclass(frozen=True)
class Row:
    """A property's path in `props`, the argument that it is, and how its value is read."""

    path: str
    argument: str
    read: Reader


def _without_placeholders(marked: Marked, path: str, reading: Reading) -> "str | Composed":
    def replaced(found: "re.Match[str]") -> str:
        if (value := reading.replace.get(found[1])) is not None:
            return value
        raise CannotConvert(
            f"{marked.place}: {path} holds the placeholder {found[0]}: put its value there, as the "
            f"guide says, or give it with --replace {found[1]}=VALUE."
        )

    return over_texts(text(marked, path), lambda part: PLACEHOLDER.sub(replaced, part))


def _role(marked: Marked, path: str, reading: Reading) -> "str | Composed | None":
    if is_auto(marked.text):
        if reading.adopting:
            return role_arn(reading.account)
        reading.findings.differs(
            marked.place,
            path,
            "auto is aliyunfcdefaultrole: AsyncTask makes a role that may do no more than it must.",
        )
        return None
    # fc3 completes a bare name, and sends every role in small letters.
    role = over_texts(_without_placeholders(marked, path, reading), str.lower)
    first = parts_of(role)[0]
    if isinstance(first, str) and not first.startswith("acs:"):
        prefix: list[Part] = ["acs:ram::", Account(), ":role/"]
        return joined([*prefix, *parts_of(role)])
    return role


def _code_path(marked: Marked, path: str, reading: Reading) -> "str | None":
    known = reading.known(marked)
    if known.startswith(("http://", "https://")):
        why = "AsyncTask fetches no code from an address: put it into a folder."
    elif known.endswith((".zip", ".jar", ".war")):
        why = "AsyncTask takes a folder, no archive: unpack it into one."
    else:
        return known
    reading.findings.no_counterpart(marked.place, path, why)
    return None


def _tags(marked: Marked, path: str, reading: Reading) -> "dict[str, str | Composed]":
    found: dict[str, str | Composed] = {}
    for tag in marked.items():
        key, value = tag.get("key"), tag.get("value")
        if key is not None and value is not None:
            found[reading.known(key)] = text(value, path)
    return found


def _no_auto(reader: Reader, what: str) -> Reader:
    def read(marked: Marked, path: str, reading: Reading) -> object:
        autos = [marked, *marked.entries().values()]
        if any(isinstance(one.value, str) and is_auto(one.text) for one in autos):
            reading.findings.no_counterpart(
                marked.place,
                path,
                f"auto makes {what}, which AsyncTask does not: write here what `s deploy` printed.",
            )
            return None
        return reader(marked, path, reading)

    return read


_HEALTH = group(
    httpGetUrl=("http_get_url", text),
    initialDelaySeconds=("initial_delay_seconds", whole),
    periodSeconds=("period_seconds", whole),
    timeoutSeconds=("timeout_seconds", whole),
    failureThreshold=("failure_threshold", whole),
    successThreshold=("success_threshold", whole),
)

_VPC = group(
    vpcId=("vpc_id", text),
    vSwitchIds=("vswitch_ids", listed),
    vswitchIds=("vswitch_ids", listed),
    securityGroupId=("security_group_id", text),
)

_NAS = group(
    userId=("user_id", whole),
    groupId=("group_id", whole),
    mountPoints=(
        "mount_points",
        each(
            group(
                serverAddr=("server_addr", text),
                mountDir=("mount_dir", text),
                enableTLS=("enable_tls", flag),
            )
        ),
    ),
)

_OSS_MOUNTS = group(
    mountPoints=(
        "mount_points",
        each(
            group(
                bucketName=("bucket_name", text),
                bucketPath=("bucket_path", text),
                endpoint=("endpoint", text),
                mountDir=("mount_dir", text),
                readOnly=("read_only", flag),
            )
        ),
    ),
)

_LIFE_CYCLE = group(
    initializer=(
        "initializer",
        group(handler=("handler", text), timeout=("timeout", whole), command=("commands", listed)),
    ),
    preStop=("pre_stop", group(handler=("handler", text), timeout=("timeout", whole))),
)

_RUNTIME = group(
    command=("commands", listed),
    args=("args", listed),
    port=("port", whole),
    healthCheckConfig=("health_check_config", _HEALTH),
)

_CONTAINER = group(
    image=("image", text),
    entrypoint=("entrypoints", listed),
    command=("commands", listed),
    port=("port", whole),
    healthCheckConfig=("health_check_config", _HEALTH),
)

_DNS = group(
    nameServers=("name_servers", listed),
    searches=("searches", listed),
    dnsOptions=("dns_options", each(group(name=("name", text), value=("value", text)))),
)

CODE_FROM_OSS = Row(
    "code",
    "code_from_oss",
    group(ossBucketName=("bucket_name", text), ossObjectName=("object_name", text)),
)
"""`code`, where it is a mapping."""

_ASYNC = "asyncInvokeConfig"

TABLE = (
    Row("functionName", "function_name", text),
    Row("description", "description", text),
    Row("code", "code_path", _code_path),
    Row("handler", "handler", text),
    Row("runtime", "runtime", text),
    Row("memorySize", "memory_size", whole),
    Row("cpu", "cpu", number),
    Row("diskSize", "disk_size", whole),
    Row("timeout", "timeout", whole),
    Row("instanceConcurrency", "instance_concurrency", whole),
    Row("internetAccess", "internet_access", flag),
    Row("environmentVariables", "environment_variables", texts),
    Row("role", "role_arn", _role),
    Row("logConfig.project", "existing_log_project", text),
    Row("logConfig.logstore", "existing_logstore", text),
    Row("logConfig.enableRequestMetrics", "request_metrics", flag),
    Row("logConfig.enableInstanceMetrics", "instance_metrics", flag),
    Row(f"{_ASYNC}.asyncTask", "async_task", flag),
    Row(f"{_ASYNC}.maxAsyncEventAgeInSeconds", "max_async_event_age_in_seconds", whole),
    Row(f"{_ASYNC}.maxAsyncRetryAttempts", "max_async_retry_attempts", whole),
    Row(f"{_ASYNC}.qualifier", "qualifier", text),
    Row(f"{_ASYNC}.destinationConfig.onSuccess.destination", "on_success", _without_placeholders),
    Row(f"{_ASYNC}.destinationConfig.onFailure.destination", "on_failure", _without_placeholders),
    Row("layers", "layers", listed),
    Row("vpcConfig", "vpc_config", _no_auto(_VPC, "a VPC")),
    Row("nasConfig", "nas_config", _no_auto(_NAS, "a file system")),
    Row("ossMountConfig", "oss_mount_config", _no_auto(_OSS_MOUNTS, "a bucket")),
    Row(
        "gpuConfig",
        "gpu_config",
        group(gpuType=("gpu_type", text), gpuMemorySize=("gpu_memory_size", whole)),
    ),
    Row("customDNS", "custom_dns", _DNS),
    Row("customRuntimeConfig", "custom_runtime_config", _RUNTIME),
    Row("customContainerConfig", "custom_container_config", _CONTAINER),
    Row("instanceLifecycleConfig", "instance_lifecycle_config", _LIFE_CYCLE),
    Row("instanceIsolationMode", "instance_isolation_mode", text),
    Row("idleTimeout", "idle_timeout", whole),
    Row("resourceGroupId", "resource_group_id", text),
    Row("concurrencyConfig.reservedConcurrency", "reserved_concurrency", whole),
    Row("tags", "tags", _tags),
)
"""Every property that AsyncTask has an argument for."""

TIMER = group(
    triggerName=("trigger_name", text),
    description=("description", text),
    qualifier=("qualifier", text),
    triggerConfig=(
        "triggerConfig",
        group(
            cronExpression=("cron_expression", text),
            enable=("enable", flag),
            payload=("payload", text),
        ),
    ),
)
"""A trigger of the kind timer, as arguments of a TaskTimer; `triggerConfig` is a group in it."""

WHY_NOT = {
    "logConfig.logBeginRule": "AsyncTask makes a log of every line.",
    "triggers": "make it in the program, with alicloud.fc.V3Trigger.",
    "vpcBinding": "AsyncTask binds the function to no VPC: alicloud.fc.V3VpcBinding does.",
    "customDomain": "AsyncTask makes no domains.",
    "tracingConfig": "the provider sets no tracing.",
    "provisionConfig": "AsyncTask keeps no instances ready: alicloud.fc.V3ProvisionConfig does.",
    "scalingConfig": "the provider sets no scaling.",
    "sessionAffinity": "AsyncTask has no sessions.",
    "sessionAffinityConfig": "AsyncTask has no sessions.",
}
"""Why a property has no counterpart, where there is more to say than that."""
