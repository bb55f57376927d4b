"""Which function, which queue and which logs the commands are about."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fctask.errors import TargetError

_NEEDED = {"accountId": "account_id", "region": "region", "functionName": "function_name"}
"""The outputs that a stack must have, and the properties of AsyncTask that they are."""


@dataclass(frozen=True)
class Target:
    """What a stack's outputs say of it, or what was named by hand.

    `queue_name`, `log_project` and `logstore` may be "": fctask.function finds them out from the
    function's own configuration then.
    """

    account_id: str
    region: str
    function_name: str
    queue_name: str = ""
    log_project: str = ""
    logstore: str = ""


def target_of_outputs(outputs: Mapping[str, object]) -> Target:
    """The target that these stack outputs describe.

    Raises TargetError when accountId, region or functionName is missing: the stack is not up, or
    its program exports something else.
    """
    missing = [name for name in _NEEDED if not outputs.get(name)]
    if missing:
        raise TargetError(_without(missing, list(outputs)))

    def text(name: str) -> str:
        return str(outputs.get(name) or "")

    return Target(
        account_id=text("accountId"),
        region=text("region"),
        function_name=text("functionName"),
        queue_name=text("queueName"),
        log_project=text("logProject"),
        logstore=text("logstore"),
    )


def _without(missing: Sequence[str], exported: Sequence[str]) -> str:
    """The sentence for outputs that are missing, with the lines that a program lacks."""
    lines = "".join(f'\n  pulumi.export("{name}", task.{_NEEDED[name]})' for name in missing)
    if exported:
        why = f"the stack exports {', '.join(exported)}, but no {', '.join(missing)}. Add"
    else:
        why = "the stack has no outputs. If it is not up, run `pulumi up`; if it is, add"
    return (
        f"{why} to its program (an AsyncTask called task here), and run `pulumi up`:{lines}\n"
        "Or name the function yourself (--function, --region, --account)."
    )


def target_of_stack(stack: str, folder: Path, *, fresh: bool = True) -> Target:
    """The target of a stack of the Pulumi project that `folder` is in.

    `fresh` False allows outputs that are up to a minute old, where asking Pulumi takes a second.
    Raises NoSuchStack with Pulumi's own words, or TargetError.
    """
    from fctask.stacks import outputs_of

    return target_of_outputs(outputs_of(stack, folder, fresh=fresh))


def endpoint(name: str, default: str) -> str:
    """The endpoint from the environment (FCTASK_FC_ENDPOINT and the like), or the cloud's own."""
    return os.environ.get(name) or default
