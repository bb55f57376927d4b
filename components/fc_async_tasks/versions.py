"""What is published of a function: a version for each change, and an alias that points at it.

Follows "Manage versions" and "Manage aliases" of Function Compute. A version is a copy of code and
configuration that never changes, so a change of either publishes another one.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .limit import Entries, Fields, Number, Text


class FunctionAlias(TypedDict, total=False):
    """A name that calls a function's published version. The name is needed.

    Asynchronous invocations of an alias are no tasks and have no destinations: the provider can
    give the configuration of asynchronous invocations to LATEST only.
    """

    alias_name: pulumi.Input[str]
    """Name of the alias: 1 to 128 letters, digits, `_` and `-`, beginning with a letter or `_`, and
    not LATEST."""
    description: pulumi.Input[str]
    """What the alias is for: up to 256 characters. Default: none."""
    additional_version_weight: pulumi.Input[Mapping[str, pulumi.Input[float]]]
    """Share of the calls that goes to one earlier version, by its number: 0 to 1, as `{"3": 0.05}`.
    Keep that version with `keep_versions`. Default: all calls go to the version published last."""


_WEIGHT = Number("alias.additionalVersionWeight", 0, 1)


def _version_number(name: str) -> "str | None":
    return None if name.isascii() and name.isdecimal() else "it must be the number of a version"


def _weights(weights: Mapping[str, object]) -> "str | None":
    if len(weights) > 1:
        return f"are {len(weights)}: there may be one beside the version published last"
    if any(_WEIGHT.refusal(weight) for weight in weights.values()):
        return f"are {dict(weights)!r}: a share must be a number from 0 to 1"
    return None


ALIAS = Fields(
    "alias",
    {
        "alias_name": Text(
            "alias.aliasName",
            r"(?!LATEST$)[A-Za-z_][A-Za-z0-9_-]{0,127}",
            "1 to 128 letters, digits, underscores and hyphens, beginning with a letter or an "
            "underscore, and not LATEST",
        ),
        "description": Text("alias.description", r"(?s).{0,256}", "at most 256 characters"),
        "additional_version_weight": Entries(
            "alias.additionalVersionWeight", _version_number, _weights
        ),
    },
    required=("alias_name",),
)


def version_refusals(args: Mapping[str, object]) -> "list[str]":
    """Give a sentence for an alias without a version, and for versions to keep where none is made.

    args are the component's.
    """
    found: list[str] = []
    if args.get("alias") is not None and args.get("publish_version") is False:
        found.append(
            "alias is set and publishVersion is false: an alias points at a published version; "
            "leave publishVersion out."
        )
    publishes = args.get("alias") is not None or args.get("publish_version") is True
    if args.get("keep_versions") is True and not publishes:
        found.append(
            "keepVersions is true, but no version is published: set publishVersion or alias."
        )
    return found


def publish(
    name: str,
    function: "alicloud.fc.V3Function",
    content: Mapping[str, Any],
    alias: "Optional[pulumi.Input[FunctionAlias]]",
    keep_versions: bool,
    parent: pulumi.ComponentResource,
) -> "pulumi.Output[str]":
    """Publish a version of what the function is now, and point the alias at it; give its number.

    content is what the function is made of: another content is another version. The earlier
    version is deleted once the alias has left it, unless keep_versions is set.
    """
    version = alicloud.fc.V3FunctionVersion(
        name,
        function_name=function.function_name,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=[function],
            replacement_trigger=fingerprint(content),
            retain_on_delete=True if keep_versions else None,
        ),
    )
    if alias is not None:
        known: pulumi.Output[Any] = pulumi.Output.from_input(alias)
        alicloud.fc.V3Alias(
            name,
            function_name=function.function_name,
            alias_name=known.apply(lambda of: of["alias_name"]),
            description=known.apply(lambda of: of.get("description")),
            additional_version_weight=known.apply(lambda of: of.get("additional_version_weight")),
            version_id=version.version_id,
            opts=pulumi.ResourceOptions(parent=parent),
        )
    return version.version_id


def fingerprint(content: Mapping[str, Any]) -> "pulumi.Output[str]":
    """Give a text that is another one for another content, and that tells nothing of it.

    The engine compares it in the clear and keeps it so: it is a slow hash, as the content may hold
    a secret that is short enough to be guessed.
    """

    def hashed(known: "dict[str, Any]") -> str:
        # What the provider calls the code is an object with a dictionary inside.
        text = json.dumps(known, sort_keys=True, default=vars).encode()
        return hashlib.pbkdf2_hmac("sha256", text, b"fc-async-tasks", 100_000).hex()

    together: pulumi.Output[dict[str, Any]] = pulumi.Output.all(**content)
    return pulumi.Output.unsecret(together.apply(hashed))
