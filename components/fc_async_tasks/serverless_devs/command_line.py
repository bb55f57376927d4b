"""python -m fc_async_tasks.serverless_devs convert s.yaml --out DIR"""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from .conversion import convert
from .project_files import project, write
from .refusal import CannotConvert, NotAnSYaml
from .report import as_json, as_lines

CONVERTED, REFUSED, INCOMPLETE = 0, 1, 3
"""Exit codes; 2 is that of a wrong command line."""

_ABOUT = "From an s.yaml of Serverless Devs to a Pulumi program on fc_async_tasks."

_MORE = """\
The program reads the stack's configuration for what s.yaml takes from the environment, and for
environment variables that look like secrets: these are written nowhere in clear. What has no
counterpart is listed with its file and line.

exit codes: 0 converted, 1 refused and nothing written, 2 wrong command line, 3 something has no
counterpart and --strict was given (nothing written)
"""


def main(words: "Sequence[str] | None" = None) -> int:
    """Run the command; give its exit code."""
    options = _parser().parse_args(words)
    try:
        return _convert(options)
    except (NotAnSYaml, CannotConvert) as error:
        print(f"error: {error}", file=sys.stderr)
        return REFUSED


def _convert(options: argparse.Namespace) -> int:
    file: Path = options.file
    adopting: bool = options.adopting
    conversion = convert(
        file, account=options.account, replace=dict(options.replace), adopting=adopting
    )
    if not conversion.functions:
        raise CannotConvert(
            "no function of this file can become an AsyncTask:",
            *conversion.findings.without_counterpart,
        )
    made = project(
        conversion,
        options.out,
        options.stack,
        provider_settings=options.provider_settings,
        adopting=adopting,
    )
    incomplete = options.strict and conversion.findings.without_counterpart
    written = [] if incomplete else write(made.files, options.out, force=options.force)
    if options.json:
        print(json.dumps(as_json(conversion, made, written, options.stack), indent=2))
    else:
        print("\n".join(as_lines(conversion, made, written, options.stack)))
    return INCOMPLETE if incomplete else CONVERTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m fc_async_tasks.serverless_devs", description=_ABOUT
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    convert_ = commands.add_parser(
        "convert",
        help="write a Pulumi program for the functions of an s.yaml",
        description="Write a Pulumi program for the functions of an s.yaml.",
        epilog=_MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    convert_.add_argument("file", type=Path, help="the s.yaml, edition 3.0.0 or older")
    convert_.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of the program; it is made if it is not there",
    )
    convert_.add_argument(
        "--stack", type=_stack, default="prod", help="name of the stack (default: prod)"
    )
    convert_.add_argument(
        "--import",
        dest="adopting",
        action="store_true",
        help="adopt what Serverless Devs deployed: write import.json, and a program that leaves it "
        "as it is",
    )
    convert_.add_argument(
        "--account",
        metavar="ID",
        type=_account,
        help="the account's id, for ${config('AccountID')} (default: ALIBABA_CLOUD_ACCOUNT_ID)",
    )
    convert_.add_argument(
        "--replace",
        action="append",
        default=[],
        type=_pair,
        metavar="NAME=VALUE",
        help="value for a placeholder {NAME}, as {accountid} in the guide's file; may be repeated",
    )
    convert_.add_argument(
        "--provider-settings",
        type=Path,
        metavar="FILE",
        help="another stack's file, whose alicloud: settings and encryption salt are taken over",
    )
    convert_.add_argument("--force", action="store_true", help="overwrite files that are there")
    convert_.add_argument(
        "--strict", action="store_true", help="write nothing if something has no counterpart"
    )
    convert_.add_argument("--json", action="store_true", help="give the report as JSON")
    return parser


def _pair(word: str) -> "tuple[str, str]":
    name, equals, value = word.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{word!r} must be NAME=VALUE")
    return name, value


def _account(word: str) -> str:
    if not re.fullmatch(r"\d+", word):
        raise argparse.ArgumentTypeError(f"{word!r} must be an account's id: digits only")
    return word


def _stack(word: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", word):
        raise argparse.ArgumentTypeError(f"{word!r} must be letters, digits, ., _ and -")
    return word
