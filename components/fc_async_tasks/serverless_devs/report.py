"""What was converted and what was not, as JSON and as lines for a person."""

import re
import shlex
from pathlib import Path
from typing import Any

from ..limits import EVENT_AGE_OF_THE_PROVIDER
from .conversion import Conversion
from .findings import Finding
from .plain import printable
from .project_files import IMPORT_FILE, Project

_A_SHELLS_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # what is none may be a command in itself


def as_json(conversion: Conversion, made: Project, written: "list[Path]", stack: str) -> Any:
    """Give the report: functions with their arguments, findings, configuration, next commands.

    No value of an argument is in it, as it may be a secret.
    """
    return {
        "file": str(conversion.file),
        "edition": conversion.edition,
        "project": conversion.name,
        "region": made.region,
        "functions": [
            {
                "resource": each.name,
                "line": each.place.line,
                "file": each.place.file,
                "arguments": [
                    {"argument": name, "path": argument.path, "line": argument.place.line}
                    for name, argument in each.arguments.items()
                    if argument.path
                ],
                "defaults": sorted(
                    name for name, argument in each.arguments.items() if not argument.path
                ),
                "timers": [timer.path for timer in each.timers],
            }
            for each in conversion.functions
        ],
        "noCounterpart": [_finding(each) for each in conversion.findings.without_counterpart],
        "differs": [_finding(each) for each in conversion.findings.differences],
        "configuration": [
            {"key": each.key, "secret": each.secret, "mustBeSet": each.must_be_set}
            for each in made.configuration.settings
        ],
        "written": [str(path) for path in written],
        "next": next_commands(conversion, made, written, stack),
    }


def as_lines(
    conversion: Conversion, made: Project, written: "list[Path]", stack: str
) -> "list[str]":
    """Give the report as a person reads it."""
    count = len(conversion.functions)
    lines = [
        printable(f"{conversion.file}: edition {conversion.edition}, ")
        + f"{count} function{'' if count == 1 else 's'}"
    ]
    for each in conversion.functions:
        region = f" in {each.region}" if each.region else ""
        lines.append(printable(f"  {each.name}{region}"))
    for title, findings in (
        ("no counterpart", conversion.findings.without_counterpart),
        ("in another way", conversion.findings.differences),
    ):
        if findings:
            lines += ["", f"{title}:", *(f"  {each}" for each in findings)]
    lines += ["", "written:", *(f"  {path}" for path in written)]
    commands = next_commands(conversion, made, written, stack)
    lines += ["", "next:", *(f"  {each}" for each in commands)]
    return [*lines, *_after_a_destroy(conversion, made, stack)]


def _after_a_destroy(conversion: Conversion, made: Project, stack: str) -> "list[str]":
    """Say what stays in the account; nothing where the program makes no log project."""
    logs = ("existing_log_project" in each.arguments for each in conversion.functions)
    if IMPORT_FILE in made.files or all(logs):
        return []
    return [
        "",
        "`pulumi destroy` leaves the log project that the program makes, with its logs, unless the "
        'program says "keep_data": False before `pulumi up`; where it stayed, the next `pulumi up` '
        f'ends in "already exists", and `python -m fc_async_tasks.recovery --stack {stack}` takes '
        "it in.",
    ]


def next_commands(
    conversion: Conversion, made: Project, written: "list[Path]", stack: str
) -> "list[str]":
    """Give the commands that are left to do, in their order."""
    folder = str(written[0].parent if written else Path())
    commands = [f"cd {shlex.quote(folder)}", f"pulumi stack init {stack}"]
    ages = (each.value("max_async_event_age_in_seconds") for each in conversion.functions)
    if any(isinstance(age, int) and age > EVENT_AGE_OF_THE_PROVIDER for age in ages):
        commands.insert(1, "export TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true")
    if not made.region:
        commands.append(f"pulumi config set --stack {stack} alicloud:region REGION")
    for each in made.configuration.settings:
        if not each.must_be_set:
            continue
        if each.secret:
            # Asked for at the terminal, or from the shell's own variable: never in the history.
            value = f' "${each.source}"' if _A_SHELLS_NAME.fullmatch(each.source) else ""
            commands.append(f"pulumi config set --stack {stack} --secret {each.key}{value}")
        else:
            commands.append(f"pulumi config set --stack {stack} {each.key} VALUE")
    if IMPORT_FILE in made.files:
        commands.append(
            f"pulumi import --stack {stack} --file {IMPORT_FILE} "
            "--protect=false --generate-code=false"
        )
    return [*commands, f"pulumi preview --stack {stack}"]


def _finding(finding: Finding) -> "dict[str, Any]":
    return {
        "file": finding.place.file,
        "line": finding.place.line,
        "path": finding.path,
        "sentence": finding.sentence,
    }
