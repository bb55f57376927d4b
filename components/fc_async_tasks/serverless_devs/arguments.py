"""The properties of a function of fc3 as arguments of AsyncTask, by the table.

What a file does not say is what Serverless Devs and Function Compute take then, not what AsyncTask
does: the function stays what it is.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from ..async_task_args import AsyncTaskArgs
from ..limits import LIMITS, cpu_refusal
from .composed import Composed, Part
from .description import Described
from .findings import Findings
from .made_by_auto import LOGSTORE, auto_settings, is_auto, known_account, log_project
from .marked import Marked, Place
from .secrets import looks_secret
from .shapes import Reading, text
from .table import CODE_FROM_OSS, TABLE, TIMER, WHY_NOT, Row


@dataclass(frozen=True)
class Argument:
    """An argument's value, with where it comes from: a text may be a Composed, anywhere in it.

    path is empty for a value that the file does not say.
    """

    value: Any
    place: Place
    path: str = ""


@dataclass
class Converted:
    """A function as AsyncTask takes it, and its timers as TaskTimer does.

    region is where the file wants it, or empty; secrets are the names of the function's
    environment variables that look like secrets; older says that it is in the older form.
    """

    name: str
    place: Place
    path: str
    region: "str | Composed" = ""
    arguments: "dict[str, Argument]" = field(default_factory=dict[str, Argument])
    timers: "list[Argument]" = field(default_factory=list[Argument])
    secrets: "set[str]" = field(default_factory=set[str])
    older: bool = False

    def value(self, argument: str) -> Any:
        """Give an argument's value, None where it has none."""
        found = self.arguments.get(argument)
        return found.value if found else None

    @property
    def has_code(self) -> bool:
        """Whether there is code for it: a folder, an archive in OSS or an image."""
        return bool(
            self.arguments.keys() & {"code_path", "code_from_oss", "custom_container_config"}
        )


LOG_CONFIGS_OWN = {"request_metrics": False, "instance_metrics": False}
"""What a logConfig means that does not say it."""

FUNCTION_COMPUTES_OWN = {
    "async_task": False,
    "max_async_event_age_in_seconds": 86400,
    "max_async_retry_attempts": 3,
    "on_success": "none",
    "on_failure": "none",
}
"""What asynchronous invocations are where the file does not say it: Function Compute's defaults."""

FC3S_OWN = {"memory_size": 512, "timeout": 3}
"""What fc3 sends where the file does not say it. With this memory it adds 0.35 vCPU and 512 MB."""


def converted(described: Described, reading: Reading) -> Converted:
    """Give a function's arguments.

    Raises CannotConvert with a sentence for a value that must be known and is not.
    """
    path = f"{described.path}.props"
    made = Converted(described.name, described.place, path, older=described.older)
    _Table(made, reading).walk(described.props)
    _own_defaults(made, described, reading)
    _refused(made, reading.findings)
    return made


class _Table:
    """Goes through one function's properties by the table."""

    def __init__(self, made: Converted, reading: Reading) -> None:
        self._made = made
        self._reading = reading

    def walk(self, marked: Marked, prefix: str = "") -> None:
        for name, each in marked.entries().items():
            path = f"{prefix}{name}"
            if path == "region":
                self._made.region = text(each, f"{self._made.path}.region")
            elif path == "triggers":
                self._triggers(each)
            elif path == "logConfig" and not each.entries():
                self._log_config(each)
            elif each.value in (None, "", [], {}) or (path, each.text) in _SAYS_NOTHING:
                continue
            elif row := _row(path, each):
                self._take(row, each, path)
            elif each.entries() and any(row.path.startswith(f"{path}.") for row in TABLE):
                self.walk(each, f"{path}.")
            else:
                self._none(each, path)

    def _take(self, row: Row, each: Marked, path: str) -> None:
        if row.argument not in AsyncTaskArgs.__annotations__:
            self._none(each, path)
            return
        value = row.read(each, f"{self._made.path}.{path}", self._reading)
        if value is None:
            return
        self._made.arguments[row.argument] = Argument(
            value, each.place, f"{self._made.path}.{path}"
        )
        if row.argument == "environment_variables":
            variables = cast("dict[str, str | Composed]", value)
            self._made.secrets = {name for name, of in variables.items() if _is_secret(name, of)}

    def _triggers(self, triggers: Marked) -> None:
        for number, each in enumerate(triggers.items()):
            path = f"{self._made.path}.triggers[{number}]"
            kind = each.get("triggerType")
            rest = {name: one for name, one in each.entries().items() if name != "triggerType"}
            if kind is None or kind.text != "timer":
                what = f"a trigger of the kind {kind.text}" if kind else "a trigger of no kind"
                self._reading.findings.no_counterpart(
                    each.place, path, f"{what}: {WHY_NOT['triggers']}"
                )
                continue
            timer: dict[str, Any] = TIMER(Marked(rest, each.place), path, self._reading) or {}
            configuration: dict[str, Any] = timer.pop("triggerConfig", {})
            made = {**timer, **configuration}
            self._made.timers.append(Argument(made, each.place, path))
            self._refused_timer(made, each.place, path)

    def _refused_timer(self, made: "dict[str, Any]", place: Place, path: str) -> None:
        for name, value in made.items():
            refusal = LIMITS[name].refusal(value) if name in LIMITS else None
            if refusal and not has_composed(value):
                self._reading.findings.no_counterpart(place, path, f"{refusal}{_STOPS}")

    def _log_config(self, each: Marked) -> None:
        path = f"{self._made.path}.logConfig"
        if isinstance(each.value, Composed) or not is_auto(each.text):
            return  # `logConfig: false`: there is none
        settings = auto_settings(each.text)
        for name, argument in (
            ("enableRequestMetrics", "request_metrics"),
            ("enableInstanceMetrics", "instance_metrics"),
        ):
            value = settings.get(name, "true").lower() == "true"
            self._made.arguments[argument] = Argument(value, each.place, path)
        if self._reading.adopting:
            account = known_account(self._reading.account, each.place)
            region = self._reading.known(
                Marked(self._made.region, each.place, str(self._made.region))
            )
            project = log_project(account, region)
            self._made.arguments["existing_log_project"] = Argument(project, each.place, path)
            self._made.arguments["existing_logstore"] = Argument(LOGSTORE, each.place, path)
            return
        self._reading.findings.differs(
            each.place,
            path,
            "auto is the account's common project: AsyncTask makes a project and a logstore for "
            "this function, where every line is a log of its own.",
        )

    def _none(self, each: Marked, path: str) -> None:
        at = f"{self._made.path}.{path}"
        if path == "logConfig.logBeginRule" and self._reading.adopting:
            self._reading.findings.differs(each.place, at, "it is left as it is deployed.")
            return
        sentence = WHY_NOT.get(path) or WHY_NOT.get(path.split(".")[0])
        self._reading.findings.no_counterpart(
            each.place, at, sentence or "AsyncTask has no argument for it."
        )


_SAYS_NOTHING = {("logConfig.logBeginRule", "None"), ("sessionAffinity", "NONE")}

_STOPS = " The preview stops there until it is changed."


def _row(path: str, each: Marked) -> "Row | None":
    if path == "code" and each.entries():
        return CODE_FROM_OSS
    return next((row for row in TABLE if row.path == path), None)


def _own_defaults(made: Converted, described: Described, reading: Reading) -> None:
    place = described.props.place
    defaults: dict[str, Any] = dict(FUNCTION_COMPUTES_OWN)
    if "existing_logstore" in made.arguments:
        defaults.update(LOG_CONFIGS_OWN)
    if not described.older:
        if made.value("memory_size") in (None, 512) and not (
            made.arguments.keys() & {"cpu", "disk_size"}
        ):
            defaults.update({"cpu": 0.35, "disk_size": 512})
        defaults.update(FC3S_OWN)
    if "existing_logstore" not in made.arguments and "role_arn" in made.arguments:
        if reading.adopting:
            defaults["logging"] = False
        elif "request_metrics" not in made.arguments:
            reading.findings.differs(
                place, made.path, "it has no logConfig: AsyncTask makes a project and a logstore."
            )
    for argument, value in defaults.items():
        made.arguments.setdefault(argument, Argument(value, place))
    if described.older:
        for argument, name in (("memory_size", "memorySize"), ("timeout", "timeout")):
            if argument not in made.arguments:
                reading.findings.differs(
                    place,
                    f"{made.path}.function.{name}",
                    "it is not set: AsyncTask's default is taken.",
                )


def _refused(made: Converted, findings: Findings) -> None:
    for name, argument in made.arguments.items():
        if has_composed(argument.value):
            continue
        refusal = LIMITS[name].refusal(argument.value) if name in LIMITS else None
        if name == "cpu":
            refusal = refusal or cpu_refusal(argument.value, made.value("memory_size"))
        if refusal:
            findings.no_counterpart(argument.place, argument.path or name, f"{refusal}{_STOPS}")


def has_composed(value: object) -> bool:
    """Say whether a value is, or holds, a text that is not all written in the file."""
    if isinstance(value, dict):
        return any(has_composed(each) for each in cast("dict[str, object]", value).values())
    if isinstance(value, list):
        return any(has_composed(each) for each in cast("list[object]", value))
    return isinstance(value, Composed)


def _is_secret(name: str, value: "str | Composed") -> bool:
    if value == "":
        return False
    parts: tuple[Part, ...] = value.parts if isinstance(value, Composed) else (value,)
    return any(
        looks_secret(name, part) if isinstance(part, str) else looks_secret(_together(name, part))
        for part in parts
    )


def _together(name: str, part: Part) -> str:
    return f"{name} {getattr(part, 'name', '')}".strip()
