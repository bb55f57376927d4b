"""An example, as its README has it: the commands are read from there and run as they stand."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.stack import BIN, Ran, run

PREFIX = ["localcloud", "exec", "--"]
EXIT_CODES = {("guide", "invoke"): 10}
"""Commands that do not end with 0: the guide's task fails, as it should."""


@dataclass(frozen=True)
class Command:
    """One line of a README: what stands behind `localcloud exec --`, and where it is run."""

    words: tuple[str, ...]
    folder: Path

    def is_pulumi(self, verb: str) -> bool:
        return self.words[:2] == ("pulumi", verb)


@dataclass
class Life:
    """What an example's commands said, in their order."""

    ran: list[tuple[Command, Ran]] = field(default_factory=list[tuple[Command, Ran]])

    def of(self, *words: str) -> list[Ran]:
        """What the commands that begin with these words said."""
        return [ran for command, ran in self.ran if command.words[: len(words)] == words]

    def messages(self) -> list[dict[str, Any]]:
        """The messages that were received, each as the document that it holds."""
        received = [json.loads(ran.stdout)["messages"] for ran in self.of("fctask", "messages")]
        return [one["body"] for some in received for one in some]


def commands_of(example: Path) -> list[Command]:
    """The commands in the example's README."""
    block = (example / "README.md").read_text().split("```")[1]
    folder, found = example, list[Command]()
    for line in block.strip().splitlines():
        words = shlex.split(line)
        if words[0] == "cd":
            folder = (folder / words[1]).resolve()
            continue
        if words[0] != "python":
            assert words[:3] == PREFIX, f"{example.name}: the README has {line!r}"
            words = words[3:]
        found.append(Command(tuple(words), folder))
    return found


def live(example: Path, port: int, environment: Mapping[str, str] | None = None) -> Life:
    """Run the README's commands from up to destroy, as they stand there."""
    life = Life()
    commands = commands_of(example)
    try:
        for command in commands:
            ran = execute(command, port, environment)
            life.ran.append((command, ran))
            assert ran.exit_code == EXIT_CODES.get((example.name, command.words[1]), 0), ran.text
    except BaseException:
        for command in commands:
            if command.is_pulumi("destroy"):
                execute(command, port, environment)
        raise
    return life


def execute(command: Command, port: int, environment: Mapping[str, str] | None = None) -> Ran:
    """Run a command as a script would: nobody answers, and fctask gives its documents."""
    words = list(command.words)
    if command.words[0] == "fctask":
        words.append("--json")
    elif command.words[1] in ("up", "destroy"):
        words += ["--yes", "--skip-preview", "--non-interactive"]
    localcloud = [str(BIN / "localcloud"), "exec", "--port", str(port), "--"]
    return run([*localcloud, *words], command.folder, environment or {})
