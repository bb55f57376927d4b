"""One stack, through the `pulumi` command: its state out and in, refreshed, previewed, unlocked."""

import copy
import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fc_async_tasks.recovery.command import ended

Edited = TypeVar("Edited")

_LOCKED = "the stack is currently locked by"
_OTHER_UPDATE = "Another update is currently in progress"
_CUT_OFF = re.compile(r"\bEOF\b")
_LOCK_OWNER = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
_CREATES = ("create", "replace", "create-replacement")


@dataclass(frozen=True)
class LockOwner:
    """Who holds the stack's lock: the user, the machine's name, the process there, and since when
    (RFC 3339)."""

    user: str
    host: str
    pid: int
    since: str


class PulumiMissing(Exception):
    """There is no `pulumi` on PATH."""


class PulumiFailed(Exception):
    """A `pulumi` command ended with another exit code than 0; the text is what it said."""


class StateCutOff(PulumiFailed):
    """Something ended too early: perhaps a file of the state, cut off while it was written."""


class StateChanged(Exception):
    """The state is another one than that which was to be edited: an update ran meanwhile."""


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
    """The stack `name` of the Pulumi project in `folder`, driven by the `pulumi` on PATH.

    Each method raises PulumiMissing, PulumiFailed, StateCutOff, and Locked where it needs the lock.
    """

    folder: Path
    name: str

    def backend(self) -> str:
        """The address of the backend, such as file:///home/me/state."""
        return json.loads(self._said("whoami", "--json"))["url"]

    def export(self) -> dict[str, Any]:
        """The stack's state as `pulumi stack export` gives it, secrets encrypted."""
        return json.loads(self._run("stack", "export"))

    def put(self, state: Mapping[str, Any]) -> None:
        """Make `state`, which was exported and edited, the stack's, as `pulumi stack import` does.

        Raises StateChanged where the stack's state was written since: its manifest, which has the
        time of the writing, is another one.
        """
        written = self.export()["deployment"].get("manifest")
        if written != state["deployment"].get("manifest"):
            raise StateChanged(f"the state of {self.name} was written meanwhile")
        self._run("stack", "import", given=json.dumps(state))

    def edit(self, change: Callable[[dict[str, Any]], Edited]) -> Edited:
        """Have `change` edit the deployment of the stack's state as it is now; what it gives.

        Nothing is written where it changes nothing. Raises StateChanged as `put` does.
        """
        state = self.export()
        before = copy.deepcopy(state)
        edited = change(state["deployment"])
        if state != before:
            self.put(state)
        return edited

    def refresh(self) -> None:
        """`pulumi refresh`: read all that the state has from the cloud.

        Creates that were begun stay as they are.
        """
        self._run("refresh", "--yes", "--skip-preview")

    def refresh_with_program(self) -> None:
        """`pulumi refresh --run-program`: have the program's components and providers in the state.

        Of the cloud's resources that the state has none of, none is created (3.259.0).
        """
        self._run("refresh", "--yes", "--skip-preview", "--run-program")

    def cancel(self) -> None:
        """`pulumi cancel`: take the lock away."""
        self._run("cancel", "--yes")

    def planned(self) -> list[Mapping[str, Any]]:
        """The resources that `pulumi preview` would create, as they would stand in the state.

        Those that would replace others are among them.
        """
        steps = json.loads(self._run("preview", "--json"))["steps"]
        return [step["newState"] for step in steps if step["op"] in _CREATES]

    def _run(self, *words: str, given: str = "") -> str:
        return self._said(*words, "--stack", self.name, given=given)

    def _said(self, *words: str, given: str = "") -> str:
        pulumi = shutil.which("pulumi")
        if pulumi is None:
            raise PulumiMissing
        code, out, errors = ended([pulumi, *words, "--non-interactive"], self.folder, given)
        if code == 0:
            return out
        said = "\n".join(text for text in (out.strip(), errors.strip()) if text)
        if _LOCKED in said or _OTHER_UPDATE in said:
            raise Locked(said)
        command = " ".join(("pulumi", *words))
        failure = StateCutOff if _CUT_OFF.search(said) else PulumiFailed
        raise failure(f"`{command}` ended with {code}:\n{said}")
