"""The command line `fctask`."""

import gc
import os
import sys
from contextlib import suppress
from typing import cast


def main() -> None:
    """Entry point of the command."""
    gc.set_threshold(50_000)  # a start makes many objects, and all of them stay: 20 ms less
    code = run(sys.argv[1:])
    with suppress(BrokenPipeError):
        sys.stdout.flush()
        sys.stderr.flush()
    # all is written and no thread is left: taking the SDKs' thousand modules apart costs 60 ms
    os._exit(code)


def run(words: list[str]) -> int:
    """Run a command line; its exit code."""
    import typer

    from fctask.cli.app import app
    from fctask.cli.exit_codes import USAGE
    from fctask.cli.session import UsageProblem, complain

    # the class above BadParameter, for which typer has no name of its own
    wrong_usage = cast("type[Exception]", typer.BadParameter.__bases__[0])
    try:
        return app(args=words, prog_name="fctask", standalone_mode=False) or 0
    except wrong_usage as wrong:
        sentence = getattr(wrong, "format_message", wrong.__str__)
        told = UsageProblem(str(sentence()))
        if not str(told):  # no command at all: its help is told already
            return USAGE
        code = complain(told, USAGE, "--json" in words)
        if "--json" not in words:
            print("fctask --help, or fctask COMMAND --help, tells what there is", file=sys.stderr)
        return code
    except typer.Abort:
        return 130
