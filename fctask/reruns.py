"""Running an ended task again: the same payload as a new task, whose id names the first.

Function Compute has no call for it: the stored payload is submitted again. The new id is
rerun-<id of the first>-<time>, so that `fctask list --prefix rerun-<id>` finds every re-run of a
task; a re-run of a re-run still names the first.
"""

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from fctask import tasks
from fctask.clients import Clients
from fctask.errors import AlreadyExists, NoSuchTask, NotEnded, PayloadLost
from fctask.task import Task
from fctask.tasks import TaskQuery

LONGEST_ID = 128  # characters of a task id
REPLACEMENT = "\ufffd"  # what stands for bytes that are no text in what FC gives back
_PREFIX, _STAMP = "rerun-", 9  # base 36 digits of the time in ms, good until the year 5188
_LONGEST_FIRST = LONGEST_ID - len(_PREFIX) - 1 - _STAMP
_RERUN = re.compile(rf"rerun-(.+)-[0-9a-z]{{{_STAMP}}}")


@dataclass(frozen=True)
class Rerun:
    """A task accepted to run another's payload. `first` is the task that it names."""

    first: str
    of: str
    task_id: str
    request_id: str

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "of": self.of,
            "first": self.first,
            "taskId": self.task_id,
            "requestId": self.request_id,
        }


def first_of(task_id: str) -> str:
    """The task that a re-run names, or the task's own id.

    An id of more than 112 characters is named by its first 99 and a digest.
    """
    found = _RERUN.fullmatch(task_id)
    if found:
        return found[1]
    if len(task_id) <= _LONGEST_FIRST:
        return task_id
    return f"{task_id[: _LONGEST_FIRST - 13]}-{hashlib.sha256(task_id.encode()).hexdigest()[:12]}"


def rerun(clients: Clients, task_id: str, clock: Callable[[], float] = time.time) -> Rerun:
    """Submit the payload of an ended task again, for the same version or alias.

    Raises NotEnded, NoSuchTask, and PayloadLost where the payload cannot be had back as it was.
    """
    task = tasks.get(clients, task_id)
    if not task.final:
        raise NotEnded(
            f"{task_id} is {task.status}: only a task that has ended can be run again. "
            f"Stop it first: `fctask stop {task_id}`."
        )
    payload = payload_of(task)
    first = first_of(task_id)
    at = round(clock() * 1000)
    while True:
        new_id = f"{_PREFIX}{first}-{_base36(at)}"
        try:
            submitted = tasks.submit(clients, payload, new_id, task.qualifier)
        except AlreadyExists:  # another re-run in the same millisecond
            at += 1
            continue
        return Rerun(first, task_id, submitted.task_id or new_id, submitted.request_id)


def payload_of(task: Task) -> bytes:
    """The payload that the task was submitted with. Raises PayloadLost."""
    if task.payload is None:
        raise PayloadLost(f"the payload of {task.task_id} is not kept, so it cannot be run again.")
    if REPLACEMENT in task.payload:
        raise PayloadLost(
            f"the payload of {task.task_id} is not UTF-8 text, and Function Compute gives it back "
            "damaged: submit the original again (`fctask invoke -f FILE`)."
        )
    return task.payload.encode()


def under_way_or_done(clients: Clients, task_id: str) -> Task | None:
    """A re-run of the task's first that succeeded or has not ended; None where there is none."""
    query = TaskQuery(prefix=f"{_PREFIX}{first_of(task_id)}-")
    for again in tasks.listing(clients, query):
        # the prefix alone would also find those of a task whose name goes on
        if first_of(again.task_id) != first_of(task_id) or again.task_id == task_id:
            continue
        if again.status == "Succeeded" or not again.final:
            return again
    return None


def pieces_of_work(clients: Clients, found: Iterable[Task]) -> Iterator[tuple[Task, Task | None]]:
    """Of tasks, newest first, one for each piece of work, and the later task that settles it.

    Tasks whose ids name the same first are the same work, and so is what redrive has put in the
    place of one of them. The second is None where no later task has succeeded or is under way.
    """
    families: dict[str, list[Task]] = {}
    for task in found:
        families.setdefault(first_of(task.task_id), []).append(task)
    chosen = {task.task_id for family in families.values() for task in family}
    for family in families.values():
        redriven = [one for task in family if (one := last_redrive(clients, task))]
        settled = [one for one in redriven if one.status == "Succeeded" or not one.final]
        if settled:
            yield family[0], settled[0]
        elif not any(one.task_id in chosen for one in redriven):  # else that one stands for it
            yield family[0], under_way_or_done(clients, family[0].task_id)


def redrive_id(request_id: str) -> str:
    """The id of the task with which redrive replaces the one of that request: always the same."""
    if re.fullmatch(r"[A-Za-z0-9_-]{1,120}", request_id):
        return f"redrive-{request_id}"
    return f"redrive-{hashlib.sha256(request_id.encode()).hexdigest()}"


def last_redrive(clients: Clients, task: Task) -> Task | None:
    """The task that redrive has put in the place of this one, or of that one again; or None."""
    last: Task | None = None
    while True:
        try:
            last = tasks.get(clients, redrive_id((last or task).request_id))
        except NoSuchTask:
            return last


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(_STAMP, "0")
