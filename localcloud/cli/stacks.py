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
from typing import Any

from localcloud.wire.hosts import SUFFIX


class StackNotCreated(Exception):
    """What `pulumi stack init` said."""


def create_missing(folder: Path, backend: Path, environment: Mapping[str, str]) -> list[str]:
    """Create the stacks of the project that `folder` is in; the names of those that were missing.

    `backend` is the folder of Pulumi's state, `environment` what the genuine `pulumi` runs with.
    Nothing happens outside a Pulumi project. Safe when two do it at once.
    """
    project_file = _project_file(folder)
    if project_file is None:
        return []
    import yaml

    project = _mapping(yaml.safe_load(project_file.read_text()))
    name = str(project.get("name", ""))
    settings = project_file.parent / str(project.get("stackConfigDir", ""))
    missing = [
        stack
        for stack in _local_stacks(settings, project_file)
        if not _state(backend, name, stack).exists()
    ]
    if not name or not missing:
        return []
    backend.mkdir(parents=True, exist_ok=True)
    with (backend / "stack-init.lock").open("w") as lock:
        # another one could create the stack and begin an update, which a late init would wipe
        fcntl.flock(lock, fcntl.LOCK_EX)
        for stack in missing:
            if not _state(backend, name, stack).exists():
                _init(project_file, settings, stack, environment)
    return missing


def _project_file(folder: Path) -> Path | None:
    for parent in (folder, *folder.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (parent / name).is_file():
                return parent / name
    return None


def _local_stacks(settings: Path, project_file: Path) -> list[str]:
    """The stacks whose provider endpoints are all names under localcloud.invalid."""
    found: list[str] = []
    for path in sorted(settings.glob("Pulumi.*" + project_file.suffix)):
        text = path.read_text()
        if SUFFIX in text and _is_local(text):
            found.append(path.name[len("Pulumi.") : -len(path.suffix)])
    return found


def _is_local(text: str) -> bool:
    import yaml

    try:
        config = _mapping(_mapping(yaml.safe_load(text)).get("config"))
    except yaml.YAMLError:
        return False  # pulumi itself says what is wrong with it
    endpoints = config.get("alicloud:endpoints")
    if isinstance(endpoints, dict):
        endpoints = _mapping(endpoints).get("value", endpoints)
    if isinstance(endpoints, str):
        endpoints = yaml.safe_load(endpoints)
    names = [
        str(value)
        for entry in (endpoints if isinstance(endpoints, list) else [endpoints])
        for value in _mapping(entry).values()
    ]
    return bool(names) and all(name.endswith("." + SUFFIX) for name in names)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _state(backend: Path, project: str, stack: str) -> Path:
    """Where Pulumi's file backend keeps a stack."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def _init(project_file: Path, settings: Path, stack: str, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="localcloud-stack-") as name:
        copy = Path(name)
        text = project_file.read_text()
        (copy / project_file.name).write_text(
            "\n".join(line for line in text.splitlines() if not line.startswith("stackConfigDir"))
        )
        stack_file = f"Pulumi.{stack}{project_file.suffix}"
        shutil.copyfile(settings / stack_file, copy / stack_file)
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
