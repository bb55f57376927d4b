"""Where a function's code comes from: a folder, an archive in OSS, or an image.

A folder is read and its requirements are installed when the program runs, so that a preview shows
a change of code.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional, cast

import pulumi
import pulumi_alicloud as alicloud

from .archive import code_archive_base64, code_files
from .arguments import refuse
from .dependencies import (
    install_dependencies,
    installed_dependencies,
    requirements_refusals,
)
from .handler import handler_refusal
from .runtimes import CONTAINER, CUSTOM


def code_refusals(settings: Mapping[str, Any]) -> "list[str]":
    """Give a sentence for each thing that is wrong with the code, as far as it is known.

    settings are the component's arguments over their defaults.
    """
    found = [*_source_refusals(settings), *requirements_refusals(settings)]
    code_path = settings.get("code_path")
    if not isinstance(code_path, str):
        return found
    try:
        files = code_files(Path(code_path))
    except pulumi.RunError as error:
        return [*found, str(error)]
    found.extend(_file_refusals(settings, files, code_path))
    # Only what could be right so far is worth an installation, before anything is made.
    return found or _requirements_that_fail(settings, Path(code_path))


def function_code(
    settings: Mapping[str, Any],
) -> "Optional[pulumi.Input[alicloud.fc.V3FunctionCodeArgs]]":
    """Give the code as the provider takes it; None for an image.

    Raises pulumi.RunError with one sentence if the folder cannot be made into an archive.
    """
    if "code_from_oss" in settings:
        from_oss: pulumi.Output[Any] = pulumi.Output.from_input(settings["code_from_oss"])
        return from_oss.apply(
            lambda given: alicloud.fc.V3FunctionCodeArgs(
                oss_bucket_name=given["bucket_name"],
                oss_object_name=given["object_name"],
                checksum=given.get("checksum"),
            )
        )
    if "code_path" not in settings:
        return None
    runtime = settings["runtime"]
    if isinstance(runtime, str):
        archive = _archive(settings, runtime)
    else:
        archive = pulumi.Output.from_input(runtime).apply(lambda known: _archive(settings, known))
    return alicloud.fc.V3FunctionCodeArgs(zip_file=archive)


def handler_in_code(settings: Mapping[str, Any]) -> "pulumi.Output[str]":
    """Give the handler, which fails when it comes to be known later and is not in the folder."""
    told = (settings["handler"], settings["runtime"])
    if "code_path" not in settings or all(isinstance(each, str) for each in told):
        return pulumi.Output.from_input(settings["handler"])  # `code_refusals` has looked
    files = code_files(Path(settings["code_path"]))

    def found(known: "list[str]") -> str:
        refusal = handler_refusal(known[0], known[1], files, settings["code_path"])
        refuse([refusal] if refusal else [])
        return known[0]

    return pulumi.Output.all(settings["handler"], settings["runtime"]).apply(found)


def _archive(settings: Mapping[str, Any], runtime: str) -> str:
    folder = Path(settings["code_path"])
    installs = settings.get("install_requirements", True)
    return code_archive_base64(folder, installed_dependencies(folder, runtime) if installs else {})


def _requirements_that_fail(settings: Mapping[str, Any], folder: Path) -> "list[str]":
    runtime = settings["runtime"]
    if settings.get("install_requirements", True) is not True or not isinstance(runtime, str):
        return []
    try:
        install_dependencies(folder, runtime)
    except pulumi.RunError as error:
        return [str(error)]
    return []


def _source_refusals(settings: Mapping[str, Any]) -> "list[str]":
    given = [name for name in ("code_path", "code_from_oss") if settings.get(name) is not None]
    names = {"code_path": "codePath", "code_from_oss": "codeFromOss"}
    runtime = settings.get("runtime")
    if runtime == CONTAINER:
        return [
            f"{names[name]} is set with runtime {CONTAINER!r}: its code is the image of "
            "customContainerConfig; leave it out."
            for name in given
        ]
    if len(given) == 2:
        return ["codePath and codeFromOss are both set: code comes from one of them."]
    if not given and isinstance(runtime, str):
        return ["codePath is missing: set it to the folder of the code, or set codeFromOss."]
    return []


def _file_refusals(
    settings: Mapping[str, Any], files: "Mapping[str, Path]", code_path: str
) -> "list[str]":
    runtime = settings["runtime"]
    if not isinstance(runtime, str):
        return []
    handlers = {"handler": settings["handler"], **_hooks(settings)}
    found = [
        handler_refusal(handler, runtime, files, code_path, setting)
        for setting, handler in handlers.items()
        if isinstance(handler, str)
    ]
    if runtime in CUSTOM and "bootstrap" not in files and not _has_a_command(settings):
        found.append(
            f"runtime is {runtime!r}, but the code folder {code_path!r} has no bootstrap: put the "
            "program that starts the server there, or set customRuntimeConfig.commands."
        )
    return [sentence for sentence in found if sentence]


def _has_a_command(settings: Mapping[str, Any]) -> bool:
    config = settings.get("custom_runtime_config") or {}
    # One that is known later may have a command.
    return not isinstance(config, Mapping) or bool(
        cast("Mapping[str, Any]", config).get("commands")
    )


def _hooks(settings: Mapping[str, Any]) -> "dict[str, object]":
    config = settings.get("instance_lifecycle_config")
    if not isinstance(config, Mapping):
        return {}
    hooks = cast("Mapping[str, Any]", config)
    return {
        f"instanceLifecycleConfig.{name}.handler": hook.get("handler")
        for name, hook in (
            ("initializer", hooks.get("initializer")),
            ("preStop", hooks.get("pre_stop")),
        )
        if isinstance(hook, dict)
    }
