"""The arguments of every function of an s.yaml, for a program that makes its tasks of them."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi

from ..async_task_args import AsyncTaskArgs
from ..timer import TaskTimerArgs
from .arguments import Argument, Converted
from .composed import Composed
from .conversion import convert
from .marked import Place


def from_serverless_devs(
    file: "str | os.PathLike[str]",
    *,
    account_id: "str | None" = None,
    replace: "Mapping[str, str] | None" = None,
) -> "dict[str, AsyncTaskArgs]":
    """Give the arguments of every function of an s.yaml, by its resource's name.

    file is relative to the working folder, which in a Pulumi program is that of the project;
    `code_path` is then relative to it too. The environment gives `${env()}` its values, account_id
    (or ALIBABA_CLOUD_ACCOUNT_ID) `${config('AccountID')}`, replace the placeholders of the guide's
    file: {"accountid": "...", "myqueue": "..."}. Environment variables of a function that look like
    secrets come as secret outputs. The region of a task is its provider's: `regions_of` gives those
    of the file.

    Timer triggers are for a TaskTimer: `timers_of` gives them, and a warning says so. What has no
    counterpart is a warning with its line, in the preview or on standard error. Follows
    editions 3.0.0 (fc3) and older (fc) of Serverless Devs. Raises NotAnSYaml for a file that is no
    s.yaml, CannotConvert for a value that is not known, both ValueErrors of one sentence.
    """
    conversion = convert(Path(file), account=account_id, replace=replace)
    for finding in conversion.findings.without_counterpart:
        pulumi.log.warn(f"no counterpart: {finding}")
    for timer in (each for function in conversion.functions for each in function.timers):
        pulumi.log.warn(f"{timer.place}: {timer.path}: make a TaskTimer of it, with timers_of().")
    known = _Known(os.environ, account_id or os.environ.get("ALIBABA_CLOUD_ACCOUNT_ID"))
    return {each.name: known.arguments(each, Path(file).parent) for each in conversion.functions}


def regions_of(file: "str | os.PathLike[str]") -> "dict[str, str]":
    """Give the region of every function of an s.yaml, as in cn-hangzhou, by its resource's name.

    A function that names none has an empty text. Raises as `from_serverless_devs` does.
    """
    known = _Known(os.environ, os.environ.get("ALIBABA_CLOUD_ACCOUNT_ID"))
    return {
        each.name: known.value(Argument(each.region, each.place))
        for each in convert(Path(file)).functions
    }


def timers_of(file: "str | os.PathLike[str]") -> "dict[str, list[TaskTimerArgs]]":
    """Give the timer triggers of every function of an s.yaml as arguments of TaskTimer.

    They are by the resource's name; `function_name` is for the program to set. A function without
    timers is not there. Raises as `from_serverless_devs` does.
    """
    known = _Known(os.environ, os.environ.get("ALIBABA_CLOUD_ACCOUNT_ID"))
    return {
        each.name: [cast(TaskTimerArgs, known.value(timer)) for timer in each.timers]
        for each in convert(Path(file)).functions
        if each.timers
    }


class _Known:
    """Texts as they are in one environment and account."""

    def __init__(self, environment: Mapping[str, str], account: "str | None") -> None:
        self._environment = environment
        self._account = account

    def arguments(self, function: Converted, folder: Path) -> AsyncTaskArgs:
        found: dict[str, Any] = {
            name: self.value(argument) for name, argument in function.arguments.items()
        }
        if "code_path" in found:
            found["code_path"] = os.path.normpath(folder / str(found["code_path"]))
        variables = found.get("environment_variables")
        if variables:
            found["environment_variables"] = {
                name: pulumi.Output.secret(value) if name in function.secrets else value
                for name, value in variables.items()
            }
        return cast(AsyncTaskArgs, found)

    def value(self, argument: Argument) -> Any:
        return self._of(argument.value, argument.place)

    def _of(self, value: Any, place: Place) -> Any:
        if isinstance(value, Composed):
            return value.known(self._environment, self._account, place)
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value)
            return {name: self._of(each, place) for name, each in entries.items()}
        if isinstance(value, list):
            return [self._of(each, place) for each in cast("list[Any]", value)]
        return value
