"""invoke: one event, or a batch of them."""

import json
import sys
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from fctask.cli import exit_codes
from fctask.cli.session import Session, UsageProblem, command
from fctask.text import clean


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "invoke", acts=True)(invoke)


def invoke(
    session: Session,
    source: Annotated[
        str, typer.Argument(metavar="[-]", help="`-`: the event comes on standard input.")
    ] = "",
    event: Annotated[str | None, typer.Option("--event", "-e", help="The event, as JSON.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", dir_okay=False, help="A file with the event.")
    ] = None,
    task_id: Annotated[
        str | None,
        typer.Option(help="An id of your own: a letter or _, then letters, digits, _, -; 128."),
    ] = None,
    qualifier: Annotated[str, typer.Option(help="A version or an alias.")] = "",
    sync: Annotated[bool, typer.Option("--sync", help="Wait for the answer; no task.")] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="Follow the task; the exit code tells how it ended.")
    ] = False,
    batch: Annotated[
        Path | None, typer.Option(help="A file with an event a line (JSON), each a task.")
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(help="Where a batch notes what was accepted. Default: BATCH.accepted"),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, max=64, help="So many events of a batch at a time.")
    ] = 8,
) -> int:
    """Invoke the function: a task, unless --sync. The event is {} where none is given.

    A batch can be interrupted and run again: what was accepted is not submitted twice.
    """
    if batch is not None:
        if source or event is not None or file or task_id or sync or wait or qualifier:
            raise UsageProblem("--batch goes with --record and --concurrency only.")
        return _batch(session, batch, record, concurrency)
    if record is not None:
        raise UsageProblem("--record is for --batch.")
    if sync and (wait or task_id):
        raise UsageProblem("--sync makes no task: leave out --wait and --task-id.")
    payload = _payload(source, event, file)
    if sync:
        return _sync(session, payload, qualifier)
    return _async(session, payload, task_id, qualifier, wait)


def _payload(source: str, event: str | None, file: Path | None) -> bytes:
    if source not in ("", "-"):
        raise UsageProblem(f"{source!r} is no event: give it as -e JSON, -f FILE, or - for stdin.")
    if sum((source == "-", event is not None, file is not None)) > 1:
        raise UsageProblem("-e, -f and - each give the event: give one of them.")
    if source == "-":
        return sys.stdin.buffer.read()
    if file is not None:
        return file.read_bytes()
    if event is None:
        return b"{}"
    try:
        json.loads(event)
    except (ValueError, RecursionError) as error:
        raise UsageProblem(f"-e is no JSON ({error}): what is none goes by -f FILE or -.") from None
    return event.encode()


def _async(
    session: Session, payload: bytes, task_id: str | None, qualifier: str, wait: bool
) -> int:
    from fctask import tasks
    from fctask.calling import not_a_task_function
    from fctask.errors import Unreachable

    if wait:
        tasks.require_task_function(session.clients)
    try:
        submitted = tasks.submit(session.clients, payload, task_id, qualifier)
    except Unreachable as lost:
        if not lost.sent:
            raise
        again = (
            f"`fctask show {task_id}` tells"
            if task_id
            else "`fctask list` tells; with --task-id it would be safe to repeat"
        )
        raise Unreachable(
            f"{lost} Whether it was accepted is not known: {again}.", sent=True
        ) from None
    if not submitted.task_id:
        if wait:
            raise not_a_task_function(session.target.function_name)
        session.note("accepted, but the function has no asyncTask: nothing can follow it")
    if wait:
        session.note(f"task {submitted.task_id}, request {submitted.request_id}")
        from fctask.cli.watching import follow_to_the_end

        return follow_to_the_end(session, submitted.task_id)
    session.result(submitted.document())
    session.say(f"accepted: task {submitted.task_id or '-'}, request {submitted.request_id}")
    return exit_codes.DONE


def _sync(session: Session, payload: bytes, qualifier: str) -> int:
    from fctask import tasks

    answered = tasks.call(session.clients, payload, qualifier)
    result = answered.result.decode("utf-8", "replace")
    session.result(
        {
            "requestId": answered.request_id,
            "error": answered.error or None,
            "result": result,
            "logTail": answered.log_tail,
        }
    )
    if not session.as_json and not sys.stdout.isatty():
        sys.stdout.buffer.write(answered.result)  # into a file or a pipe as it is
        sys.stdout.buffer.flush()
    else:
        session.say(clean(result))
    if answered.error:
        session.note(f"the function failed: {answered.error}; its last log lines:")
        session.note(clean(answered.log_tail.rstrip()))
        return exit_codes.TASK_FAILED
    return exit_codes.DONE


def _batch(session: Session, batch: Path, record: Path | None, concurrency: int) -> int:
    from collections import Counter

    from fctask.batch import BEFORE, REFUSED, BatchRecord, events_of, submit_batch

    if str(batch) == "-" and record is None:
        raise UsageProblem("a batch from standard input needs --record FILE to be resumable.")
    content = sys.stdin.buffer.read() if str(batch) == "-" else batch.read_bytes()
    events = events_of(content.split(b"\n"))
    noted = BatchRecord(record or batch.with_name(batch.name + ".accepted"))
    before = sum(event.key in noted.accepted for event in events)
    counts: Counter[str] = Counter()
    refused: list[dict[str, object]] = []
    started = monotonic()
    try:
        with (
            _progress(session, len(events), before) as advance,
            closing(submit_batch(session.clients, events, noted, concurrency)) as outcomes,
        ):
            for outcome in outcomes:
                counts[outcome.done] += 1
                if outcome.done == REFUSED:
                    refused.append(outcome.document())
                    session.note(f"line {outcome.event.line}: {clean(outcome.note)}")
                advance()
    except BaseException:
        known = sum(event.key in noted.accepted for event in events)
        session.note(f"{known} of {len(events)} are accepted; the same command goes on from there")
        raise
    finally:
        noted.close()
    seconds = monotonic() - started
    new = counts["accepted"]
    session.result(
        {
            "events": len(events),
            "accepted": new,
            "acceptedBefore": before + counts[BEFORE],
            "refused": refused,
            "seconds": round(seconds, 3),
            "batch": noted.batch_id,
        }
    )
    session.say(
        f"{new} accepted in {seconds:.1f} s ({new / seconds if seconds else 0:.0f}/s), "
        f"{before + counts[BEFORE]} before, {len(refused)} refused; "
        f"`fctask list --prefix batch-{noted.batch_id}` shows them"
    )
    return exit_codes.PARTLY if refused else exit_codes.DONE


@contextmanager
def _progress(session: Session, total: int, done: int) -> Generator[Callable[[], None]]:
    """A bar with a rate on a terminal's standard error; elsewhere nothing."""
    if session.as_json or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    rate = TextColumn("{task.fields[rate]:.0f}/s")
    columns = (BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    started, new = monotonic(), 0
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total, completed=done, rate=0.0)

        def advance() -> None:
            nonlocal new
            new += 1
            seconds = monotonic() - started
            progress.update(task, advance=1, rate=new / seconds if seconds else 0.0)

        yield advance
