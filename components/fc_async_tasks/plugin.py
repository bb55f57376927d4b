"""The components as a Pulumi package for every language: its schema, and the plugin's process.

Follows "Pulumi package schema" and "Build a component" of the Pulumi documentation.
"""

import inspect
import json
import sys
from typing import Any, cast

from pulumi.provider import main as serve
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.host import components_from_module

import fc_async_tasks

from .package_version import __version__

NAME = "fc-async-tasks"
"""Name of the package: the first part of every type token."""

ABOUT = {
    "description": "Components for asynchronous tasks on Alibaba Cloud Function Compute 3.0.",
    "keywords": ["category/cloud", "kind/component", "alicloud", "function-compute"],
    "license": "Apache-2.0",
}
"""What the schema says of the package beyond what the SDK infers."""


class TaskComponents(ComponentProvider):
    """The provider of the components, with the version and the descriptions of this package."""

    def __init__(self) -> None:
        super().__init__(components_from_module(fc_async_tasks), NAME, version=__version__)
        inferred: dict[str, Any] = json.loads(self.schema or "{}")
        self.schema = json.dumps({**_with_plain_descriptions(inferred), **ABOUT})


def schema() -> "dict[str, Any]":
    """Give the package schema, as `pulumi package get-schema` has it."""
    return json.loads(TaskComponents().schema or "{}")


def main() -> None:
    """Serve the components to the engine that started this process, until it ends it."""
    serve(TaskComponents(), sys.argv[1:])


def _with_plain_descriptions(part: "dict[str, Any]") -> "dict[str, Any]":
    """Give the same with no description indented as its docstring is in the source.

    Markdown takes lines that are indented by four spaces for code.
    """
    plain: dict[str, Any] = {}
    for name, value in part.items():
        if isinstance(value, dict):
            plain[name] = _with_plain_descriptions(cast("dict[str, Any]", value))
        elif name == "description" and isinstance(value, str):
            plain[name] = inspect.cleandoc(value).strip()
        else:
            plain[name] = value
    return plain
