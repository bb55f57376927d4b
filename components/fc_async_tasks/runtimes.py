"""Runtimes: those of a language, a custom one, and a container.

Follows "Runtimes", "Custom runtimes" and "Custom images" of Function Compute, and
"CreateFunctionInput" (API 2023-03-30).
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi

from .limit import Fields, Items, Limit, Text, WholeNumber
from .vpc import some_text

CONTAINER = "custom-container"
"""The runtime whose code is an image."""

CUSTOM = ("custom", "custom.debian10", "custom.debian11", "custom.debian12")
"""The runtimes whose code is a server that a command starts."""

RUNTIMES = (
    *("python3", "python3.9", "python3.10", "python3.12"),
    *("nodejs14", "nodejs16", "nodejs18", "nodejs20"),
    *("java8", "java11", "php7.2", "dotnetcore3.1", "go1"),
    *CUSTOM,
    CONTAINER,
)


class HealthCheckConfig(TypedDict, total=False):
    """How Function Compute finds out whether a server is ready."""

    http_get_url: pulumi.Input[str]
    """Path that answers a GET with 2xx or 3xx when the server is well, as /health."""
    initial_delay_seconds: pulumi.Input[int]
    """Seconds after the start until the first check: 0 to 120."""
    period_seconds: pulumi.Input[int]
    """Seconds between two checks: 1 to 120."""
    timeout_seconds: pulumi.Input[int]
    """Seconds that a check may take: 1 to 3."""
    failure_threshold: pulumi.Input[int]
    """Failed checks after which the server is not well: 1 to 120."""
    success_threshold: pulumi.Input[int]
    """Successful checks after which the server is well: 1 to 120."""


class CustomRuntimeConfig(TypedDict, total=False):
    """The server of a function with a custom runtime."""

    commands: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Command that starts the server, in words: up to 50. Default: the file `bootstrap` of the
    code."""
    args: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Arguments after the command: up to 50."""
    port: pulumi.Input[int]
    """Port that the server listens on: 1 to 65535. Default: Function Compute's, 9000."""
    health_check_config: pulumi.Input[HealthCheckConfig]
    """How Function Compute finds out whether the server is ready."""


class CustomContainerConfig(TypedDict, total=False):
    """The image of a function with the runtime custom-container."""

    image: pulumi.Input[str]
    """Address of the image, in the function's region, as
    `registry-vpc.cn-hangzhou.aliyuncs.com/team/films:1.4`."""
    entrypoints: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Program that the container runs, in words: up to 50. Default: the image's own."""
    commands: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Arguments of that program: up to 50. Default: the image's own."""
    port: pulumi.Input[int]
    """Port that the server in it listens on: 1 to 65535. Default: Function Compute's, 9000."""
    health_check_config: pulumi.Input[HealthCheckConfig]
    """How Function Compute finds out whether the server is ready."""


def _words(setting: str) -> Items:
    return Items(setting, some_text(setting), most=50)


def _server(setting: str) -> "dict[str, Limit]":
    check = f"{setting}.healthCheckConfig"
    return {
        "port": WholeNumber(f"{setting}.port", "", 1, 65535),
        "health_check_config": Fields(
            check,
            {
                "http_get_url": Text(f"{check}.httpGetUrl", r"/.*", "a path, as /health"),
                "initial_delay_seconds": WholeNumber(
                    f"{check}.initialDelaySeconds", "seconds", 0, 120
                ),
                "period_seconds": WholeNumber(f"{check}.periodSeconds", "seconds", 1, 120),
                "timeout_seconds": WholeNumber(f"{check}.timeoutSeconds", "seconds", 1, 3),
                "failure_threshold": WholeNumber(f"{check}.failureThreshold", "checks", 1, 120),
                "success_threshold": WholeNumber(f"{check}.successThreshold", "checks", 1, 120),
            },
        ),
    }


CUSTOM_RUNTIME_CONFIG = Fields(
    "customRuntimeConfig",
    {
        "commands": _words("customRuntimeConfig.commands"),
        "args": _words("customRuntimeConfig.args"),
        **_server("customRuntimeConfig"),
    },
)

CUSTOM_CONTAINER_CONFIG = Fields(
    "customContainerConfig",
    {
        "image": Text(
            "customContainerConfig.image", r"[^\s]+/[^\s]+", "the address of an image, with its tag"
        ),
        "entrypoints": _words("customContainerConfig.entrypoints"),
        "commands": _words("customContainerConfig.commands"),
        **_server("customContainerConfig"),
    },
    required=("image",),
)


def runtime_refusals(args: Mapping[str, object]) -> "list[str]":
    """Give a sentence for a configuration that belongs to another runtime than the one set.

    args are the component's; a runtime that is known later is not checked.
    """
    runtime = args.get("runtime")
    if not isinstance(runtime, str):
        return []
    found: list[str] = []
    if args.get("custom_runtime_config") is not None and runtime not in CUSTOM:
        found.append(
            f"customRuntimeConfig is set with runtime {runtime!r}: it belongs to "
            f"{', '.join(CUSTOM)}; leave it out or set one of these."
        )
    if args.get("custom_container_config") is not None and runtime != CONTAINER:
        found.append(
            f"customContainerConfig is set with runtime {runtime!r}: it belongs to {CONTAINER}; "
            "leave it out or set that."
        )
    if args.get("custom_container_config") is None and runtime == CONTAINER:
        found.append(
            f"runtime is {CONTAINER!r} without customContainerConfig: set it, with the address of "
            "the image."
        )
    return found
