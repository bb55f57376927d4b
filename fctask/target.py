"""Which function, which queue and which logs the commands are about."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class TargetError(Exception):
    """There is no such stack, or it has not what is needed; the text says what to do."""


@dataclass(frozen=True)
class Target:
    """What a stack's outputs say of it. `queue_name`, `log_project` and `logstore` may be ""."""

    account_id: str
    region: str
    function_name: str
    queue_name: str = ""
    log_project: str = ""
    logstore: str = ""


def target_of_outputs(outputs: Mapping[str, object]) -> Target:
    """The target that these stack outputs describe.

    Raises TargetError when accountId, region or functionName is missing.
    """
    missing = [name for name in ("accountId", "region", "functionName") if not outputs.get(name)]
    if missing:
        raise TargetError(
            f"the stack has no output {', '.join(missing)}: is it up? "
            "Run `pulumi up`, or name the function yourself (--function, --region, --account)."
        )

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


def target_of_stack(stack: str, folder: Path) -> Target:
    """Ask `pulumi` for the outputs of a stack of the project in `folder`.

    Raises TargetError with Pulumi's own words when there is no such stack.
    """
    command = ["pulumi", "stack", "output", "--json", "--stack", stack]
    try:
        asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise TargetError(
            "pulumi was not found on PATH: run `make setup` and prefix the command with "
            "`localcloud exec --`, or name the function (--function, --region, --account)."
        ) from None
    if asked.returncode != 0:
        raise TargetError(f"stack {stack}: {asked.stderr.strip() or asked.stdout.strip()}")
    return target_of_outputs(json.loads(asked.stdout or "{}"))


def endpoint(name: str, default: str) -> str:
    """The endpoint from the environment (FCTASK_FC_ENDPOINT and the like), or the cloud's own."""
    return os.environ.get(name) or default
