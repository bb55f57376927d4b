"""Options for tasks whose resources were imported: what cannot be compared is left alone."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..provider_ids import ASYNC_INVOKE_CONFIG, FUNCTION

_WRITTEN_EMPTY = (
    *("logConfig", "vpcConfig", "nasConfig", "ossMountConfig"),
    *("environmentVariables", "layers"),
)
"""What fc3 sends empty where a file does not have it, which the provider reads as set."""


def adopted(upload_code: bool = False) -> pulumi.ResourceOptions:
    """Give the options of an AsyncTask that was imported from the cloud.

    After an import the state holds neither the code of the function nor the qualifier of its
    asynchronous configuration, as the provider does not read them; and it holds, empty, what fc3
    sends empty. Compared with the program all of it would count as changed. It is left as it is in
    the cloud, and so is the rule by which lines become logs, for which AsyncTask has no argument.
    upload_code compares the code: the next `pulumi up` then uploads the archive of this program's
    folder, once, whether or not it has the same files as that of Serverless Devs.

    An import writes the function's environment into the state in clear, as it knows of no secret;
    with these options the first `pulumi up` encrypts it there.

    Take these options out of the program when Serverless Devs is out of use: one more update then
    writes the same values once.
    """

    def left_alone(args: pulumi.ResourceTransformArgs) -> "pulumi.ResourceTransformResult | None":
        ignored = _ignored(args.type_, args.props, upload_code)
        if not ignored:
            return None
        own = pulumi.ResourceOptions(
            ignore_changes=ignored,
            # An import knows of no secret: the next update encrypts what it has read.
            additional_secret_outputs=["environmentVariables"] if args.type_ == FUNCTION else None,
        )
        return pulumi.ResourceTransformResult(
            args.props, pulumi.ResourceOptions.merge(args.opts, own)
        )

    return pulumi.ResourceOptions(transforms=[left_alone])


def _ignored(type_: str, props: Mapping[str, Any], upload_code: bool) -> "list[str]":
    if type_ == ASYNC_INVOKE_CONFIG:
        return ["qualifier"]
    if type_ != FUNCTION:
        return []
    return [
        *([] if upload_code else ["code"]),
        *(name for name in _WRITTEN_EMPTY if props.get(name) is None),
        *(["logConfig.logBeginRule"] if props.get("logConfig") is not None else []),
    ]
