"""One stack, through the `pulumi` command: its state out and in, refreshed, previewed, unlocked."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LOCKED = "the stack is currently locked by"
_OTHER_UPDATE = "Another update is currently in progress"
_LOCK_OWNER = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")


@dataclass(frozen=True)
class LockOwner:
    """Who holds the stack's lock: the user, the machine's name, the process there, and since when
    (RFC 3339)."""

    user: str
    host: str
    pid: int
    since: str


class PulumiFailed(Exception):
    """A `pulumi` command ended with another exit code than 0; the text is what it said."""


class Locked(Exception):
    """The stack is locked. `owners` are known where the backend tells them (file, S3, OSS ...)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.owners = [
            LockOwner(user, host, int(pid), since)
            for user, host, pid, since in _LOCK_OWNER.findall(text)
        ]


@dataclass(frozen=True)
class PulumiStack:
    """The stack `name` of the Pulumi project in `folder`, driven by the `pulumi` on PATH."""

    folder: Path
    name: str

    def export(self) -> dict[str, Any]:
        """The stack's state as `pulumi stack export` gives it, secrets encrypted."""
        return json.loads(self._run("stack", "export"))

    def put(self, state: Mapping[str, Any]) -> None:
        """Make `state` the stack's, as `pulumi stack import` does."""
        self._run("stack", "import", given=json.dumps(state))

    def refresh(self) -> None:
        """`pulumi refresh`: resources that are being imported are looked for on the way."""
        self._run("refresh", "--yes", "--skip-preview")

    def cancel(self) -> None:
        """`pulumi cancel`: take the lock away."""
        self._run("cancel", "--yes")

    def planned(self) -> list[Mapping[str, Any]]:
        """The resources that `pulumi preview` would create, as they would stand in the state."""
        steps = json.loads(self._run("preview", "--json"))["steps"]
        return [step["newState"] for step in steps if step["op"] == "create"]

    def _run(self, *words: str, given: str | None = None) -> str:
        command = ["pulumi", *words, "--stack", self.name, "--non-interactive"]
        ended = subprocess.run(
            command,
            cwd=self.folder,
            input=given if given is not None else "",
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode == 0:
            return ended.stdout
        said = "\n".join(text for text in (ended.stdout.strip(), ended.stderr.strip()) if text)
        if _LOCKED in said or _OTHER_UPDATE in said:
            raise Locked(said)
        raise PulumiFailed(f"`{' '.join(command)}` ended with {ended.returncode}:\n{said}")
