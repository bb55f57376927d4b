"""`localcloud exec -- CMD`: become CMD, in an environment that leads to localcloud."""

import os
import shutil
import signal
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from localcloud.cli.environment import environment_for, own_backend
from localcloud.cli.server_calls import call
from localcloud.cli.stacks import StackNotCreated, create_missing

NOT_FOUND = 127


class CannotExecute(Exception):
    """Why CMD was not started."""

    def __init__(self, sentence: str, exit_code: int) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


def execute(command: Sequence[str], port: int) -> NoReturn:
    """Replace this process with CMD, so that signals and the exit code are CMD's own.

    Raises NotRunning when no localcloud answers on the port, CannotExecute.
    """
    health = call(port, "GET", "health")
    data = Path(str(health["data"]))
    environment = environment_with_toolchain(os.environ, port, data)
    program = shutil.which(command[0], path=environment["PATH"])
    if program is None:
        advice = ": run `make setup`, or install Pulumi" if command[0] == "pulumi" else ""
        raise CannotExecute(f"{command[0]} was not found{advice}", NOT_FOUND)
    if environment["PULUMI_BACKEND_URL"] == own_backend(data):
        _create_stacks(command, data, environment)
    if _is_pulumi(command):
        # `make demo &` in a script starts with SIGINT ignored, and so would the engine's first
        # language host, which the engine ends by SIGINT: each up and preview took 5 s longer. The
        # engine itself takes Ctrl-C in either case.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execve(program, list(command), environment)
    except OSError as error:
        raise CannotExecute(f"{program} could not be run: {error.strerror}", 126) from None


def environment_with_toolchain(environ: Mapping[str, str], port: int, data: Path) -> dict[str, str]:
    """`environment_for`, with this project's engine and virtual environment first on PATH."""
    from toolchain import find

    tools = find()
    path = [Path(sysconfig.get_path("scripts"))]
    return environment_for(
        environ,
        port=port,
        data=data,
        first_on_path=[*tools.path_entries, *path] if tools else path,
        pulumi_home=tools.home if tools else None,
    )


def _create_stacks(command: Sequence[str], data: Path, environment: Mapping[str, str]) -> None:
    arguments = list(command[1:])
    is_pulumi = _is_pulumi(command)
    if is_pulumi and arguments[:2] == ["stack", "init"]:
        return  # the user does it
    # the file backend wants its folder to be there
    (data / "pulumi").mkdir(parents=True, exist_ok=True)
    if shutil.which("pulumi", path=environment["PATH"]) is None:
        return
    folder = Path.cwd()
    if is_pulumi:
        folder = folder / _working_folder(arguments)
    try:
        created = create_missing(folder, data / "pulumi", environment)
    except StackNotCreated as reason:
        raise CannotExecute(str(reason), 1) from None
    for stack in created:
        print(f"localcloud: created the stack {stack} in {data / 'pulumi'}", file=sys.stderr)


def _is_pulumi(command: Sequence[str]) -> bool:
    return Path(command[0]).name == "pulumi"


def _working_folder(arguments: Sequence[str]) -> str:
    """What `pulumi -C FOLDER` or `--cwd FOLDER` says, "" without it."""
    for at, argument in enumerate(arguments):
        if argument in ("-C", "--cwd") and at + 1 < len(arguments):
            return arguments[at + 1]
        if argument.startswith("--cwd="):
            return argument.partition("=")[2]
    return ""
