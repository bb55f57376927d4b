"""A copy of the project in a folder of its own, driven by the genuine `pulumi`."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ran import Ran

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROGRAM_FILES = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py")
PROGRAM_FOLDERS = ("components", "function_code")
LONGEST_RUN = 180  # seconds for one pulumi command: a hang is a failure, not a wait


def copy_program(folder: Path, checkout: Path = ROOT) -> Path:
    """The program as a fresh clone of `checkout` has it, in `folder`, the environment linked."""
    folder.mkdir(parents=True)
    for name in PROGRAM_FILES:
        shutil.copy(checkout / name, folder / name)
    for name in PROGRAM_FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "venv", "build")
        shutil.copytree(checkout / name, folder / name, ignore=ignored)
    (folder / ".venv").symlink_to(BIN.parent)
    return folder


@dataclass
class Stack:
    """The dev stack on one localcloud. `settings` are this test's changes of the configuration."""

    folder: Path
    port: int
    name: str = "dev"
    environment: Mapping[str, str] = field(default_factory=dict[str, str])

    def exec(self, *command: str) -> Ran:
        """Run a command behind `localcloud exec`."""
        return run(
            [str(BIN / "localcloud"), "exec", "--port", str(self.port), "--", *command],
            self.folder,
            self.environment,
        )

    def pulumi(self, *words: str) -> Ran:
        """Run `pulumi WORDS --stack NAME` behind `localcloud exec`."""
        return self.exec("pulumi", *words, "--stack", self.name, "--non-interactive")

    def set(self, setting: str, value: str) -> None:
        """Change one setting in the copy's stack file."""
        changed = self.pulumi("config", "set", setting, value)
        assert changed.exit_code == 0, changed.text

    def set_all(self, **settings: str) -> None:
        """Change several settings in the copy's stack file."""
        pairs = [
            word for name, value in settings.items() for word in ("--plaintext", f"{name}={value}")
        ]
        changed = self.pulumi("config", "set-all", *pairs)
        assert changed.exit_code == 0, changed.text

    def up(self, *options: str) -> Ran:
        """`pulumi up`, which must succeed."""
        ran = self.pulumi("up", "--yes", "--skip-preview", *options)
        assert ran.exit_code == 0, ran.text
        return ran

    def destroy(self) -> Ran:
        """`pulumi destroy`, which must succeed."""
        ran = self.pulumi("destroy", "--yes", "--skip-preview")
        assert ran.exit_code == 0, ran.text
        return ran

    def preview(self) -> Mapping[str, int]:
        """`pulumi preview`'s count of steps by kind: {"create": 14} or {"same": 15}."""
        ran = self.pulumi("preview", "--json")
        assert ran.exit_code == 0, ran.text
        return json.loads(ran.stdout)["changeSummary"]

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        ran = self.pulumi("stack", "output", "--json")
        assert ran.exit_code == 0, ran.text
        return json.loads(ran.stdout)


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> Ran:
    """Run a command in `folder`, with changes to this process's environment."""
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)
