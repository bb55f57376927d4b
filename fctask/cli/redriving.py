"""redrive: submit failed tasks again from their messages."""

from collections import Counter
from enum import Enum
from typing import Annotated

import typer

from fctask.cli import exit_codes
from fctask.cli.options import Yes
from fctask.cli.session import Session, command
from fctask.text import clean


class Also(str, Enum):
    """What is redriven when asked for, too."""

    STOPPED = "Stopped"
    SUCCEEDED = "Succeeded"


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "redrive", acts=True)(redrive)


def redrive(
    session: Session,
    include: Annotated[
        list[Also] | None,
        typer.Option(
            case_sensitive=False, help="Also messages of tasks that were stopped, or succeeded."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Look at so many messages.")] = None,
    yes: Yes = False,
) -> int:
    """Submit the payloads of failed, expired and invalid tasks again, from the queue's messages.

    Each task is looked up by its request id; messages of others are left alone. A message is
    removed only after its new task is accepted: interrupted, it loses none, and run again, submits
    none twice. Exit code 6 where a submission is refused.
    """
    from fctask import messages
    from fctask import redrive as redriving

    counts = messages.counts(session.clients)
    name = session.target.function_name
    session.confirm(
        f"Go through about {counts.active} messages of {counts.queue} and submit those of "
        f"{name}'s failed tasks again?",
        yes,
    )
    chosen = redriving.FAILED | {also.value for also in include or []}
    done: Counter[str] = Counter()
    documents: list[dict[str, object]] = []
    try:
        for outcome in redriving.redrive(session.clients, chosen, limit):
            done[outcome.done] += 1
            documents.append(outcome.document())
            request = outcome.message.request_id or outcome.message.message_id
            task_id = outcome.task_id if outcome.task_id != request else ""
            told = "  ".join(part for part in (outcome.status, task_id, outcome.note) if part)
            session.say(f"{outcome.done:16}  {clean(request)}  {clean(told)}".rstrip())
    finally:
        session.note(
            f"{done[redriving.REDRIVEN]} redriven, {done[redriving.ALREADY]} accepted before, "
            f"{done[redriving.LEFT]} left alone, {done[redriving.FAILED_TO]} not accepted"
        )
    session.result(
        {
            "queueName": counts.queue,
            "redriven": done[redriving.REDRIVEN],
            "acceptedBefore": done[redriving.ALREADY],
            "leftAlone": done[redriving.LEFT],
            "notAccepted": done[redriving.FAILED_TO],
            "messages": documents,
        }
    )
    return exit_codes.PARTLY if done[redriving.FAILED_TO] else exit_codes.DONE
