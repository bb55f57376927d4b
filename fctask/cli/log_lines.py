"""logs: the lines of one execution."""

from typing import Annotated

import typer

from fctask.cli.session import Session, command
from fctask.text import clean


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "logs")(logs)


def logs(
    session: Session,
    task_id: Annotated[str, typer.Argument(metavar="ID")],
    follow: Annotated[
        bool, typer.Option("--follow", help="Lines as they come, until the task has ended.")
    ] = False,
    timestamps: Annotated[bool, typer.Option("--timestamps", "-t", help="With times.")] = False,
) -> None:
    """The log lines of that task's execution, all attempts, and nobody else's."""
    from fctask import logs, tasks
    from fctask.times import clock

    task = tasks.get(session.clients, task_id)
    source = logs.follow(session.clients, task) if follow else logs.lines(session.clients, task)
    found: list[logs.LogLine] = []
    count = 0
    for line in source:
        count += 1
        if session.as_json:
            found.append(line)
        session.say(
            f"{clock(line.at)}  {clean(line.message)}" if timestamps else clean(line.message)
        )
    session.result(
        {
            "taskId": task_id,
            "requestId": task.request_id,
            "lines": [line.document() for line in found],
        }
    )
    if not count:
        session.note(
            "no lines yet: Log Service shows them some seconds after they were written"
            if not task.final
            else "no lines are kept for it"
        )
