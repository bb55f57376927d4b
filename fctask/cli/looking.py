"""list, show, stats: looking at tasks."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from fctask.cli.options import Prefix, Since, Statuses, Until, names_of
from fctask.cli.output import fields, painted, table
from fctask.cli.session import Session, command
from fctask.text import clean, one_line, pretty

if TYPE_CHECKING:
    from fctask.task import Task, TaskEvent

HEADINGS = ("TASK", "STATUS", "ACCEPTED", "TOOK", "TRIES", "ERROR")


def row_of(task: "Task") -> tuple[str, ...]:
    """A task as a row of the table."""
    from fctask.times import clock, span

    tries = "-" if task.status == "Enqueued" else str(task.retries + 1)
    took = span(task.elapsed) if task.final else "-"
    error = task.error_message if task.status not in ("Succeeded", "Stopped") else ""
    return task.task_id, task.status, clock(task.started_at), took, tries, error


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "list")(list_tasks)
    command(app, "show")(show)
    command(app, "stats")(stats)


def list_tasks(
    session: Session,
    status: Statuses = None,
    prefix: Prefix = "",
    since: Since = None,
    until: Until = None,
    qualifier: Annotated[str, typer.Option(help="Only of this version or alias.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Tasks, the newest first."""
    from fctask import tasks
    from fctask.tasks import TaskQuery

    query = TaskQuery(prefix=prefix, qualifier=qualifier, begin=since, end=until)
    most = None if everything else limit + 1
    found = list(tasks.listing(session.clients, query, names_of(status), most))
    if not found:
        tasks.require_task_function(session.clients)
    more = not everything and len(found) > limit
    found = found if everything else found[:limit]
    session.result({"tasks": [task.document() for task in found], "more": more})
    if not found:
        session.note(f"no task of {session.target.function_name} matches")
    else:
        session.say(table(HEADINGS, [row_of(task) for task in found], painted_column=1))
    if more:
        session.note(f"there are more: --limit {limit * 5}, or --all")


def show(session: Session, task_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """One task: times, events, payload, result, error, destination."""
    from fctask import reruns, tasks
    from fctask.times import clock, span

    task = tasks.get(session.clients, task_id)
    first = reruns.first_of(task_id)
    session.result(task.document() | ({"rerunOf": first} if first != task_id else {}))
    session.say(
        fields(
            (
                ("Task", clean(task.task_id)),
                ("Re-run of", clean(first) if task_id.startswith(f"rerun-{first}-") else ""),
                ("Request", clean(task.request_id)),
                ("Status", painted(task.status, task.status)),
                ("Function", f"{session.target.function_name} ({task.qualifier or 'LATEST'})"),
                ("Accepted", clock(task.started_at, fraction=True)),
                ("Ended", clock(task.ended_at, fraction=True) if task.ended_at else ""),
                ("Took", f"{span(task.elapsed)} in all" if task.elapsed is not None else ""),
                ("Last attempt", span(task.duration) if task.duration is not None else ""),
                ("Attempts", str(task.retries + 1) if task.duration is not None else ""),
                ("Error", clean(_error(task))),
                ("Destination", clean(task.destination)),
                ("Instance", clean(task.instance_id)),
            )
        )
    )
    if task.events:
        session.say("\nEvents")
        for event in task.events:
            session.say("  " + event_line(event))
    for name, content in (("Payload", task.payload), ("Result", task.result)):
        if content:
            session.say(
                f"\n{name}\n" + "\n".join(f"  {one}" for one in pretty(content).split("\n"))
            )


def event_line(event: "TaskEvent") -> str:
    """An event on one line: when, what, and its details."""
    from fctask.times import clock

    told = "; ".join(
        f"{name}: {_detail(name, value)}" if name else str(value)
        for name, value in event.details.items()
    )
    status = painted(event.status.ljust(9), event.status)
    return f"{clock(event.at, fraction=True)}  {status}  {one_line(told)}".rstrip()


def _detail(name: str, value: Any) -> str:
    from fctask.times import clock

    return clock(value, fraction=True) if name == "NextAttempt" else str(value)


def _error(task: "Task") -> str:
    if not task.error or task.error == task.error_message:
        return task.error_message
    return f"{task.error}: {task.error_message}"


def stats(
    session: Session,
    since: Since = None,
    until: Until = None,
    prefix: Prefix = "",
    status: Statuses = None,
) -> None:
    """Counts by status, durations, failures by error: of the last day, unless --since says else."""
    from fctask import tasks
    from fctask.stats import total
    from fctask.tasks import TaskQuery
    from fctask.times import clock, moment_of, span

    begin = moment_of("1d") if since is None else since
    query = TaskQuery(prefix=prefix, begin=begin, end=until)
    totals = total(tasks.listing(session.clients, query, names_of(status)))
    if not totals.count:
        tasks.require_task_function(session.clients)
    session.result(totals.document() | {"since": begin, "until": until})
    session.say(f"{totals.count} tasks accepted since {clock(begin)}, {totals.retried} retried\n")
    if not totals.count:
        return
    rows = [(name, str(n), f"{n / totals.count:.1%}") for name, n in totals.by_status.items()]
    session.say(table(("STATUS", "TASKS", "SHARE"), rows, painted_column=0))
    if totals.run.count:
        parts = (("last attempt", totals.run), ("in all", totals.whole))
        rows = [
            (name, span(one.p50), span(one.p95), span(one.p99), span(one.longest))
            for name, one in parts
        ]
        session.say("\n" + table(("DURATION", "P50", "P95", "P99", "MAX"), rows))
    if totals.errors:
        failed = [(str(one.count), one.task_id, one.error) for one in totals.errors]
        session.say("\n" + table(("FAILED", "NEWEST", "ERROR"), failed))
