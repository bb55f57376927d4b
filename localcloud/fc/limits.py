"""FC's limits of a function's settings, and FC's defaults, as tables.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-createfunctioninput
and https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/limits-1
"""

import math
import re
from collections.abc import Mapping
from typing import Any, cast

from localcloud.account import ACCOUNT_ID
from localcloud.fc.checks import (
    Check,
    boolean,
    invalid,
    list_of,
    object_of,
    one_of,
    text,
    texts,
    whole,
)
from localcloud.fidelity.function_compute import RUNTIMES
from localcloud.refusal import Refusal

MOST_ENVIRONMENT_BYTES = 4096
MOST_LAYERS = 5
MOST_TAGS = 20

function_name = text(
    64,
    r"[A-Za-z_][A-Za-z0-9_-]*",
    "1 to 64 letters, digits, '_' and '-', beginning with a letter or '_'",
)
alias_name = text(
    128,
    r"(?!LATEST$)[A-Za-z_][A-Za-z0-9_-]*",
    "1 to 128 letters, digits, '_' and '-', beginning with a letter or '_', and not LATEST",
)
trigger_name = text(
    128,
    r"[A-Za-z_][A-Za-z0-9_-]*",
    "1 to 128 letters, digits, '_' and '-', beginning with a letter or '_'",
)
layer_name = text(
    64,
    r"[A-Za-z_][A-Za-z0-9_-]*",
    "1 to 64 letters, digits, '_' and '-', beginning with a letter or '_'",
)
description = text(256)
role_arn = text(
    256,
    rf"acs:ram::{ACCOUNT_ID}:role/[A-Za-z0-9._-]{{1,64}}",
    f"the ARN of a role of this account, such as acs:ram::{ACCOUNT_ID}:role/my-role",
)
_optional_role = text(
    256,
    rf"|acs:ram::{ACCOUNT_ID}:role/[A-Za-z0-9._-]{{1,64}}",
    f"the ARN of a role of this account, such as acs:ram::{ACCOUNT_ID}:role/my-role",
)


def cpu(field: str, value: Any) -> None:
    """vCPU: 0.05 to 16 in steps of 0.05."""
    steps = value / 0.05 if isinstance(value, (int, float)) and not isinstance(value, bool) else 0.5
    if not math.isfinite(steps) or abs(steps - round(steps)) > 1e-6 or not 0.05 <= value <= 16:
        raise invalid(field, value, "0.05 to 16 vCPU, a multiple of 0.05")


def environment(field: str, value: Any) -> None:
    """Names and values: texts, 4 KB in all. A message never shows a value: it may be a secret."""
    if not isinstance(value, dict):
        raise invalid(field, "no object", "a JSON object of texts")
    size = 0
    for name, content in cast(dict[str, Any], value).items():
        if not name or "=" in name or "\0" in name:
            raise invalid(f"a name in {field}", name, "a text without '=' and NUL, not empty")
        if not isinstance(content, str) or "\0" in content:
            raise Refusal(
                "InvalidArgument", f"{field}.{name} is no text: it must be one, without NUL"
            )
        size += len(name.encode()) + len(content.encode())
    if size > MOST_ENVIRONMENT_BYTES:
        raise Refusal(
            "InvalidArgument",
            f"{field} holds {size} bytes of names and values: it must be at most "
            f"{MOST_ENVIRONMENT_BYTES} (4 KB)",
        )


_HANDLER_FORMS = {
    "python": (r"[\w./-]+\.\w+", "<file>.<function>, such as index.handler"),
    "nodejs": (r"[\w./-]+\.[\w$]+", "<file>.<function>, such as index.handler"),
}


def handler(field: str, value: Any, runtime: str) -> None:
    """A handler's name in the form of its runtime."""
    text(128)(field, value)
    if not value:
        raise invalid(field, value, "a text of 1 to 128 characters")
    for language, (form, allowed) in _HANDLER_FORMS.items():
        if runtime.startswith(language) and re.fullmatch(form, value) is None:
            raise invalid(field, value, f"of the form {allowed}, for runtime {runtime}")


def _hook(most_seconds: int) -> Check:
    return object_of(
        {"handler": text(128), "timeout": whole(1, most_seconds, "s"), "command": texts(50)}
    )


_port = whole(1, 65535)
_health_check = object_of(
    {
        "failureThreshold": whole(1, 120),
        "httpGetUrl": text(2048),
        "initialDelaySeconds": whole(0, 120, "s"),
        "periodSeconds": whole(1, 120, "s"),
        "successThreshold": whole(1, 120),
        "timeoutSeconds": whole(1, 3, "s"),
    }
)


def _json(field: str, value: Any) -> None:
    """What localcloud only records is checked for being an object, and kept as it is."""
    if not isinstance(value, dict):
        raise invalid(field, value, "a JSON object")


def _session_config(field: str, value: Any) -> None:
    if not isinstance(value, (str, dict)):
        raise invalid(field, "of another type", "a JSON text")


FUNCTION_FIELDS: Mapping[str, Check] = {
    "functionName": function_name,
    "description": description,
    "runtime": one_of(*(entry.thing for entry in RUNTIMES.entries)),
    "handler": text(128),
    "timeout": whole(1, 86_400, "s"),
    "memorySize": whole(128, 32_768, "MB", step=64),
    "cpu": cpu,
    "diskSize": one_of(512, 10_240),
    "instanceConcurrency": whole(1, 200),
    "role": _optional_role,
    "environmentVariables": environment,
    "resourceGroupId": text(64),
    "tags": list_of(object_of({"Key": text(128), "Value": text(128)}), MOST_TAGS),
    "layers": texts(MOST_LAYERS),
    "code": object_of(
        {
            "zipFile": text(1 << 30),
            "checksum": text(20, r"[0-9]*", "the package's CRC-64 (ECMA-182) in decimal digits"),
            "ossBucketName": text(63),
            "ossObjectName": text(1024),
        }
    ),
    "logConfig": object_of(
        {
            "project": text(63),
            "logstore": text(63),
            "logBeginRule": one_of("None", "DefaultRegex"),
            "enableRequestMetrics": boolean,
            "enableInstanceMetrics": boolean,
            "enableLlmMetrics": boolean,
        }
    ),
    "instanceLifecycleConfig": object_of({"initializer": _hook(600), "preStop": _hook(900)}),
    "customRuntimeConfig": object_of(
        {
            "command": texts(50),
            "args": texts(50),
            "port": _port,
            "healthCheckConfig": _health_check,
        }
    ),
    "customContainerConfig": _json,
    "internetAccess": boolean,
    "vpcConfig": _json,
    "nasConfig": _json,
    "ossMountConfig": _json,
    "polarFsConfig": _json,
    "juiceFsConfig": _json,
    "gpuConfig": _json,
    "customDNS": _json,
    "tracingConfig": _json,
    "microSandboxConfig": _json,
    "idleTimeout": whole(0, 86_400, "s"),
    "instanceIsolationMode": one_of("SHARE", "SESSION_EXCLUSIVE", "REQUEST_EXCLUSIVE"),
    "sessionAffinity": one_of(
        "NONE", "MCP_SSE", "MCP_STREAMABLE", "GENERATED_COOKIE", "HEADER_FIELD"
    ),
    "sessionAffinityConfig": _session_config,
    "disableOndemand": boolean,
    "enableLongLiving": boolean,
    "disableInjectCredentials": one_of("None", "Env", "Request", "All"),
}

DEFAULT_TIMEOUT_SECONDS = 3
DEFAULT_MEMORY_MB = 512  # ours: FC's API documents no default

_DEFAULTS: Mapping[str, Any] = {
    "timeout": DEFAULT_TIMEOUT_SECONDS,
    "memorySize": DEFAULT_MEMORY_MB,
    "diskSize": 512,
    "instanceConcurrency": 1,
    "internetAccess": True,
    "instanceIsolationMode": "SHARE",
    "sessionAffinity": "NONE",
    "resourceGroupId": "rg-localcloud",
}


def with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with a value for everything that a function always has.

    Only what the provider takes from the answer (Optional and Computed there) gets a default: any
    other setting that its user left out is left out here too, or each preview would show a change.
    """
    whole_config = {**_DEFAULTS, **config}
    if not config.get("cpu"):
        whole_config["cpu"] = least_cpu(whole_config["memorySize"])
    return whole_config


def least_cpu(memory_mb: int) -> float:
    """The smallest vCPU that FC's ratio (1:4) lets a function of that memory have (ours)."""
    return round(max(1, math.ceil(memory_mb / 1024 / 4 / 0.05 - 1e-9)) * 0.05, 2)


def most_cpu(memory_mb: int) -> float:
    """The largest vCPU that FC's ratio (1:1) lets a function of that memory have."""
    return round(max(1, math.floor(memory_mb / 1024 / 0.05 + 1e-9)) * 0.05, 2)


def check_function(config: Mapping[str, Any]) -> None:
    """Check a function's whole configuration, as it is to be after a create or an update.

    Raises Refusal InvalidArgument (400) that names the field, its value and what is allowed.
    """
    handler("handler", config["handler"], config["runtime"])
    memory = config.get("memorySize", DEFAULT_MEMORY_MB)
    vcpu = config.get("cpu")
    if vcpu and not 1 - 1e-9 <= memory / 1024 / vcpu <= 4 + 1e-9:
        raise Refusal(
            "InvalidArgument",
            f"cpu is {vcpu} and memorySize is {memory}: the ratio of cpu (vCPU) to memorySize (GB) "
            f"must be between 1:1 and 1:4; for {memory} MB that is a cpu of {least_cpu(memory)} to "
            f"{most_cpu(memory)}",
        )
    log = config.get("logConfig") or {}
    if bool(log.get("project")) != bool(log.get("logstore")):
        absent = "logstore" if log.get("project") else "project"
        raise Refusal(
            "InvalidArgument",
            f"logConfig.{absent} is missing: logConfig needs both project and logstore, or neither",
        )
    if config["runtime"] == "custom-container" and not (
        config.get("customContainerConfig") or {}
    ).get("image"):
        raise Refusal(
            "InvalidArgument",
            "customContainerConfig.image is missing: runtime custom-container needs it",
        )
    for hook in ("initializer", "preStop"):
        if ((config.get("instanceLifecycleConfig") or {}).get(hook) or {}).get("command"):
            raise Refusal(
                "InvalidArgument",
                f"instanceLifecycleConfig.{hook}.command is set: localcloud runs hooks by their "
                "handler only; set handler instead",
            )
