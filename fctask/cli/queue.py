"""messages peek, receive, ack, drain: the queue that results go to."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fctask.cli import exit_codes
from fctask.cli.options import Yes
from fctask.cli.output import table
from fctask.cli.session import Session, command
from fctask.text import clean

if TYPE_CHECKING:
    from fctask.message import QueueMessage

LONGEST_WAIT = 3600  # seconds
Count = Annotated[int, typer.Option("--count", "-n", min=1, max=16, help="At most so many.")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        help="Messages of the queue that results go to.", no_args_is_help=True, add_completion=False
    )
    command(group, "peek")(peek)
    command(group, "receive", acts=True)(receive)
    command(group, "ack", acts=True)(ack)
    command(group, "drain", acts=True)(drain)
    app.add_typer(group, name="messages")


def peek(session: Session, count: Count = 16) -> None:
    """The next messages, left as they are; and how many there are."""
    from fctask import messages
    from fctask.times import clock

    found = messages.peek(session.clients, count)
    counts = messages.counts(session.clients)
    session.result(counts.document() | {"messages": [one.described() for one in found]})
    if found:
        headings = ("SENT", "TIMES", "REQUEST", "CONDITION", "SAYS")
        rows = [
            (
                clock(one.enqueued_at),
                str(one.dequeue_count),
                one.request_id or "-",
                one.condition or "-",
                one.error_message or one.payload or one.body,
            )
            for one in found
        ]
        session.say(table(headings, rows))
    session.note(
        f"queue {counts.queue}: {counts.active} to receive, {counts.inactive} with a reader, "
        f"{counts.delayed} delayed"
    )


def receive(
    session: Session,
    count: Count = 1,
    wait: Annotated[
        int, typer.Option(min=0, max=LONGEST_WAIT, help="Seconds to wait for the first one.")
    ] = 0,
    ack_: Annotated[bool, typer.Option("--ack", help="Remove each once it is printed.")] = False,
) -> int:
    """Take messages: nobody else gets them for the queue's visibility timeout.

    Remove one with `fctask messages ack HANDLE`. Exit code 1 when there is none.
    """
    from fctask import messages

    def waiting(waited: int) -> None:
        session.note(f"no message yet, {waited} s of {wait} s")

    found = messages.receive(session.clients, count, wait, waiting)
    session.result({"messages": [one.described() for one in found]})
    for message in found:
        session.say(_told(message, with_handle=not ack_))
    if ack_:
        messages.acknowledge(session.clients, *found)
    if not found:
        session.note("no message")
        return exit_codes.FAILED
    return exit_codes.DONE


def _told(message: "QueueMessage", *, with_handle: bool) -> str:
    body = message.document
    shown = clean(json.dumps(body, ensure_ascii=False, indent=2) if body else message.body)
    return f"handle {message.receipt_handle}\n{shown}" if with_handle else shown


def ack(
    session: Session, handles: Annotated[list[str], typer.Argument(metavar="HANDLE...")]
) -> None:
    """Remove received messages by their handles."""
    from fctask import messages

    messages.acknowledge(session.clients, *handles)
    session.result({"removed": len(handles)})
    session.say(f"removed {len(handles)}")


def drain(
    session: Session,
    to: Annotated[Path, typer.Option(dir_okay=False, help="A file; JSON lines are added to it.")],
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None,
    yes: Yes = False,
) -> None:
    """Move messages from the queue into a file, each removed once it is safely there."""
    from fctask import messages

    counts = messages.counts(session.clients)
    most = counts.active if limit is None else min(limit, counts.active)
    session.confirm(f"Move about {most} messages of {counts.queue} to {to}?", yes)
    moved = 0
    try:
        for _ in messages.drain(session.clients, to, limit):
            moved += 1
    finally:
        session.note(f"moved {moved} to {to}")
    session.result({"moved": moved, "file": str(to), "queueName": counts.queue})
