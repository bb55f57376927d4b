"""A task's way as bars on one scale: queued, taken, each attempt, result, destination."""

from collections.abc import Iterator
from dataclasses import dataclass

from fctask.task import FINAL, Task, TaskEvent
from fctask.times import span

WIDTH = 1000  # units of the drawing from acceptance to the end
_THINNEST = 4  # units, so that what took no time is seen


@dataclass(frozen=True)
class Step:
    """A row of the timeline. `x` and `width` in units of the drawing; `at` in ms since 1970.

    `kind` is the style's word for it; `took` is "" for what is a moment.
    """

    name: str
    kind: str
    at: int
    x: float
    width: float
    took: str
    note: str


@dataclass(frozen=True)
class _Part:
    name: str
    kind: str
    begin: int
    end: int | None  # None: a moment
    note: str = ""


_NAMES = {
    "Enqueued": ("Queued", "queued"),
    "Dequeued": ("Taken", "taken"),
    "Retrying": ("Pause", "pause"),
    "Stopping": ("Stopping", "stopping"),
}


def steps(task: Task, now: int) -> tuple[Step, ...]:
    """The rows for a task, in order; `now` (ms since 1970) is the end of what is not over."""
    parts = list(_parts(task, now))
    if not parts:
        return ()
    begin = min(part.begin for part in parts)
    end = max((part.begin if part.end is None else part.end) for part in parts)
    whole = max(1, end - begin)

    def drawn(part: _Part) -> Step:
        width = _THINNEST if part.end is None else WIDTH * (part.end - part.begin) / whole
        width = max(_THINNEST, width)
        x = min(WIDTH * (part.begin - begin) / whole, WIDTH - width)
        took = "" if part.end is None else span(part.end - part.begin)
        return Step(part.name, part.kind, part.begin, round(x, 2), round(width, 2), took, part.note)

    return tuple(drawn(part) for part in parts)


def length(task: Task, now: int) -> int:
    """ms from the first row's begin to the last one's end."""
    parts = list(_parts(task, now))
    if not parts:
        return 0
    end = max((part.begin if part.end is None else part.end) for part in parts)
    return end - min(part.begin for part in parts)


def _parts(task: Task, now: int) -> Iterator[_Part]:
    if not task.events:
        yield from _without_events(task, now)
        return
    attempt = 0
    for event, after in zip(task.events, [*task.events[1:], None], strict=True):
        if event.status in FINAL:
            # what the last attempt came to stands beside that
            note = "" if attempt else _said(event)
            yield _Part(event.status, event.status.lower(), event.at, None, note)
            yield from _destination(task, event)
            continue
        attempt += event.status == "Running"
        named = _NAMES.get(event.status, (event.status, "taken"))
        if event.status == "Running":
            named = (f"Attempt {attempt}", "running")
        # what an attempt came to stands in the event after it
        note = _said(after) if after and event.status == "Running" else ""
        if event.status == "Running" and after and after.status in ("Retrying", "Failed"):
            named = (named[0], "failed")
        elif event.status == "Running" and after and after.status == "Succeeded":
            named = (named[0], "succeeded")
        yield _Part(*named, event.at, max(event.at, after.at if after else now), note)


def _without_events(task: Task, now: int) -> Iterator[_Part]:
    """FC kept none: what the task itself tells."""
    if task.started_at is None:
        return
    end = task.ended_at if task.ended_at is not None else now
    name = "Accepted to end" if task.final else "Since accepted"
    yield _Part(name, "taken", task.started_at, end)
    if task.final:
        yield _Part(task.status, task.status.lower(), end, None, task.error)


def _said(event: TaskEvent) -> str:
    return str(event.details.get("ErrorMessage") or event.details.get("Error") or "")


def _destination(task: Task, event: TaskEvent) -> Iterator[_Part]:
    destination = str(event.details.get("Destination") or "")
    status = str(event.details.get("DestinationStatus") or task.destination or "")
    if not destination and not status:
        return
    kind = {"Succeeded": "succeeded", "Failed": "failed"}.get(status, "queued")
    where = destination.rpartition(":")[2].strip("/").removesuffix("/messages")
    yield _Part("Destination", kind, event.at, None, " · ".join(filter(None, (where, status))))
