"""Run by a Python that has the wheel and what it asks for, and nothing else of this project.

Imports the package, runs a program with every component on Pulumi's mocks, and prints what it found
as JSON: versions, where the package is, and the types of what the program registered.
"""

import importlib.metadata
import json
from pathlib import Path
from typing import Any

import fc_async_tasks
import pulumi
from pulumi.runtime import mocks

ACCOUNT, REGION = "1234567890123456", "cn-hangzhou"
registered: "list[str]" = []


class Recording(mocks.Mocks):
    """Gives back what it is given, and the few things that a provider knows by itself."""

    def new_resource(self, args: mocks.MockResourceArgs) -> "tuple[str, dict[str, Any]]":
        """Note the resource's type, and give its inputs back as its outputs."""
        registered.append(args.typ)
        arn = f"acs:fc:{REGION}:{ACCOUNT}:functions/tried"
        return f"{args.name}-id", {**args.inputs, "arn": "acs:ram::1:role/r", "functionArn": arn}

    def call(self, args: mocks.MockCallArgs) -> Any:
        """Give account and region, all that the components ask for."""
        if args.token.endswith(":getAccount"):
            return {"id": ACCOUNT}
        return {"id": "1", "ids": [REGION], "regions": [{"id": REGION}]}


mocks.set_mocks(Recording(), preview=False, organization="team")


@pulumi.runtime.test
def program() -> "pulumi.Output[str]":
    """One AsyncTask, which makes every other component but the timer."""
    Path("code").mkdir()
    Path("code/index.py").write_text("def handler(event, context):\n    return event\n")
    task = fc_async_tasks.AsyncTask("tried", {"code_path": "code"})
    return task.function_arn


program()
package = Path(fc_async_tasks.__file__).parent
distribution = importlib.metadata.distribution("fc-async-tasks")
print(
    json.dumps(
        {
            "version": importlib.metadata.version("fc-async-tasks"),
            "importedVersion": fc_async_tasks.__version__,
            "package": str(package),
            "typed": (package / "py.typed").is_file(),
            "licenses": distribution.metadata.get_all("License-File") or [],
            "registered": sorted(registered),
        }
    )
)
