"""A folder with an s.yaml, converted in this process; and its program run on mocks."""

import json
import os
import runpy
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from fc_async_tasks.serverless_devs import Conversion, convert
from fc_async_tasks.serverless_devs.project_files import Project, project, write
from pulumi.runtime import rpc

from tests.unit.components.deployment import Deployment, deploy_on_mocks

ACCOUNT = "1234567890123456"


class Sample:
    """A project of Serverless Devs in `folder`, with these environment variables."""

    def __init__(self, folder: Path, text: str, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.file = folder / "s.yaml"
        self.file.write_text(textwrap.dedent(text))
        self.environment = environment

    def code(self, *folders: str) -> "Sample":
        """Put the guide's handler into these folders."""
        for each in folders:
            (self.folder / each).mkdir(parents=True, exist_ok=True)
            handler = "def handler(event, context):\n    return event\n"
            (self.folder / each / "index.py").write_text(handler)
            (self.folder / each / "index.js").write_text("exports.handler = () => 1\n")
        return self

    def converted(self, **options: Any) -> Conversion:
        """Convert it for the account of the tests."""
        wanted: dict[str, Any] = {
            "account": ACCOUNT,
            "environment": self.environment,
            "replace": {"accountid": ACCOUNT, "myqueue": "results"},
        }
        return convert(self.file, **{**wanted, **options})

    def line(self, text: str) -> int:
        """The number of the only line of s.yaml that has this text."""
        lines = self.file.read_text().splitlines()
        (number,) = [n for n, each in enumerate(lines, 1) if text in each]
        return number

    def arguments(self, **options: Any) -> "dict[str, dict[str, Any]]":
        """The arguments of every function, as the conversion has them."""
        functions = self.converted(**options).functions
        return {
            each.name: {name: of.value for name, of in each.arguments.items()} for each in functions
        }

    def no_counterpart(self) -> "dict[str, int]":
        """What has no counterpart: the line of each path."""
        found = self.converted().findings.without_counterpart
        return {each.path: each.place.line for each in found}

    def differences(self) -> "dict[str, int]":
        """What is there in another way: the line of each path."""
        found = self.converted().findings.differences
        return {each.path: each.place.line for each in found}

    def project(self, *, adopting: bool = False, account: "str | None" = ACCOUNT) -> Project:
        """The project that is written into infra/, which it is."""
        converted = self.converted(adopting=adopting, account=account)
        return self.project_of(converted, adopting=adopting)

    def project_of(self, conversion: Conversion, *, adopting: bool = False) -> Project:
        """The project of a conversion, which is written into infra/."""
        made = project(
            conversion,
            self.folder / "infra",
            "prod",
            environment=self.environment,
            adopting=adopting,
        )
        write(made.files, self.folder / "infra", force=True)
        return made

    def deployed(self, secrets: "Mapping[str, str] | None" = None) -> Deployment:
        """What the written program registers, run on mocks in its folder with its stack's file.

        secrets are the values that its user sets, by key.
        """
        self.project()
        settings = yaml.safe_load((self.folder / "infra" / "Pulumi.prod.yaml").read_text())
        name = yaml.safe_load((self.folder / "infra" / "Pulumi.yaml").read_text())["name"]
        config = {
            key.replace(f"{name}:", "fc-async-tasks:"): value
            for key, value in settings["config"].items()
        }
        for key, value in (secrets or {}).items():
            config[f"fc-async-tasks:{key}"] = value
        before = Path.cwd()
        os.chdir(self.folder / "infra")
        try:
            pulumi.runtime.set_all_config(
                {key: of if isinstance(of, str) else json.dumps(of) for key, of in config.items()}
            )
            return deploy_on_mocks(lambda: runpy.run_path("__main__.py") and None)
        finally:
            pulumi.runtime.set_all_config({})
            os.chdir(before)


def functions_of(deployment: Deployment) -> "dict[str, dict[str, Any]]":
    """The inputs of every function by its resource's name; its environment is in the clear."""
    found: dict[str, dict[str, Any]] = {}
    for each in deployment.of("V3Function"):
        variables = _opened(each.inputs.get("environmentVariables", {}))
        opened = {name: _opened(value) for name, value in variables.items()}
        found[each.name] = {**each.inputs, "environmentVariables": opened}
    return found


def is_secret(deployment: Deployment, name: str, variable: str) -> bool:
    """Whether an environment variable of a function is a secret on its way to the engine."""
    (function,) = [each for each in deployment.of("V3Function") if each.name == name]
    variables: Any = function.inputs["environmentVariables"]
    return rpc.is_rpc_secret(variables) or rpc.is_rpc_secret(variables.get(variable))


def _opened(value: Any) -> Any:
    return value["value"] if rpc.is_rpc_secret(value) else value
