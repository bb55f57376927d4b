"""A Pulumi project's files: which stacks they are for, and where these send the provider's calls.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from localcloud.wire.hosts import SUFFIX


@dataclass(frozen=True)
class Project:
    """The project that a folder is in."""

    file: Path
    about: dict[str, Any]
    """What the file says."""

    @property
    def name(self) -> str:
        """The project's name; "" where the file has none, which pulumi itself then says."""
        return str(self.about.get("name", ""))

    @property
    def settings(self) -> Path:
        """The folder of the stacks' files."""
        return self.file.parent / str(self.about.get("stackConfigDir", ""))

    def stack_file(self, stack: str) -> Path:
        """The settings of a stack, which need not be there."""
        return self.settings / f"Pulumi.{stack}{self.file.suffix}"

    def stacks(self) -> list[str]:
        """The stacks that have a file, by name."""
        found = sorted(self.settings.glob("Pulumi.*" + self.file.suffix))
        return [path.name[len("Pulumi.") : -len(path.suffix)] for path in found]

    def endpoints(self, stack_file: Path) -> dict[str, str]:
        """The provider's endpoints by their keys, as a stack with this file has them.

        None where it names none; a file that is missing or no YAML names none. What the project's
        own file says is for all stacks that say nothing else.
        """
        for document in (read(stack_file), self.about):
            config = _mapping(document.get("config"))
            if "alicloud:endpoints" in config:
                return _endpoints(config["alicloud:endpoints"])
        return {}


def project_of(folder: Path) -> Project | None:
    """The Pulumi project that `folder` is in; None outside of one."""
    for parent in (folder, *folder.parents):
        for name in ("Pulumi.yaml", "Pulumi.yml"):
            if (parent / name).is_file():
                return Project(parent / name, read(parent / name))
    return None


def is_local(host: str) -> bool:
    """Whether a name is under localcloud.invalid: it resolves nowhere, `exec` leads it here."""
    return host.endswith("." + SUFFIX)


def read(file: Path) -> dict[str, Any]:
    """What a project's or a stack's file says; nothing where it is missing or no YAML."""
    import yaml

    try:
        return _mapping(yaml.safe_load(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}  # pulumi itself says what is wrong with it


def _endpoints(value: Any) -> dict[str, str]:
    """The setting in each form that Pulumi takes: a list, one mapping, `value:`, or JSON text."""
    import yaml

    if isinstance(value, dict):
        value = _mapping(value).get("value", value)
    if isinstance(value, str):
        try:
            value = yaml.safe_load(value)
        except yaml.YAMLError:
            return {}
    entries = cast("list[Any]", value) if isinstance(value, list) else [value]
    return {key: str(host) for entry in entries for key, host in _mapping(entry).items()}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
