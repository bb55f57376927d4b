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
from localcloud.cli.leaving import warning
from localcloud.cli.pulumi_command import PulumiCommand
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
    pulumi = PulumiCommand.of(command)
    if environment["PULUMI_BACKEND_URL"] == own_backend(data):
        _create_stacks(pulumi, data, environment)
    if pulumi:
        leaving = warning(pulumi, Path.cwd(), environment)
        if leaving:
            print(f"localcloud: {leaving}", file=sys.stderr)
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
    """`environment_for`, with this project's engine and virtual environment first on PATH.

    A virtual environment that is active stays before this project's: it is the program's own.
    """
    from toolchain import find

    tools = find()
    path = [*_active(environ), Path(sysconfig.get_path("scripts"))]
    return environment_for(
        environ,
        port=port,
        data=data,
        first_on_path=[*tools.path_entries, *path] if tools else path,
        pulumi_home=tools.home if tools else None,
    )


def _active(environ: Mapping[str, str]) -> list[Path]:
    """Where the programs of the virtual environment are that is active, if one is."""
    folder = environ.get("VIRTUAL_ENV", "")
    programs = Path(folder) / "bin"
    on_path = str(programs) in environ.get("PATH", "").split(os.pathsep)
    return [programs] if folder and on_path else []


def _create_stacks(
    pulumi: PulumiCommand | None, data: Path, environment: Mapping[str, str]
) -> None:
    if pulumi and pulumi.makes_a_stack:
        return  # the user does it
    # the file backend wants its folder to be there
    (data / "pulumi").mkdir(parents=True, exist_ok=True)
    if shutil.which("pulumi", path=environment["PATH"]) is None:
        return
    folder = Path.cwd() / (pulumi.folder if pulumi else "")
    try:
        created = create_missing(folder, data / "pulumi", environment)
    except StackNotCreated as reason:
        raise CannotExecute(str(reason), 1) from None
    for stack in created:
        print(f"localcloud: created the stack {stack} in {data / 'pulumi'}", file=sys.stderr)
