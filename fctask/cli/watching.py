"""watch: one task until its end, or the newest tasks live."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from fctask.cli import exit_codes
from fctask.cli.looking import HEADINGS, event_line, row_of
from fctask.cli.options import Prefix, Since, Statuses, names_of
from fctask.cli.output import table
from fctask.cli.session import Session, UsageProblem, command
from fctask.text import clean

if TYPE_CHECKING:
    from fctask.task import Task


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "watch")(watch)


def watch(
    session: Session,
    task_id: Annotated[str, typer.Argument(metavar="[ID]")] = "",
    status: Statuses = None,
    prefix: Prefix = "",
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Rows of the live table.")] = 20,
    until_idle: Annotated[
        bool, typer.Option("--until-idle", help="The live table ends when no task is unfinished.")
    ] = False,
    interval: Annotated[
        float, typer.Option(min=0.1, max=60, help="Seconds between two looks.")
    ] = 0.5,
) -> int:
    """With ID: its events as they come; the exit code tells how it ended (0, 10, 11, 12, 13).

    Without ID: the newest tasks, live, until Ctrl-C. With --json the document comes at the end.
    """
    if task_id:
        return follow_to_the_end(session, task_id, interval)
    if session.as_json and not until_idle:
        raise UsageProblem("the live table has no end to print a document at: add --until-idle.")
    return _table(session, names_of(status), prefix, since, limit, until_idle, interval)


def follow_to_the_end(session: Session, task_id: str, interval: float = 0.5) -> int:
    """Print a task's events until it is final; the exit code that tells how it ended."""
    from fctask import tasks

    told = 0
    task = None
    for _, task in tasks.follow(session.clients, task_id, interval):
        for event in task.events[told:]:
            session.say(event_line(event))
        told = max(told, len(task.events))
    assert task is not None  # noqa: S101 - follow gives one look at least
    session.result(task.document())
    if task.result and task.status in ("Succeeded", "Failed"):
        session.say(clean(task.result))
    return exit_codes.of_status(task.status)


def _table(
    session: Session,
    statuses: list[str],
    prefix: str,
    since: int | None,
    limit: int,
    until_idle: bool,
    interval: float,
) -> int:
    from fctask import tasks
    from fctask.task import UNFINISHED
    from fctask.tasks import TaskQuery

    query = TaskQuery(prefix=prefix, begin=since)

    def unfinished() -> bool:
        return any(
            tasks.page(session.clients, TaskQuery(prefix=prefix, status=status), limit=1).tasks
            for status in UNFINISHED
        )

    with _shown(session) as show:
        while True:
            idle = until_idle and not unfinished()
            found = list(tasks.listing(session.clients, query, statuses, limit))
            show(found)
            if idle:
                break
            sleep(interval)
    session.result({"tasks": [task.document() for task in found]})
    return exit_codes.DONE


@contextmanager
def _shown(session: Session) -> "Generator[Callable[[list[Task]], None]]":
    """What shows tasks: a table that changes in place; into a pipe, each row that is new."""
    if session.as_json:
        yield lambda _: None
        return
    if not sys.stdout.isatty():
        last: dict[str, tuple[str, ...]] = {}

        def tell(found: "list[Task]") -> None:
            rows = {task.task_id: row_of(task) for task in reversed(found)}
            news = [row for task_id, row in rows.items() if last.get(task_id) != row]
            if news or not last:
                told = table(HEADINGS, news)
                session.say(told if not last else told.partition("\n")[2])
            last.update(rows)

        yield tell
        return
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    colours = {"Succeeded": "green", "Failed": "red", "Expired": "red", "Stopped": "yellow"}

    def drawn(found: "list[Task]") -> Table:
        made = Table(*HEADINGS, box=None, pad_edge=False)
        for task in found:
            cells = [Text(clean(cell), overflow="ellipsis", no_wrap=True) for cell in row_of(task)]
            cells[1].stylize(colours.get(task.status, "cyan"))
            made.add_row(*cells)
        return made

    with Live(auto_refresh=False) as live:
        yield lambda found: live.update(drawn(found), refresh=True)
