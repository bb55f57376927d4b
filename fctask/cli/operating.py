"""stop and rerun: acting on tasks by id, or on all that match."""

from typing import TYPE_CHECKING, Annotated

import typer

from fctask.cli import exit_codes
from fctask.cli.looking import HEADINGS, row_of
from fctask.cli.options import OlderThan, Prefix, Since, Statuses, Wait, Yes, names_of
from fctask.cli.output import table
from fctask.cli.session import Session, UsageProblem, command
from fctask.text import clean

if TYPE_CHECKING:
    from fctask.task import Task

_SHOWN = 20
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "stop", acts=True)(stop)
    command(app, "rerun", acts=True)(rerun)


def stop(
    session: Session,
    task_ids: Ids = None,
    status: Statuses = None,
    prefix: Prefix = "",
    older_than: OlderThan = None,
    wait: Wait = None,
    yes: Yes = False,
) -> int:
    """Stop tasks by id, or all unfinished ones that match; waits until each stop is true.

    Exit code 6 where one is not: it had ended before, or it takes longer than --wait; 5 where
    there is none of the tasks.
    """
    from fctask import stopping
    from fctask.task import FINAL, UNFINISHED

    statuses = names_of(status)
    if chosen := [name for name in statuses if name in FINAL]:
        raise UsageProblem(f"a task that is {chosen[0]} cannot be stopped: it has ended.")
    ids = list(task_ids or [])
    if not ids:
        if not (statuses or prefix or older_than is not None):
            raise UsageProblem("stop what? Give ids, or --status, --prefix, --older-than.")
        found = _selected(session, statuses or list(UNFINISHED), prefix, None, older_than)
        if not _agreed(session, found, "Stop", yes):
            session.result({"tasks": []})
            return exit_codes.DONE
        ids = [task.task_id for task in found]
    elif statuses or prefix or older_than is not None:
        raise UsageProblem("ids, or --status, --prefix, --older-than: not both.")
    outcomes: list[stopping.StopOutcome] = []
    patience = stopping.PATIENCE if wait is None else wait
    for outcome in stopping.stop(session.clients, ids, patience):
        if outcome.missing and len(ids) == 1:
            raise outcome.missing
        outcomes.append(outcome)
        if outcome.stopped:
            session.say(f"stopped      {clean(outcome.task_id)}  {outcome.note}".rstrip())
        else:
            session.note(f"not stopped  {clean(outcome.task_id)}  {clean(outcome.note)}")
    session.result({"tasks": [outcome.document() for outcome in outcomes]})
    if all(one.missing for one in outcomes):
        return exit_codes.NOT_FOUND
    return exit_codes.DONE if all(one.stopped for one in outcomes) else exit_codes.PARTLY


def rerun(
    session: Session,
    task_ids: Ids = None,
    status: Statuses = None,
    prefix: Prefix = "",
    since: Since = None,
    yes: Yes = False,
) -> int:
    """Run ended tasks again: the same payload, and a new id that names the first.

    With --status, --prefix or --since: all that match, without those whose re-run succeeded or is
    under way, so that the same command can be given again.
    """
    from fctask import reruns
    from fctask.errors import NoSuchTask, NotEnded, PayloadLost, ServiceRefused, Throttled
    from fctask.task import FINAL

    statuses = names_of(status)
    if chosen := [name for name in statuses if name not in FINAL]:
        raise UsageProblem(f"a task that is {chosen[0]} has not ended: it cannot be run again.")
    ids = list(task_ids or [])
    if not ids:
        if not (statuses or prefix or since is not None):
            raise UsageProblem("rerun what? Give ids, or --status, --prefix, --since.")
        found = _selected(session, statuses or ["Failed"], prefix, since, None)
        found = _once_each(session, found)
        if not _agreed(session, found, "Run again", yes):
            session.result({"tasks": []})
            return exit_codes.DONE
        ids = [task.task_id for task in found]
    elif statuses or prefix or since is not None:
        raise UsageProblem("ids, or --status, --prefix, --since: not both.")
    done: list[dict[str, object]] = []
    refused = False
    for task_id in dict.fromkeys(ids):
        try:
            again = reruns.rerun(session.clients, task_id)
        except Throttled:
            raise
        except (NoSuchTask, NotEnded, PayloadLost, ServiceRefused) as why:
            if len(ids) == 1:
                raise
            refused = True
            done.append({"of": task_id, "error": {"kind": why.kind, "message": str(why)}})
            session.note(f"not run again: {clean(str(why))}")
            continue
        done.append(again.document())
        session.say(f"accepted: task {clean(again.task_id)}, request {again.request_id}")
    session.result({"tasks": done})
    return exit_codes.PARTLY if refused else exit_codes.DONE


def _selected(
    session: Session, statuses: list[str], prefix: str, since: int | None, until: int | None
) -> "list[Task]":
    from fctask import tasks
    from fctask.tasks import TaskQuery

    query = TaskQuery(prefix=prefix, begin=since, end=until)
    return list(tasks.listing(session.clients, query, statuses))


def _once_each(session: Session, found: "list[Task]") -> "list[Task]":
    """One task for each piece of work, and none for work that a later task has done or does."""
    from fctask import reruns

    kept: list[Task] = []
    for task, later in reruns.pieces_of_work(session.clients, found):
        if later is None:
            kept.append(task)
        else:
            told = f"{clean(later.task_id)} is {later.status}"
            session.note(f"left out: {clean(task.task_id)}, since {told}")
    return kept


def _agreed(session: Session, found: "list[Task]", verb: str, yes: bool) -> bool:
    """Show what would be acted on and ask; False where there is nothing."""
    if not found:
        session.note("no task matches: nothing to do")
        return False
    if not yes:
        session.note(table(HEADINGS, [row_of(task) for task in found[:_SHOWN]], painted_column=1))
        if len(found) > _SHOWN:
            session.note(f"... and {len(found) - _SHOWN} more")
    session.confirm(f"{verb} {len(found)} task{'s' if len(found) > 1 else ''}?", yes)
    return True
