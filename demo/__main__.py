"""`python -m demo` tells the guide; `python -m demo destroy` takes everything down again, and
`python -m demo recover [--yes]` brings the stack back after an update that was cut off."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

from demo import local
from demo.alone import StackLocked, alone, require_unlocked
from demo.local import NotStarted
from demo.port import DEFAULT, PortRefused, port_named, require_usable
from demo.surroundings import undisturbed
from demo.telling import chapter, say, tell
from localcloud.server.folder import FolderRefused

ROOT = Path(__file__).resolve().parent.parent
STACK = "dev"


NOT_WHOLE = 4
"""Exit code of recovery where something was left alone that the next `pulumi up` would meet."""


class StepFailed(Exception):
    """A command of the demo ended with another exit code than 0; it has said why itself."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def run(port: int, *command: str, asks: bool = False) -> None:
    """Run a command of the demo as a reader would type it: behind `localcloud exec`.

    `asks`: it may ask the reader something.
    """
    exec_ = [str(local.PROGRAM), "exec", "--port", str(port), "--", *command]
    answers = None if asks else subprocess.DEVNULL
    with subprocess.Popen(exec_, cwd=ROOT, stdin=answers, env=undisturbed(os.environ)) as step:
        try:
            code = step.wait()
        except KeyboardInterrupt:
            step.wait()  # it was interrupted too: killed, it would leave the stack's lock behind
            raise
    if code != 0:
        raise StepFailed(f"`{' '.join(command)}` ended with exit code {code}", code)


def pulumi(port: int, data: Path, *words: str) -> None:
    """Run `pulumi WORDS --yes` on the demo's stack. Raises StackLocked where it is locked."""
    recover = hint("recover", port)
    require_unlocked(data, STACK, recover)
    try:
        run(port, "pulumi", *words, "--yes", "--skip-preview", "--stack", STACK)
    except StepFailed:
        require_unlocked(data, STACK, recover)  # it was locked in between, or it was killed now
        raise


def hint(target: str, port: int) -> str:
    """What a reader types: `make TARGET`, with the port where it is not the usual one."""
    return f"make {target}" if port == DEFAULT else f"make {target} PORT={port}"


def show(port: int, data: Path) -> None:
    """Serve, provision, invoke, follow, receive: the last line printed is the message."""
    started = monotonic()
    chapter("1/3", "a local Alibaba Cloud")
    local.start(port)
    chapter("2/3", f"pulumi up --stack {STACK}")
    tell(
        "     (The provider may warn of max_async_event_age: the guide's 48 hours are above\n"
        "     its own limit of 24, and not above Function Compute's. It is only a warning.)"
    )
    pulumi(port, data, "up")
    chapter("3/3", "the guide's task: it fails on purpose, and its message arrives")
    run(port, sys.executable, "-m", "demo.task", STACK, str(started))
    say(
        f"\nlocalcloud goes on running on port {port}, with the stack {STACK} on it: "
        f"`{hint('destroy', port)}` takes both down"
    )


def bring_back(port: int, *options: str) -> None:
    """Recover the stack on the local cloud, which is started if it was killed too."""
    local.start(port)
    recovery = (sys.executable, "-m", "fc_async_tasks.recovery", "--stack", STACK, *options)
    try:
        run(port, *recovery, asks=True)
    except StepFailed as step:
        if step.code != NOT_WHOLE:
            raise
        raise StepFailed(
            "the stack is not whole: what was left alone is named above; "
            f"`{hint('recover', port)} YES=1` takes it in",
            step.code,
        ) from None


def take_down(port: int, data: Path) -> None:
    """Destroy the stack and stop the local cloud."""
    local.start(port)
    pulumi(port, data, "destroy")
    local.stop(port)


def main(words: list[str]) -> int:
    """The exit code is 0, 1 (a step failed) or 130 (interrupted)."""
    try:
        port = port_named(os.environ)
    except PortRefused as refused:
        say(f"demo: {refused}")
        return 1
    try:
        require_usable(port)
        data = local.data_folder(port)
        with alone(data):
            if words == ["destroy"]:
                take_down(port, data)
            elif words[:1] == ["recover"]:
                bring_back(port, *words[1:])
            else:
                show(port, data)
    except (FolderRefused, PortRefused, NotStarted, StackLocked, StepFailed) as trouble:
        say(f"\ndemo: {trouble}")
        return 1
    except KeyboardInterrupt:
        down = hint("destroy", port)
        say(f"\ndemo: interrupted; run it again, or `{down}` to take everything down")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
