"""`python -m fc_async_tasks.recovery`: bring a stack back whose update was cut off."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from fc_async_tasks.recovery import (
    CannotLook,
    PulumiFailed,
    PulumiMissing,
    PulumiStack,
    Recovered,
    StillUpdating,
    recover,
)

NOT_WHOLE = 4
HELP = """\
Bring a Pulumi stack back whose update was cut off: the lock is taken away when its owner is gone,
and what the cloud created without Pulumi hearing of it is taken into the stack, so that the next
`pulumi up` goes on instead of ending in "already exists". Nothing in the cloud is changed.

exit codes: 0 the stack is whole again; 1 a pulumi command failed, or there is none; 2 wrong usage;
3 another update runs, or may run: wait for it; 4 something that the program would create is there
and was left alone, so `pulumi up` would fail; 130 interrupted, run it again
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run with `words` (sys.argv without them); the exit code, as `--help` lists them."""
    parser = argparse.ArgumentParser(
        prog="python -m fc_async_tasks.recovery",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-s", "--stack", required=True, help="the stack's name, such as dev")
    parser.add_argument(
        "-C", "--cwd", type=Path, default=Path(), help="the Pulumi project's folder (default: here)"
    )
    parser.add_argument("-y", "--yes", action="store_true", help="take in all that is found")
    parser.add_argument(
        "--unlock",
        action="store_true",
        help="take the lock away also where it can't be told whether its owner still runs",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    chosen = parser.parse_args(words)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # A background job of a script starts so, and so would the engine's first language host,
        # which the engine ends by SIGINT: each command took 5 s longer.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not chosen.cwd.is_dir():
        parser.error(f"--cwd: there is no folder {chosen.cwd}: name that of the Pulumi project")
    try:
        done = recover(
            PulumiStack(chosen.cwd, chosen.stack),
            ask=(lambda _: True) if chosen.yes else _ask,
            say=_say,
            unlock=chosen.unlock,
        )
    except StillUpdating as trouble:
        _say(str(trouble))
        return 3
    except (PulumiFailed, CannotLook) as trouble:
        _say(str(trouble))
        return 1
    except PulumiMissing:
        _say("there is no `pulumi` on PATH: install Pulumi, or add its folder to PATH")
        return 1
    except KeyboardInterrupt:
        _say("interrupted: nothing in the cloud was changed; run it again")
        return 130
    print(json.dumps(asdict(done)) if chosen.json else _told(chosen.stack, done))
    return NOT_WHOLE if done.left_alone else 0


def _ask(labels: Sequence[str]) -> bool:
    print(
        "The program would create these, and they are there already. If an update that was cut off "
        "created them, they are this stack's:",
        *labels,
        sep="\n  ",
        file=sys.stderr,
    )
    if not sys.stdin.isatty():
        _say("left alone, as nobody is here to ask; say --yes to take them in")
        return False
    print("take them into the stack? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _told(stack: str, done: Recovered) -> str:
    lines = [
        *(["the lock of the update that is gone was taken away"] if done.unlocked else []),
        *(f"taken in: {label}" for label in done.taken_in),
        *(f"not there, the next update creates it: {label}" for label in done.given_up),
        *(f"left alone: {label}" for label in done.left_alone),
        *(
            f"its creation was cut off, and it can't be looked up: see whether it is there: {label}"
            for label in done.unknown
        ),
        f"{stack} is whole: `pulumi up --stack {stack}` goes on from here"
        if not done.left_alone
        else f'{stack} is not whole: `pulumi up --stack {stack}` would end in "already exists". '
        "Take in what was left alone (--yes), give the program other names, or delete it",
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    print(f"recovery: {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
