"""Options that several commands share, and how their texts are read."""

from typing import Annotated

import typer

from fctask.task import Status
from fctask.times import moment_of, seconds_of


def _moment(text: str) -> int:
    try:
        return moment_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _seconds(text: str) -> float:
    try:
        return seconds_of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


Statuses = Annotated[
    list[Status] | None,
    typer.Option(
        "--status",
        case_sensitive=False,
        metavar="STATUS",
        help="Only these; may be given several times.",
    ),
]
Since = Annotated[
    int | None,
    typer.Option(
        parser=_moment, metavar="2h|TIME", help="Accepted since: so long ago, or 2026-01-31T08:00."
    ),
]
Until = Annotated[
    int | None, typer.Option(parser=_moment, metavar="2h|TIME", help="Accepted until.")
]
OlderThan = Annotated[
    int | None,
    typer.Option(parser=_moment, metavar="1h|TIME", help="Accepted longer ago than this."),
]
Prefix = Annotated[str, typer.Option(help="Only task ids that begin so.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Wait = Annotated[
    float | None,
    typer.Option(
        parser=_seconds, metavar="60s", help="How long to wait at most; 60s unless given."
    ),
]


def names_of(statuses: list[Status] | None) -> list[str]:
    """The names of chosen statuses."""
    return [status.value for status in statuses or []]
