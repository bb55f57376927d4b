"""The files of a converted project: the program, Pulumi.yaml, the stack's settings, the import."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from .arguments import Converted
from .composed import Composed
from .configuration import Configuration
from .conversion import Conversion
from .import_file import import_file
from .program import Writer
from .refusal import CannotConvert, NotAnSYaml

IMPORT_FILE = "import.json"
"""Name of the file for `pulumi import --file`."""

_NAMESPACES = ("alicloud", "pulumi")  # whose settings a stack's file has

_CREDENTIALS = (
    "# Credentials come from the environment: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY.\n"
)


@dataclass(frozen=True)
class Project:
    """A project to write: its files by name, its configuration, and the region of its stack.

    region is empty where the file does not say it.
    """

    files: "dict[str, str]"
    configuration: Configuration
    region: str


def project(
    conversion: Conversion,
    out: Path,
    stack: str,
    *,
    environment: "Mapping[str, str] | None" = None,
    provider_settings: "Path | None" = None,
    adopting: bool = False,
) -> Project:
    """Give the files of the project in the folder `out`, whose stack is called `stack`.

    provider_settings is another stack's file, whose alicloud: settings and encryption salt this
    one takes over. Raises CannotConvert with a sentence.
    """
    known = os.environ if environment is None else environment
    configuration = Configuration(known)
    for each in conversion.functions:
        each.region = _region(each, known)
    region = next((str(each.region) for each in conversion.functions if each.region), "")
    paths = {each.name: _code_path(each, conversion.file, out) for each in conversion.functions}
    _tell_of_missing_code(conversion)
    source = Path(os.path.relpath(conversion.file, out)).as_posix()
    writer = Writer(conversion, configuration, paths, region, adopting)
    files = {"__main__.py": writer.program(source).text}
    name = project_name(conversion)
    files["Pulumi.yaml"] = _yaml(
        {
            "name": name,
            "description": f"Converted from {source} of Serverless Devs",
            "runtime": "python",
        }
    )
    files[f"Pulumi.{stack}.yaml"] = _stack_file(name, region, configuration, provider_settings)
    if adopting:
        files[IMPORT_FILE] = json.dumps(import_file(conversion, region), indent=2) + "\n"
    return Project(files, configuration, region)


def write(files: "dict[str, str]", out: Path, *, force: bool = False) -> "list[Path]":
    """Write the files into a folder, which is made; give their paths.

    Raises CannotConvert with a sentence, and writes nothing, if one of them is there already and
    force is not set, or the folder cannot be written.
    """
    paths = [out / name for name in files]
    there = [path.name for path in paths if path.exists()]
    if there and not force:
        raise CannotConvert(
            f"{out} has {', '.join(there)} already: choose another folder, or overwrite with "
            "--force."
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, files.values(), strict=True):
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CannotConvert(f"{error.filename} cannot be written: {error.strerror}.") from error
    return paths


def project_name(conversion: Conversion) -> str:
    """Give the name of the Pulumi project: the file's own, in letters that Pulumi takes.

    It is the namespace of the project's own configuration, so none that has a meaning already: a
    project called alicloud would have the file's keys taken for settings of the provider.
    """
    wanted = conversion.name or conversion.file.resolve().parent.name
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", wanted).strip("-.")[:94] or "serverless-devs"
    return f"{name}-tasks" if name.lower() in _NAMESPACES else name


def _region(function: Converted, environment: Mapping[str, str]) -> str:
    region = function.region
    if not isinstance(region, Composed):
        return region
    try:
        return region.known(environment, None, function.place)
    except CannotConvert:
        return ""


def _code_path(function: Converted, file: Path, out: Path) -> str:
    path = function.value("code_path")
    if not isinstance(path, str):
        return ""
    return Path(os.path.relpath(file.parent / path, out)).as_posix()


def _tell_of_missing_code(conversion: Conversion) -> None:
    for each in conversion.functions:
        argument = each.arguments.get("code_path")
        if argument is None:
            continue
        folder = conversion.file.parent / str(argument.value)
        if not folder.is_dir():
            conversion.findings.differs(
                argument.place,
                argument.path,
                f"the folder {argument.value} is not there yet; a preview reads it.",
            )
        elif (folder / ".fcignore").is_file():
            conversion.findings.differs(
                argument.place,
                argument.path,
                f"{argument.value}/.fcignore is not read: AsyncTask leaves out what belongs to "
                "editors, caches and version control.",
            )


def _stack_file(
    name: str, region: str, configuration: Configuration, provider_settings: "Path | None"
) -> str:
    config: dict[str, Any] = {}
    made: dict[str, Any] = {}
    if provider_settings is not None:
        made, config = _settings_of(provider_settings)
    if region:
        config["alicloud:region"] = region
    for each in configuration.settings:
        if each.value is not None:
            config[f"{name}:{each.key}"] = each.value
    return _CREDENTIALS + _yaml({**made, "config": config})


def _settings_of(file: Path) -> "tuple[dict[str, Any], dict[str, Any]]":
    try:
        read: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CannotConvert(f"{file} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise NotAnSYaml(f"{file} is no stack file of Pulumi: it is no YAML.") from error
    settings = cast("dict[str, Any]", read) if isinstance(read, dict) else {}
    config = settings.get("config")
    if not isinstance(config, dict):
        raise NotAnSYaml(f"{file} is no stack file of Pulumi: it has no `config`.")
    kept = {
        key: value
        for key, value in cast("dict[str, Any]", config).items()
        if key.startswith("alicloud:")
    }
    salt = {key: settings[key] for key in ("encryptionsalt",) if key in settings}
    return salt, kept


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper, which quotes every text that another reader takes for a number.

    PyYAML goes by YAML 1.1, Pulumi's reader by 1.2 too: 0o17 and 1e3 are texts to one alone. A
    text with a break of a line or a control character is written with escapes.
    """


def _as_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if text.isprintable() else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _as_text)
_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\.?[0-9].*$"), list("-+.0123456789")
)


def _yaml(content: "dict[str, Any]") -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
