"""The warning of `localcloud exec -- pulumi ...` where the provider's calls would leave here.

Only HTTP is led to localcloud: HTTPS_PROXY would take the internet from uv and pip as well. So what
keeps the provider here is its stack's file, and one without endpoints sends it to Alibaba Cloud.
"""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from localcloud.cli.project import Project, is_local, project_of, read
from localcloud.cli.pulumi_command import PulumiCommand
from localcloud.cli.settings import ENDPOINTS

_BRIEFLY = 10  # s for `pulumi stack`, which takes 0.3


def warning(command: PulumiCommand, start: Path, environment: Mapping[str, str]) -> str | None:
    """A sentence where the command's stack lacks endpoints of localcloud, None where all is well.

    `start` is the folder it is run in, `environment` what the genuine `pulumi` runs with. Whether
    the program has anything of alicloud nobody knows before it runs, so the sentence says "if".
    """
    folder = start / command.folder
    project = project_of(folder)
    if project is None or not command.calls_the_provider:
        return None
    if command.config_file:
        return _about(project, folder / command.config_file, start)
    stack = command.stack or environment.get("PULUMI_STACK", "").rpartition("/")[2]
    if not stack:
        lacking = [_lacking(project, project.stack_file(stack)) for stack in project.stacks()]
        if lacking and not any(lacking):
            return None
        stack = _selected(folder, environment)
        if not stack:  # pulumi asks which, or whether to make one
            return None if [] in lacking else _about(project, project.stack_file("dev"), start)
    return _about(project, project.stack_file(stack), start)


def _about(project: Project, stack_file: Path, start: Path) -> str | None:
    lacking = _lacking(project, stack_file)
    if not lacking:
        return None
    name = os.path.relpath(stack_file, start)
    which = "" if len(lacking) == len(ENDPOINTS) else f" for {', '.join(lacking)}"
    if "config" in read(stack_file):
        remedy = "put what `localcloud settings` prints under its `config:`"
    else:
        remedy = f"`localcloud settings >> {shlex.quote(name)}`"
    there = f"{name} names" if stack_file.exists() else f"there is no {name} that names"
    an_endpoint = "no endpoint" if stack_file.exists() else "an endpoint"
    return (
        f"{there} {an_endpoint} of localcloud{which}: if the program uses alicloud, it calls the "
        f"real Alibaba Cloud; for a stack on localcloud, {remedy}"
    )


def _lacking(project: Project, stack_file: Path) -> list[str]:
    """The keys of localcloud's endpoints that are missing there, or lead elsewhere."""
    named = project.endpoints(stack_file)
    return [key for key in ENDPOINTS if not is_local(named.get(key, ""))]


def _selected(folder: Path, environment: Mapping[str, str]) -> str:
    """The stack that `pulumi stack select` has chosen; "" without one."""
    from toolchain.process import ask

    told = ask(
        ["pulumi", "stack", "--show-name", "--non-interactive"], environment, _BRIEFLY, folder
    )
    return (told or "").rpartition("/")[2]  # what it is that fails, the command itself will say
