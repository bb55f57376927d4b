"""The program that a conversion writes: __main__.py, as a person would have written it."""

from dataclasses import dataclass
from typing import Any, cast

from ..async_task_args import AsyncTaskArgs
from ..timer import TaskTimerArgs
from .arguments import Argument, Converted
from .composed import Composed, setting_of
from .configuration import Configuration, quoted
from .conversion import Conversion
from .plain import plain

WIDTH = 100
"""Characters of a line, where a text is not longer by itself."""

_OUTPUTS = (
    ("accountId", "account_id"),
    ("region", "region"),
    ("functionName", "function_name"),
    ("functionArn", "function_arn"),
    ("roleArn", "role_arn"),
    ("queueName", "queue_name"),
    ("logProject", "log_project"),
    ("logstore", "logstore"),
)


_ABOUT_THE_CODE = (
    "# The archive that Serverless Devs uploaded cannot be read back and compared. It stays",
    "# until `pulumi config set uploadCode true`: the next update then uploads this code.",
)


@dataclass(frozen=True)
class Program:
    """A program's text, and the configuration that it reads."""

    text: str
    configuration: Configuration


class Writer:
    """Writes the program of one conversion. `code_paths` are the code folders by function, from the
    program's own folder; `region` is the stack's, other regions get providers of their own."""

    def __init__(
        self,
        conversion: Conversion,
        configuration: Configuration,
        code_paths: "dict[str, str]",
        region: str,
        adopting: bool,
    ) -> None:
        self._conversion = conversion
        self._configuration = configuration
        self._code_paths = code_paths
        self._region = region
        self._adopting = adopting
        self._providers: dict[str, str] = {}

    def program(self, source: str) -> Program:
        """Give the program; `source` is how it names the file that it comes from."""
        functions = self._conversion.functions
        variables = {each.name: self._configuration.variable(each.name) for each in functions}
        tasks = [self._task(each, variables[each.name]) for each in functions]
        blocks = [
            self._head(source),
            self._read_configuration(),
            *tasks,
            self._exports(variables),
        ]
        return Program("\n\n".join(block for block in blocks if block) + "\n", self._configuration)

    def _head(self, source: str) -> str:
        timers = any(each.timers for each in self._conversion.functions)
        imported = "AsyncTask, TaskTimer" if timers else "AsyncTask"
        lines = [
            f'"""{plain(self._conversion.name) or "Serverless Devs"}: asynchronous tasks on '
            "Function Compute.",
            "",
            f"Converted from {plain(source)} of Serverless Devs, "
            f"edition {plain(self._conversion.edition)}.",
            '"""',
            "",
            "import pulumi",
        ]
        if self._configuration.wants_account or self._providers:
            lines.append("import pulumi_alicloud as alicloud")
        lines.append(f"from fc_async_tasks import {imported}")
        if self._adopting:
            lines.append("from fc_async_tasks.serverless_devs import adopted")
        return "\n".join(lines)

    def _read_configuration(self) -> str:
        lines: list[str] = []
        settings = self._configuration.settings
        if settings or self._adopting:
            lines.append("config = pulumi.Config()")
        for each in settings:
            secret = "_secret" if each.secret else ""
            get = f'config.get{secret}({quoted(each.key)}) or ""'
            require = f"config.require{secret}({quoted(each.key)})"
            lines.append(f"{each.variable} = {get if each.optional else require}")
        if self._configuration.wants_account:
            lines.append("account_id = alicloud.get_account().id")
        if self._adopting:
            lines += ["", *_ABOUT_THE_CODE, 'upload_code = config.get_bool("uploadCode") or False']
        for region, variable in self._providers.items():
            lines += [
                "",
                f"{variable} = alicloud.Provider({quoted(region)}, region={quoted(region)})",
            ]
        return "\n".join(lines)

    def _task(self, function: Converted, variable: str) -> str:
        # The configuration's variables come first in the program, so they are found first.
        names = [name for name in AsyncTaskArgs.__annotations__ if name in function.arguments]
        arguments = {name: self._value(function, name) for name in names}
        lines = [*self._left_out(function), f"{variable} = AsyncTask("]
        lines.append(f"    {quoted(function.name)},")
        lines.append(f"    {_written(arguments, 4)},")
        if options := self._options(function):
            lines.append(f"    {options},")
        lines.append(")")
        return "\n".join([*lines, *self._timers(function, variable)])

    def _left_out(self, function: Converted) -> "list[str]":
        inside = f"{function.path}."
        missing = [
            f"{plain(each.path.removeprefix(inside))} (line {each.place.line})"
            for each in self._conversion.findings.without_counterpart
            if each.path.startswith(inside) and "The preview stops there" not in each.sentence
        ]
        if not missing:
            return []
        lines, line = [], "# Not here:"
        for each in missing:
            if len(line) + len(each) + 2 > WIDTH:
                lines.append(line)
                line = "#"
            line += f" {each},"
        return [*lines, f"{line.rstrip(',')}."]

    def _value(self, function: Converted, name: str) -> Any:
        value = function.value(name)
        if name == "code_path":
            return self._code_paths[function.name]
        if name != "environment_variables":
            return self._coded(value)
        variables = cast("dict[str, str | Composed]", value)
        return {each: self._variable(function, each, of) for each, of in variables.items()}

    def _variable(self, function: Converted, name: str, value: "str | Composed") -> Any:
        secret = name in function.secrets
        if isinstance(value, Composed):
            return _Code(self._configuration.code(value, secret))
        if secret:
            return _Code(self._configuration.secret_in_clear(function.name, name).variable)
        return value

    def _coded(self, value: Any) -> Any:
        if isinstance(value, Composed):
            return _Code(self._configuration.code(value))
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value)
            return {name: self._coded(each) for name, each in entries.items()}
        if isinstance(value, list):
            return [self._coded(each) for each in cast("list[Any]", value)]
        return value

    def _options(self, function: Converted) -> str:
        region = function.region
        provider = ""
        if isinstance(region, str) and region and region != self._region:
            if region not in self._providers:
                self._providers[region] = self._configuration.variable(region)
            provider = f"pulumi.ResourceOptions(provider={self._providers[region]})"
        if not self._adopting:
            return provider
        if provider:
            return f"pulumi.ResourceOptions.merge(adopted(upload_code), {provider})"
        return "adopted(upload_code)"

    def _timers(self, function: Converted, variable: str) -> "list[str]":
        lines: list[str] = []
        for number, timer in enumerate(function.timers):
            made = {"function_name": _Code(f"{variable}.function_name"), **self._coded(timer.value)}
            made = {name: made[name] for name in TaskTimerArgs.__annotations__ if name in made}
            lines += ["TaskTimer(", f"    {quoted(timer_name(function, timer, number))},"]
            lines.append(f"    {_written(made, 4)},")
            if options := self._options(function):
                lines.append(f"    {options},")
            lines.append(")")
        return lines

    def _exports(self, variables: "dict[str, str]") -> str:
        if len(variables) == 1:
            (variable,) = variables.values()
            return "\n".join(
                f"pulumi.export({quoted(name)}, {variable}.{output})" for name, output in _OUTPUTS
            )
        lines: list[str] = []
        for name, variable in variables.items():
            outputs = {each: _Code(f"{variable}.{output}") for each, output in _OUTPUTS[2:]}
            lines += [
                "pulumi.export(",
                f"    {quoted(setting_of(name))},",
                f"    {_written(outputs, 4)},",
                ")",
            ]
        return "\n".join(lines)


def timer_name(function: Converted, timer: Argument, number: int) -> str:
    """Give the name of a timer's resource: that of the function's resource and of the trigger."""
    name = timer.value.get("trigger_name")
    return f"{function.name}-{name if isinstance(name, str) else f'timer-{number + 1}'}"


class _Code(str):
    """A text that is an expression of the program, not a text in it."""

    __slots__ = ()


def _written(value: Any, indent: int) -> str:
    if isinstance(value, _Code):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if not isinstance(value, dict | list) or not value:
        return repr(cast(object, value))
    short = _in_a_line(value)
    if len(short) + indent < 60 and not (isinstance(value, dict) and indent == 4):
        return short
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        lines = [
            f"{inner}{quoted(name)}: {_written(each, indent + 4)},"
            for name, each in entries.items()
        ]
        return "\n".join(["{", *lines, " " * indent + "}"])
    lines = [f"{inner}{_written(each, indent + 4)}," for each in cast("list[Any]", value)]
    return "\n".join(["[", *lines, " " * indent + "]"])


def _in_a_line(value: Any) -> str:
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        inside = ", ".join(f"{quoted(name)}: {_in_a_line(each)}" for name, each in entries.items())
        return f"{{{inside}}}"
    if isinstance(value, list):
        return f"[{', '.join(_in_a_line(each) for each in cast('list[Any]', value))}]"
    return _written(value, 0)
