"""The shell steps of a GitHub Actions job, run in order in a clone, with what GitHub gives them.

What is needed of the workflow language is here and nothing more: `run` steps with their `env`,
expressions that are a name of a context, `if` with always() or !cancelled(), outcomes, and the
files GITHUB_ENV, GITHUB_PATH, GITHUB_OUTPUT and GITHUB_STEP_SUMMARY. Anything else is an error.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.ran import Ran

_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
_EVEN_AFTER_A_FAILURE = ("${{ always() }}", "${{ !cancelled() }}")
LONGEST_STEP = 120  # seconds: a hang is a failure, not a wait


def workflow(file: Path) -> dict[str, Any]:
    """A workflow file; its `on` stands under "on", which YAML 1.1 takes for a truth value."""
    read: dict[Any, Any] = yaml.safe_load(file.read_text())
    return {"on": read.pop(True), **read}


@dataclass
class Job:
    """One job of a workflow, in a folder where the repository is checked out.

    `context` are the values of expressions such as github.token. `environment` is what every step
    starts from.
    """

    folder: Path
    temp: Path
    steps: list[dict[str, Any]]
    event: Mapping[str, Any]
    context: dict[str, str]
    environment: dict[str, str]
    ran: dict[str, Ran] = field(default_factory=dict[str, Ran])

    def run(self) -> bool:
        """Run its `run` steps; whether all of them succeeded."""
        event = self.temp / "event.json"
        event.write_text(json.dumps(self.event))
        files = {
            f"GITHUB_{name}": self.temp / name.lower()
            for name in ("ENV", "PATH", "OUTPUT", "STEP_SUMMARY")
        }
        self.environment.update(
            {name: str(path) for name, path in files.items()},
            GITHUB_ACTIONS="true",
            GITHUB_EVENT_PATH=str(event),
            GITHUB_WORKSPACE=str(self.folder),
            RUNNER_TEMP=str(self.temp),
        )
        for path in files.values():
            path.touch()
        success = True
        for step in self.steps:
            if "run" not in step:
                continue  # an action of others: what it sets up is here already
            when = step.get("if")
            assert when in (None, *_EVEN_AFTER_A_FAILURE), step
            if not success and when is None:
                outcome = "skipped"
            else:
                outcome = "success" if self._step(step) else "failure"
                success = success and outcome == "success"
            if "id" in step:
                self.context[f"steps.{step['id']}.outcome"] = outcome
            self._read(files["GITHUB_ENV"], files["GITHUB_PATH"])
        return success

    def summary(self) -> str:
        """What the steps wrote to the job's summary."""
        return (self.temp / "step_summary").read_text()

    def _step(self, step: Mapping[str, Any]) -> bool:
        assert "${{" not in step["run"], f"an expression in a script: {step}"
        own = {name: self._value(str(value)) for name, value in step.get("env", {}).items()}
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        said = self.temp / f"{len(self.ran)}.log"
        # a file and not a pipe: what a step leaves running in the background would keep it open
        with said.open("w") as output:
            ended = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=self.folder,
                env={**self.environment, **own},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=LONGEST_STEP,
                check=False,
            )
        self.ran[step["name"]] = Ran(ended.returncode, said.read_text(), "")
        return ended.returncode == 0

    def _value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.context[found[1]], text)

    def _read(self, environment: Path, path: Path) -> None:
        for line in environment.read_text().splitlines():
            name, _, value = line.partition("=")
            self.environment[name] = value
        added = path.read_text().split()
        path.write_text("")
        first = os.pathsep.join(reversed(added))
        if first:
            self.environment["PATH"] = f"{first}{os.pathsep}{self.environment['PATH']}"
