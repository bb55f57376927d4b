"""Pulumi stacks that are for localcloud, created where they are missing.

A fresh clone has the stack's file, with its settings and salt, and no stack: the state is in
localcloud's data folder, which is new. `pulumi stack init` makes it; it runs on a copy of the
project's two files, so that what git tracks is not touched.
"""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from localcloud.cli.project import Project, is_local, project_of


class StackNotCreated(Exception):
    """What `pulumi stack init` said."""


def create_missing(folder: Path, backend: Path, environment: Mapping[str, str]) -> list[str]:
    """Create the stacks of the project that `folder` is in; the names of those that were missing.

    `backend` is the folder of Pulumi's state, `environment` what the genuine `pulumi` runs with.
    Nothing happens outside a Pulumi project. Safe when two do it at once.
    """
    project = project_of(folder)
    if project is None or not project.name:
        return []
    missing = [
        stack
        for stack in _local_stacks(project)
        if not _state(backend, project.name, stack).exists()
    ]
    if not missing:
        return []
    backend.mkdir(parents=True, exist_ok=True)
    with (backend / "stack-init.lock").open("w") as lock:
        # another one could create the stack and begin an update, which a late init would wipe
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stack in missing:
            if not _state(backend, project.name, stack).exists():
                _init(project, stack, environment)
    return missing


def _local_stacks(project: Project) -> list[str]:
    """The stacks whose provider endpoints are all names under localcloud.invalid."""
    found: list[str] = []
    for stack in project.stacks():
        hosts = project.endpoints(project.stack_file(stack)).values()
        if hosts and all(is_local(host) for host in hosts):
            found.append(stack)
    return found


def _state(backend: Path, project: str, stack: str) -> Path:
    """Where Pulumi's file backend keeps a stack."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def _init(project: Project, stack: str, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="localcloud-stack-") as name:
        copy = Path(name)
        text = project.file.read_text()
        (copy / project.file.name).write_text(
            "\n".join(line for line in text.splitlines() if not line.startswith("stackConfigDir"))
        )
        stack_file = project.stack_file(stack)
        shutil.copyfile(stack_file, copy / stack_file.name)
        done = subprocess.run(
            ["pulumi", "stack", "init", stack, "--no-select", "--non-interactive", "--cwd", name],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0 and "already exists" not in done.stderr:
        reason = done.stderr.strip() or done.stdout.strip()
        raise StackNotCreated(f"the stack {stack} could not be created: {reason}")
