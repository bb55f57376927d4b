"""What every command has: a target, --json, and one place where errors become sentences.

`@command(app, "list")` registers a function whose first parameter is a Session; the options that
say which function is meant, and --json, are added to its own.
"""

import inspect
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctask.cli import exit_codes
from fctask.errors import FctaskError, TargetError
from fctask.target import Target, target_of_stack

if TYPE_CHECKING:
    from fctask.clients import Clients

_PANEL = "Which function"
_STACK = typer.Option(
    "--stack",
    "-s",
    help="A Pulumi stack of this folder's project (or FCTASK_STACK, PULUMI_STACK).",
)
_FUNCTION = typer.Option(
    "--function", help="A function by name, without Pulumi (or FCTASK_FUNCTION)."
)
_REGION = typer.Option("--region", help="Its region (or FCTASK_REGION, ALIBABA_CLOUD_REGION).")
_ACCOUNT = typer.Option("--account", help="Its account id (or FCTASK_ACCOUNT, ...).")
_QUEUE = typer.Option(
    "--queue", help="Its results' queue, if not its destination (or FCTASK_QUEUE)."
)
for _option in (_STACK, _FUNCTION, _REGION, _ACCOUNT, _QUEUE):
    _option.rich_help_panel = _PANEL
_JSON = typer.Option("--json", help="One JSON document on standard output; errors as one, too.")

_COMMON: dict[str, tuple[Any, Any]] = {
    "stack": (Annotated[str, _STACK], ""),
    "function": (Annotated[str, _FUNCTION], ""),
    "region": (Annotated[str, _REGION], ""),
    "account": (Annotated[str, _ACCOUNT], ""),
    "queue": (Annotated[str, _QUEUE], ""),
    "as_json": (Annotated[bool, _JSON], False),
}


class UsageProblem(FctaskError):
    """The command was asked for in a way that makes no sense; exit code 2."""

    kind = "Usage"


class Declined(FctaskError):
    """A person was asked and said no."""

    kind = "Declined"


@dataclass
class Session:
    """One run of one command. `acts`: it changes something, so its target must be fresh."""

    acts: bool
    as_json: bool
    stack: str = ""
    function: str = ""
    region: str = ""
    account: str = ""
    queue: str = ""

    @property
    def stack_name(self) -> str:
        """The stack that is meant, by option or environment; "" where a function is named."""
        if self.stack or self.function:
            return self.stack
        return _environment("FCTASK_STACK", "PULUMI_STACK")

    @cached_property
    def target(self) -> Target:
        """What the command is about. Raises UsageProblem, NoSuchStack, TargetError."""
        if self.stack and self.function:
            raise UsageProblem("--stack and --function both say which function: give one of them.")
        stack = self.stack_name
        function = self.function or ("" if stack else _environment("FCTASK_FUNCTION"))
        queue = self.queue or _environment("FCTASK_QUEUE")
        if stack:
            found = target_of_stack(stack, Path.cwd(), fresh=self.acts)
            return found if not queue else Target(**{**vars(found), "queue_name": queue})
        if not function:
            raise UsageProblem(
                "which function? Name a stack (--stack dev, in its project's folder) or a function "
                "(--function, --region, --account)."
            )
        region = self.region or _environment(
            "FCTASK_REGION", "ALIBABA_CLOUD_REGION", "ALIBABA_CLOUD_REGION_ID", "ALICLOUD_REGION"
        )
        account = self.account or _environment(
            "FCTASK_ACCOUNT", "ALIBABA_CLOUD_ACCOUNT_ID", "ALICLOUD_ACCOUNT_ID"
        )
        if not region or not account:
            missing = "--region" if not region else "--account"
            raise TargetError(f"{function} is in which {missing[2:]}? Give {missing}.")
        return Target(account, region, function, queue)

    @cached_property
    def clients(self) -> "Clients":
        """The SDKs' clients for the target."""
        from fctask.clients import Clients

        return Clients(self.target)

    def say(self, text: str) -> None:
        """A line for people on standard output; nothing with --json."""
        if not self.as_json:
            print(text, flush=True)

    def note(self, text: str) -> None:
        """A line for people on standard error; nothing with --json."""
        if not self.as_json:
            print(text, file=sys.stderr, flush=True)

    def result(self, document: Any) -> None:
        """The one JSON document of the command; nothing without --json."""
        if self.as_json:
            print(json.dumps(document, ensure_ascii=False, indent=2), flush=True)

    def confirm(self, question: str, yes: bool) -> None:
        """Ask, unless --yes was given. Raises Declined, or UsageProblem where nobody can answer."""
        if yes:
            return
        if self.as_json or not sys.stdin.isatty():
            raise UsageProblem(f"{question} Nobody is there to answer: give --yes.")
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            raise Declined("nothing was done.")


def command(
    app: typer.Typer, name: str, *, acts: bool = False
) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
    """Register a command. What it returns is the exit code; None is 0."""

    def register(function: Callable[..., int | None]) -> Callable[..., int | None]:
        own = inspect.signature(function, eval_str=True)
        parameters = list(own.parameters.values())[1:]

        def run(**values: Any) -> None:
            common = {name: values.pop(name) for name in _COMMON}
            session = Session(acts=acts, **common)
            raise typer.Exit(_run(session, lambda: function(session, **values)))

        run.__doc__ = function.__doc__
        run.__name__ = function.__name__
        run.__signature__ = own.replace(  # pyright: ignore[reportFunctionMemberAccess]
            parameters=[
                *(one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters),
                *(
                    inspect.Parameter(
                        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
                    )
                    for name, (kind, default) in _COMMON.items()
                ),
            ],
            return_annotation=None,
        )
        run.__annotations__ = {one.name: one.annotation for one in parameters} | {
            name: kind for name, (kind, _) in _COMMON.items()
        }
        app.command(name, epilog=exit_codes.EPILOG)(run)
        return function

    return register


def _run(session: Session, function: Callable[[], int | None]) -> int:
    try:
        return function() or exit_codes.DONE
    except UsageProblem as problem:
        return complain(problem, exit_codes.USAGE, session.as_json)
    except FctaskError as error:
        return complain(error, exit_codes.of_error(error), session.as_json)
    except UnicodeEncodeError as error:
        wrong = error.object[error.start : error.end]
        if not "\ud800" <= wrong[0] <= "\udfff":  # then it is the terminal that lacks a character
            raise
        told = UsageProblem(f"{error.object[:200]!r} was given and is not UTF-8.")
        return complain(told, exit_codes.USAGE, session.as_json)
    except BrokenPipeError:  # whoever read the output has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.DONE
    except OSError as error:  # files that were named: not there, not readable, no room
        told = FctaskError(f"{error.filename or 'file'}: {error.strerror or error}")
        return complain(told, exit_codes.FAILED, session.as_json)
    except KeyboardInterrupt:
        return complain(Interrupted("interrupted."), exit_codes.INTERRUPTED, session.as_json)


class Interrupted(FctaskError):
    """Ctrl-C."""

    kind = "Interrupted"


def complain(error: FctaskError, code: int, as_json: bool) -> int:
    """Put the error on standard error, for people or as one JSON document; returns the code."""
    if as_json:
        told = {"kind": error.kind, "message": str(error), "exitCode": code, **error.details}
        print(json.dumps({"error": told}, ensure_ascii=False), file=sys.stderr, flush=True)
    else:
        from fctask.text import clean

        print(f"fctask: {clean(str(error))}", file=sys.stderr, flush=True)
    return code


def _environment(*names: str) -> str:
    return next((os.environ[name] for name in names if os.environ.get(name)), "")
