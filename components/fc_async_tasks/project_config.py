"""Keys of a stack's configuration that the project does not know.

Pulumi gives a program every key of its stack's configuration, also one that is mistyped: a setting
that nobody reads.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import pulumi
import yaml
from pulumi.runtime.config import CONFIG, get_config_env

__all__ = ["refuse_undeclared_keys"]


def refuse_undeclared_keys(project_file: Path) -> None:
    """Stop the program if its stack sets a key that the project does not declare.

    `project_file` is the project's Pulumi.yaml, which declares every key of the program under
    `config`: `Path(__file__).with_name("Pulumi.yaml")`. Keys of other namespaces, such as
    `alicloud:region`, are their providers' matter. Call it before anything else. Raises
    pulumi.RunError with a sentence for each such key, which names the nearest that there is.
    """
    namespace = f"{pulumi.get_project()}:"
    declared = _declared(project_file, namespace)
    found = {key for key in {**get_config_env(), **CONFIG.get()} if key.startswith(namespace)}
    unknown = sorted({key.removeprefix(namespace) for key in found} - declared)
    if unknown:
        raise pulumi.RunError("\n".join(_sentence(key, declared, project_file) for key in unknown))


def _declared(project_file: Path, namespace: str) -> "set[str]":
    # by libyaml where there is one: every preview waits for this, and in Python it takes 6 ms
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = project_file.read_text(encoding="utf-8")
    project = cast("Mapping[str, Any]", yaml.load(text, Loader=loader))  # noqa: S506 - safe ones
    config = project.get("config")
    keys = cast("Mapping[str, Any]", config) if isinstance(config, Mapping) else {}
    return {key.removeprefix(namespace) for key in keys}


def _sentence(key: str, declared: "set[str]", project_file: Path) -> str:
    nearest = get_close_matches(key, sorted(declared), 1)
    meant = f" Did you mean {nearest[0]}?" if nearest else ""
    return (
        f"{key} is set in the stack's configuration, but no key of this program.{meant} Keys are "
        f"declared in {project_file.name}, under config; `pulumi config rm {key}` takes this one "
        "away."
    )
