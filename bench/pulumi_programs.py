"""Pulumi programs of the benchmark, each with a stack of its own on one localcloud."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import yaml

from tests.e2e.stack import BIN, ROOT, Stack

PROGRAMS = Path(__file__).with_name("programs")
_IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info")


class Program:
    """A copy of `programs/NAME` that runs on the localcloud at `port`, as the dev stack does."""

    def __init__(
        self, name: str, folder: Path, port: int, settings: Mapping[str, object] | None = None
    ) -> None:
        shutil.copytree(PROGRAMS / name, folder, ignore=_IGNORED)
        shutil.copytree(ROOT / "function_code", folder / "function_code", ignore=_IGNORED)
        (folder / ".venv").symlink_to(BIN.parent)
        project = f"bench-{folder.name}".replace("_", "-")
        document = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
        written = {"name": project, "runtime": document["runtime"]}
        (folder / "Pulumi.yaml").write_text(json.dumps(written))
        stack = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
        config = {
            key: value for key, value in stack["config"].items() if key.startswith("alicloud:")
        }
        config |= {f"{project}:{key}": value for key, value in (settings or {}).items()}
        (folder / "Pulumi.dev.yaml").write_text(json.dumps({**stack, "config": config}))
        self.stack = Stack(folder, port)

    def seconds(self, *words: str) -> float:
        """How long `pulumi WORDS` takes, which must succeed."""
        began = time.perf_counter()
        ran = self.stack.pulumi(*words)
        assert ran.exit_code == 0, ran.text
        return time.perf_counter() - began

    def up(self) -> float:
        """Seconds of `pulumi up`."""
        return self.seconds("up", "--yes", "--skip-preview")

    def preview(self) -> float:
        """Seconds of `pulumi preview` with nothing to change."""
        return self.seconds("preview", "--expect-no-changes")

    def destroy(self) -> float:
        """Seconds of `pulumi destroy`."""
        return self.seconds("destroy", "--yes", "--skip-preview")

    def resources(self) -> int:
        """How many resources of the provider the stack has."""
        ran = self.stack.pulumi("stack", "export")
        assert ran.exit_code == 0, ran.text
        found = json.loads(ran.stdout)["deployment"].get("resources", [])
        return sum(each["type"].startswith("alicloud:") for each in found)
