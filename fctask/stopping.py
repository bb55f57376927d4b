"""Stopping tasks, until the stop is true or it is known that it is not.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-stopasynctask
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from fctask import tasks
from fctask.calling import calling
from fctask.clients import Clients
from fctask.errors import (
    CredentialsRefused,
    NoSuchTask,
    PermissionMissing,
    ServiceRefused,
    Throttled,
    Unreachable,
)
from fctask.task import Task

PATIENCE = 60.0  # seconds for a stop to become true
_LOOK_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class StopOutcome:
    """What came of stopping a task. `stopped` only when it is Stopped; `note` says why not.

    `missing` is set where there is no such task.
    """

    task_id: str
    status: str
    stopped: bool
    note: str = ""
    missing: NoSuchTask | None = None

    def document(self) -> dict[str, Any]:
        """For JSON."""
        written = {"taskId": self.task_id, "status": self.status, "stopped": self.stopped}
        return {**written, "note": self.note} if self.note else written


def request_stop(clients: Clients, task_id: str) -> None:
    """Ask for the stop and return; it is true once the task is Stopped.

    Raises NoSuchTask; AlreadyExists or ServiceRefused where the task is at its end already.
    """
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import StopAsyncTaskRequest

    with calling("fc:StopAsyncTask", task_id):
        fc.stop_async_task(name, task_id, StopAsyncTaskRequest())


def stop(
    clients: Clients, task_ids: Sequence[str], patience: float = PATIENCE
) -> Iterator[StopOutcome]:
    """Ask for all the stops first, then wait at most `patience` seconds in all; one outcome each.

    Raises PermissionMissing and CredentialsRefused before anything else is asked for.
    """
    waiting: list[str] = []
    for task_id in dict.fromkeys(task_ids):
        try:
            request_stop(clients, task_id)
            waiting.append(task_id)
        except (PermissionMissing, CredentialsRefused):
            raise
        except NoSuchTask as none:
            yield StopOutcome(task_id, "", False, str(none), missing=none)
        except ServiceRefused as refused:  # at its end already, or there is a reason
            outcome = _ended(tasks.get(clients, task_id), asked=False)
            yield outcome or StopOutcome(task_id, "", False, str(refused))
    end = monotonic() + patience
    while waiting:
        for task_id in list(waiting):
            outcome = _look(clients, task_id, last=monotonic() >= end)
            if outcome is not None:
                waiting.remove(task_id)
                yield outcome
        if waiting:
            sleep(_LOOK_EVERY)


def _look(clients: Clients, task_id: str, *, last: bool) -> StopOutcome | None:
    try:
        task = tasks.get(clients, task_id)
    except (Unreachable, Throttled) as lost:
        return StopOutcome(task_id, "", False, f"not known: {lost}") if last else None
    outcome = _ended(task, asked=True)
    if outcome is None and last:
        note = f"it is still {task.status}: the stop is asked for, and not true yet"
        return StopOutcome(task_id, task.status, False, note)
    return outcome


def _ended(task: Task, *, asked: bool) -> StopOutcome | None:
    if not task.final:
        return None
    if task.status == "Stopped":
        return StopOutcome(task.task_id, "Stopped", True, "" if asked else "it was Stopped before")
    when = "before the stop reached it" if asked else "already"
    return StopOutcome(task.task_id, task.status, False, f"it had ended {when}: {task.status}")
