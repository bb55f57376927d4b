"""Outputs of a stack, without waiting for `pulumi` where that can be had honestly.

`pulumi stack output` takes a second or more. Where the backend is a folder (PULUMI_BACKEND_URL is
file://...), the outputs are read from the very file that `pulumi` reads, so they are never older
than Pulumi's own answer. Otherwise `pulumi` is asked, and its answer kept for a minute, for the
commands that only look (`fresh=False`); those that act ask anew each time.
"""

import hashlib
import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from fctask.errors import NoSuchStack, TargetError

KEPT = 60.0  # seconds that an answer of `pulumi stack output` serves commands that only look
_STACK_TYPE = "pulumi:pulumi:Stack"
_SECRET = "4dabf18193072939515e22adb298388d"  # noqa: S105 - the key that marks Pulumi's special values


def outputs_of(stack: str, folder: Path, *, fresh: bool = True) -> dict[str, Any]:
    """The outputs of `stack` in the Pulumi project that `folder` is in.

    Raises NoSuchStack with Pulumi's own words, or where there is no project; TargetError where
    `pulumi` itself is missing.
    """
    found = _from_state_file(stack, folder)
    if found is not None:
        return found
    kept = _kept_file(stack, folder)
    if not fresh and (remembered := _remembered(kept)) is not None:
        return remembered
    outputs = _asked(stack, folder)
    _remember(kept, outputs)
    return outputs


@dataclass(frozen=True)
class StackResource:
    """A resource of a stack: its URN, Pulumi's type token, its name, and the cloud's id for it.

    `parent` and `needs` are URNs; `needs` are the resources that it depends on.
    """

    urn: str
    type: str
    name: str
    id: str
    parent: str
    needs: tuple[str, ...]


def resources_of(stack: str, folder: Path) -> list[StackResource]:
    """The resources of a stack in the order in which they were made; no values of theirs.

    Raises NoSuchStack with Pulumi's own words, TargetError where `pulumi` itself is missing.
    """
    found = _state_of(stack, folder)
    if found is None:
        exported = json.loads(_pulumi(stack, folder, "stack", "export") or "{}")
        found = (exported.get("deployment") or {}).get("resources") or []
    return [
        StackResource(
            urn=one["urn"],
            type=one["type"],
            name=one["urn"].rpartition("::")[2],
            id=str(one.get("id") or ""),
            parent=one.get("parent") or "",
            needs=tuple(dict.fromkeys(one.get("dependencies") or [])),
        )
        for one in found
        if not one.get("delete")  # replaced, and about to go
    ]


def project_file(folder: Path) -> Path | None:
    """The Pulumi.yaml that `folder` is under, or None."""
    for parent in (folder, *folder.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (parent / name).is_file():
                return parent / name
    return None


def _from_state_file(stack: str, folder: Path) -> dict[str, Any] | None:
    """The outputs from a folder backend's state; None where only `pulumi` can tell."""
    resources = _state_of(stack, folder)
    if resources is None:
        return None
    for resource in resources:
        if resource.get("type") == _STACK_TYPE:
            outputs: dict[str, Any] = resource.get("outputs") or {}
            return None if _SECRET in json.dumps(outputs) else outputs
    return {}  # a stack with nothing in it: it is not up


def _state_of(stack: str, folder: Path) -> list[dict[str, Any]] | None:
    """The resources in a folder backend's state; None where only `pulumi` can tell."""
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    project = project_file(folder)
    if not backend.startswith("file://") or project is None:
        return None
    name = _project_name(project.read_text())
    short = stack.rpartition("/")[2]  # organization/project/stack; a folder has no organizations
    if (
        name is None
        or stack.count("/") == 1
        or (stack.count("/") == 2 and f"/{name}/" not in stack)
    ):
        return None
    root = Path(unquote(urlsplit(backend).path)).expanduser()
    state = root / ".pulumi" / "stacks" / name / f"{short}.json"
    try:
        checkpoint = json.loads(state.read_bytes())["checkpoint"]
    except (OSError, ValueError, KeyError):
        return None  # not there, compressed, or of another layout
    return (checkpoint.get("latest") or {}).get("resources") or []


def _project_name(text: str) -> str | None:
    found = re.search(
        r"^name:[ \t]*[\"']?([A-Za-z0-9_.-]+)[\"']?[ \t]*(?:#.*)?$", text, re.MULTILINE
    )
    return found[1] if found else None


def _asked(stack: str, folder: Path) -> dict[str, Any]:
    return json.loads(_pulumi(stack, folder, "stack", "output", "--json") or "{}")


def _pulumi(stack: str, folder: Path, *words: str) -> str:
    if project_file(folder) is None and stack.count("/") < 2:
        raise NoSuchStack(
            f"stack {stack}: there is no Pulumi project (no Pulumi.yaml) in {folder} or above it. "
            "Run this in the project's folder, name the stack in full "
            "(organization/project/stack), or name the function yourself "
            "(--function, --region, --account).",
            stack=stack,
        )
    command = ["pulumi", *words, "--stack", stack, "--non-interactive"]
    try:
        asked = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise TargetError(
            "pulumi was not found on PATH: run `make setup` and prefix the command with "
            "`localcloud exec --`, or name the function (--function, --region, --account)."
        ) from None
    if asked.returncode != 0:
        said = asked.stderr.strip() or asked.stdout.strip()
        raise NoSuchStack(f"stack {stack}: {said.removeprefix('error: ')}", stack=stack)
    return asked.stdout


def _kept_file(stack: str, folder: Path) -> Path:
    """Where an answer is kept: one file for each backend, login, project and stack."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        login = (home / "credentials.json").stat().st_mtime_ns
    except OSError:
        login = 0
    project = project_file(folder)
    name = "\n".join(
        [os.environ.get("PULUMI_BACKEND_URL", ""), str(login), str(project or folder), stack]
    )
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "fctask" / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.json"


def _remembered(kept: Path) -> dict[str, Any] | None:
    try:
        age = time.time() - kept.stat().st_mtime
        return json.loads(kept.read_bytes()) if 0 <= age < KEPT else None
    except (OSError, ValueError):
        return None


def _remember(kept: Path, outputs: Mapping[str, Any]) -> None:
    """Keep an answer; a home that cannot be written to only makes the next command slower."""
    new = kept.with_name(f"{kept.name}.{os.getpid()}")
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.touch(mode=0o600)
        new.write_text(json.dumps(outputs))
        new.replace(kept)
    except OSError:
        return
