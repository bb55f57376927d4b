"""completion: the script that teaches a shell fctask's commands and options."""

import json
from enum import Enum
from typing import Annotated

import typer


class Shell(str, Enum):
    """The shells that typer has a script for, and people use."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("completion")(completion)


def completion(
    shell: Annotated[Shell, typer.Argument()],
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Print the shell's completion script: `eval "$(fctask completion bash)"` in its start file."""
    from typer.completion import (
        get_completion_script,  # pyright: ignore[reportPrivateImportUsage]
    )

    script = get_completion_script(
        prog_name="fctask", complete_var="_FCTASK_COMPLETE", shell=shell.value
    )
    print(json.dumps({"shell": shell.value, "script": script}) if as_json else script)
