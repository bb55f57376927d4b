"""The command line, put together. Only typer is imported until a command runs."""

from typing import Annotated

import typer

from fctask.cli import (
    completing,
    invoking,
    log_lines,
    looking,
    operating,
    queue,
    redriving,
    serving,
    watching,
)
from fctask.cli.exit_codes import EPILOG

app = typer.Typer(
    help="Observe and operate asynchronous tasks of Function Compute, on Alibaba Cloud and on "
    "localcloud alike.",
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(version("fc-async-tasks-workspace"))
        raise typer.Exit


@app.callback()
def _whole(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    pass


for room in (
    invoking,
    looking,
    watching,
    log_lines,
    operating,
    queue,
    redriving,
    serving,
    completing,
):
    room.register(app)
