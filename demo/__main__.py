"""`python -m demo` tells the guide; `python -m demo destroy` takes everything down again, and
`python -m demo recover [--yes]` brings the stack back after an update that was cut off."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

from demo import local
from demo.local import NotStarted
from demo.telling import chapter, say

ROOT = Path(__file__).resolve().parent.parent
STACK = "dev"


class StepFailed(Exception):
    """A command of the demo ended with another exit code than 0; it has said why itself."""


def run(port: int, *command: str, asks: bool = False) -> None:
    """Run a command of the demo as a reader would type it: behind `localcloud exec`.

    `asks`: it may ask the reader something.
    """
    exec_ = [str(local.PROGRAM), "exec", "--port", str(port), "--", *command]
    answers = None if asks else subprocess.DEVNULL
    with subprocess.Popen(exec_, cwd=ROOT, stdin=answers) as step:
        try:
            code = step.wait()
        except KeyboardInterrupt:
            step.wait()  # it was interrupted too: killed, it would leave the stack's lock behind
            raise
    if code != 0:
        raise StepFailed(f"`{' '.join(command)}` ended with exit code {code}")


def tell(port: int) -> None:
    """Serve, provision, invoke, follow, receive: the last line printed is the message."""
    started = monotonic()
    chapter("1/3", "a local Alibaba Cloud")
    local.start(port)
    chapter("2/3", f"pulumi up --stack {STACK}")
    run(port, "pulumi", "up", "--yes", "--skip-preview", "--stack", STACK)
    chapter("3/3", "the guide's task: it fails on purpose, and its message arrives")
    run(port, sys.executable, "-m", "demo.task", STACK, str(started))


def bring_back(port: int, *options: str) -> None:
    """Recover the stack on the local cloud, which is started if it was killed too."""
    local.start(port)
    recovery = (sys.executable, "-m", "fc_async_tasks.recovery", "--stack", STACK, *options)
    run(port, *recovery, asks=True)


def take_down(port: int) -> None:
    """Destroy the stack and stop the local cloud."""
    local.start(port)
    run(port, "pulumi", "destroy", "--yes", "--skip-preview", "--stack", STACK)
    local.stop(port)


def main(words: list[str]) -> int:
    """The exit code is 0, 1 (a step failed) or 130 (interrupted)."""
    port = int(os.environ.get("LOCALCLOUD_PORT", "8321"))
    try:
        if words == ["destroy"]:
            take_down(port)
        elif words[:1] == ["recover"]:
            bring_back(port, *words[1:])
        else:
            tell(port)
    except (NotStarted, StepFailed) as trouble:
        say(f"\ndemo: {trouble}")
        return 1
    except KeyboardInterrupt:
        say("\ndemo: interrupted; run it again, or `make destroy` to take everything down")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
