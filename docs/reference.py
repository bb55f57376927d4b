"""Writes docs/reference.md from the components' own docstrings: `make reference`.

Arguments, outputs and their descriptions are those of the package schema, so what other languages
get is what stands here; the functions that are for Python alone come from their modules.
"""

import importlib
import inspect
import sys
from collections.abc import Iterable, Mapping
from types import FunctionType
from typing import Any, cast, get_type_hints

import fc_async_tasks
import pulumi
from fc_async_tasks.arguments import setting
from fc_async_tasks.plugin import NAME, schema

PYTHON_ONLY = (
    "fc_async_tasks.serverless_devs",
    "fc_async_tasks.recovery",
    "fc_async_tasks.project_config",
)
"""Modules with a public interface that the schema has no part in."""

_INTRODUCTION = f"""# Reference

Every component, argument and output of the package `{NAME}`, import name `fc_async_tasks`. This
page is made from the docstrings (`make reference`), and a test compares the two.

Names are those of Python. Other languages write them in camelCase (`code_path` is `codePath`) and
have the components as `{NAME}:index:AsyncTask` and so on. Every argument may be an output of
another resource, except where "known at once" says that it decides what is made.
"""


def page() -> str:
    """Give the whole page."""
    package = schema()
    return "\n".join(
        [
            _INTRODUCTION,
            *(line for kind in components() for line in component_section(kind, package)),
            "## Types of arguments",
            "",
            *(line for kind in argument_types() for line in type_section(kind, package)),
            "## In Python alone",
            "",
            *(line for name in PYTHON_ONLY for line in module_section(name)),
        ]
    )


def _public() -> "list[Any]":
    return [getattr(fc_async_tasks, name) for name in fc_async_tasks.__all__]


def components() -> "list[type[pulumi.ComponentResource]]":
    """Give the public components, in the order of their names."""
    return [
        each
        for each in _public()
        if inspect.isclass(each) and issubclass(each, pulumi.ComponentResource)
    ]


def arguments_of(component: "type[pulumi.ComponentResource]") -> "type[Any]":
    """Give the TypedDict of a component's arguments."""
    return cast("type[Any]", get_type_hints(component.__init__)["args"])


def argument_types() -> "list[type[Any]]":
    """Give the public TypedDicts that are no component's arguments but part of them."""
    whole = [arguments_of(component) for component in components()]
    return [each for each in _public() if hasattr(each, "__total__") and each not in whole]


def component_section(
    component: "type[pulumi.ComponentResource]", package: Mapping[str, Any]
) -> Iterable[str]:
    """Give the lines about a component: what it is, its arguments and its outputs."""
    described = package["resources"][f"{NAME}:index:{component.__name__}"]
    yield from (f"## {component.__name__}", "", described["description"], "")
    yield from ("Arguments:", "")
    required = described.get("requiredInputs", [])
    yield from entries(arguments_of(component), described["inputProperties"], required)
    yield from ("", "Outputs:", "")
    yield from entries(component, described["properties"], ())
    yield ""


def type_section(kind: "type[Any]", package: Mapping[str, Any]) -> Iterable[str]:
    """Give the lines about a type that arguments have."""
    described = package["types"][f"{NAME}:index:{kind.__name__}"]
    yield from (f"### {kind.__name__}", "", described["description"], "")
    yield from entries(kind, described["properties"], described.get("required", []))
    yield ""


def entries(
    owner: "type[Any]", properties: Mapping[str, Any], required: Iterable[str]
) -> Iterable[str]:
    """Give a line for each property, in the order of the source: name, type and description."""
    names = {setting(name): name for name in inspect.get_annotations(owner)}
    for camel in sorted(properties, key=list(names).index):
        about = properties[camel]
        kinds = [type_of(about)]
        kinds += ["required"] if camel in required else []
        kinds += ["known at once"] if about.get("plain") else []
        text = " ".join(about.get("description", "").split())
        yield f"- `{names[camel]}` ({', '.join(kinds)}): {text}"


def type_of(about: Mapping[str, Any]) -> str:
    """Give a property's type in words, with a link where it is a type of this page."""
    if reference := about.get("$ref"):
        name = reference.rpartition(":")[2]
        return f"[{name}](#{name.lower()})" if reference.startswith("#/types/") else str(name)
    if about["type"] == "array":
        return f"list of {type_of(about['items'])}"
    if about["type"] == "object":
        return f"{type_of(about['additionalProperties'])} by name"
    kind: str = about["type"]
    return {"string": "text", "integer": "whole number"}.get(kind, kind)


def module_section(name: str) -> Iterable[str]:
    """Give the lines about a module and the public names in it."""
    module = importlib.import_module(name)
    yield from (f"### {name}", "", inspect.getdoc(module) or "", "")
    for public in module.__all__:
        member = getattr(module, public)
        yield f"#### {public}"
        yield ""
        if inspect.isfunction(member):
            yield from ("```python", f"{public}{plain_signature(member)}", "```", "")
        yield from (inspect.getdoc(member) or "", "")


def plain_signature(function: FunctionType) -> inspect.Signature:
    """Give a function's signature without types: each Python writes their names in its own way."""
    signature = inspect.signature(function)
    plain = [one.replace(annotation=one.empty) for one in signature.parameters.values()]
    return signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)


if __name__ == "__main__":
    sys.stdout.write(page())
