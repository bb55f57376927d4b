"""What runs when an instance of a function begins and ends, and how instances are shared.

Follows "Configure instance lifecycles" of Function Compute and "CreateFunctionInput" (API
2023-03-30).
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from .limit import Fields, Items, OneOf, Text, WholeNumber
from .vpc import some_text


class Initializer(TypedDict, total=False):
    """What runs once before an instance takes its first request."""

    handler: pulumi.Input[str]
    """`<file>.<function>`; for a custom runtime or container any text: it is a request to the
    server."""
    timeout: pulumi.Input[int]
    """Seconds that it may take: 1 to 600. Default: Function Compute's, 3."""
    commands: pulumi.Input[Sequence[pulumi.Input[str]]]
    """A command that runs in place of a handler, with its arguments: up to 50."""


class PreStop(TypedDict, total=False):
    """What runs once before an instance goes."""

    handler: pulumi.Input[str]
    """`<file>.<function>`; for a custom runtime or container any text: it is a request to the
    server."""
    timeout: pulumi.Input[int]
    """Seconds that it may take: 1 to 900. Default: Function Compute's, 3."""


class InstanceLifecycleConfig(TypedDict, total=False):
    """What runs when an instance begins and ends."""

    initializer: pulumi.Input[Initializer]
    """What runs once before an instance takes its first request. It counts as a failed execution
    when it fails."""
    pre_stop: pulumi.Input[PreStop]
    """What runs once before an instance goes."""


def _handler(setting: str) -> Text:
    return Text(setting, r"[^\s]{1,128}", "1 to 128 characters without spaces, as index.initialize")


INSTANCE_LIFECYCLE_CONFIG = Fields(
    "instanceLifecycleConfig",
    {
        "initializer": Fields(
            "instanceLifecycleConfig.initializer",
            {
                "handler": _handler("instanceLifecycleConfig.initializer.handler"),
                "timeout": WholeNumber(
                    "instanceLifecycleConfig.initializer.timeout", "seconds", 1, 600
                ),
                "commands": Items(
                    "instanceLifecycleConfig.initializer.commands",
                    some_text("instanceLifecycleConfig.initializer.commands"),
                    most=50,
                ),
            },
        ),
        "pre_stop": Fields(
            "instanceLifecycleConfig.preStop",
            {
                "handler": _handler("instanceLifecycleConfig.preStop.handler"),
                "timeout": WholeNumber(
                    "instanceLifecycleConfig.preStop.timeout", "seconds", 1, 900
                ),
            },
            required=("handler",),
        ),
    },
)

INSTANCE_ISOLATION_MODE = OneOf(
    "instanceIsolationMode", ("SHARE", "SESSION_EXCLUSIVE", "REQUEST_EXCLUSIVE")
)

IDLE_TIMEOUT = WholeNumber("idleTimeout", "seconds", 1, 86400)
