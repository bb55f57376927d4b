"""From an s.yaml to the arguments of AsyncTask: all of it, with what has no counterpart."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .arguments import Converted, converted
from .description import description
from .findings import Findings
from .marked import LARGEST_FILE
from .older_edition import as_edition_3
from .refusal import NotAnSYaml
from .shapes import Reading

_TEMPLATE = re.compile(rb"\{\{\s*(if\s|[\w.]+\s*(\|\||\}\}))")


@dataclass(frozen=True)
class Conversion:
    """A converted file: its edition, its project's name, its functions, and what was found."""

    file: Path
    edition: str
    name: str
    functions: "tuple[Converted, ...]"
    findings: Findings


def convert(
    file: Path,
    *,
    account: "str | None" = None,
    replace: "Mapping[str, str] | None" = None,
    environment: "Mapping[str, str] | None" = None,
    adopting: bool = False,
) -> Conversion:
    """Convert a description file of Serverless Devs, edition 3.0.0 or older.

    account is the id that `config('AccountID')` stands for; ALIBABA_CLOUD_ACCOUNT_ID if it is not
    given. replace has values for placeholders such as {accountid}. adopting takes what `auto` has
    made as it is. Raises NotAnSYaml or CannotConvert with one sentence.
    """
    known = os.environ if environment is None else environment
    findings = Findings()
    _refuse_a_template(file)
    described = description(file, findings)
    reading = Reading(
        folder=file.parent,
        findings=findings,
        environment=known,
        account=account or known.get("ALIBABA_CLOUD_ACCOUNT_ID"),
        replace=replace or {},
        adopting=adopting,
    )
    functions: list[Converted] = []
    for each in as_edition_3(described.functions, findings):
        made = converted(each, reading)
        if made.has_code:
            functions.append(made)
            continue
        findings.no_counterpart(
            each.place,
            each.path,
            "without code there is no AsyncTask to make of it: it is left out.",
        )
    return Conversion(file, described.edition, described.name, tuple(functions), findings)


def _refuse_a_template(file: Path) -> None:
    try:
        with file.open("rb") as opened:
            data = opened.read(LARGEST_FILE)
    except OSError:
        return  # the reader says what is the matter
    if found := _TEMPLATE.search(data):
        line = data.count(b"\n", 0, found.start()) + 1
        raise NotAnSYaml(
            f"{file}:{line}: this is a template of the registry, whose {{{{ }}}} `s init` fills "
            "in: convert the s.yaml that it makes."
        )
