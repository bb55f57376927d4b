"""A project of Serverless Devs in a folder of its own, converted by the command."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.e2e.stack import BIN, ROOT, Stack, run
from tests.ran import Ran
from tests.running_cloud import ACCOUNT_ID

COMMAND = [sys.executable, "-m", "fc_async_tasks.serverless_devs", "convert"]


class Project:
    """A folder with s.yaml and code/; `convert` makes the Pulumi project in infra/ of it."""

    def __init__(self, folder: Path, text: str) -> None:
        self.folder = folder
        self.code = folder / "code"
        shutil.copytree(ROOT / "function_code", self.code)
        (folder / "s.yaml").write_text(text)

    def convert(self, *options: str) -> Ran:
        """Run the command for the stack dev, whose provider is localcloud's."""
        placeholders = (f"accountid={ACCOUNT_ID}", "myqueue=results")
        replaced = [word for each in placeholders for word in ("--replace", each)]
        settings = ["--provider-settings", str(ROOT / "Pulumi.dev.yaml")]
        words = [*COMMAND, "s.yaml", "--out", "infra", "--stack", "dev", *replaced, *settings]
        return run([*words, *options], self.folder, {})

    def converted(self, *options: str) -> dict[str, Any]:
        """Run the command, which must succeed; its report."""
        ran = self.convert("--json", *options)
        assert ran.exit_code == 0, ran.text
        return json.loads(ran.stdout)

    def stack(self, port: int) -> Stack:
        """The stack of the converted project; its Python is the one that runs the tests."""
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return Stack(self.folder / "infra", port, environment={"PATH": path})
