"""The life cycle of a task: its statuses, and the one table of what may follow what.

The statuses are those of FC's AsyncTask; what each means is documented there:
https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-asynctask
Which may follow which is nowhere documented: this table is ours (docs/tasks.md draws it).
"""

import enum
from collections.abc import Mapping


class Status(str, enum.Enum):
    """What a task is doing; the values are FC's own words."""

    ENQUEUED = "Enqueued"
    DEQUEUED = "Dequeued"
    RUNNING = "Running"
    RETRYING = "Retrying"
    STOPPING = "Stopping"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    STOPPED = "Stopped"
    EXPIRED = "Expired"
    INVALID = "Invalid"


TRANSITIONS: Mapping[Status, frozenset[Status]] = {
    # waits for its turn
    Status.ENQUEUED: frozenset({Status.DEQUEUED, Status.STOPPED, Status.EXPIRED, Status.INVALID}),
    # taken from the queue, about to run; a restart puts it back where it was
    Status.DEQUEUED: frozenset(
        {Status.RUNNING, Status.STOPPING, Status.ENQUEUED, Status.RETRYING, Status.INVALID}
    ),
    Status.RUNNING: frozenset({Status.SUCCEEDED, Status.FAILED, Status.RETRYING, Status.STOPPING}),
    # waits for its next attempt
    Status.RETRYING: frozenset({Status.DEQUEUED, Status.STOPPED, Status.EXPIRED, Status.INVALID}),
    # told to stop; whatever its attempt answers now comes too late
    Status.STOPPING: frozenset({Status.STOPPED}),
    Status.SUCCEEDED: frozenset(),
    Status.FAILED: frozenset(),
    Status.STOPPED: frozenset(),
    Status.EXPIRED: frozenset(),
    Status.INVALID: frozenset(),
}

WAITING = frozenset({Status.ENQUEUED, Status.RETRYING})
"""In the queue, with a time at which the turn comes."""

IN_HAND = frozenset({Status.DEQUEUED, Status.RUNNING, Status.STOPPING})
"""Out of the queue and not at its end: what a killed localcloud leaves behind."""

FINAL = frozenset(status for status, following in TRANSITIONS.items() if not following)
"""Nothing follows these."""


class ForbiddenTransition(Exception):
    """The engine wanted a step that the table does not have: a mistake in localcloud itself."""


def check(before: Status, after: Status) -> None:
    """Raise ForbiddenTransition unless `after` may follow `before`."""
    if after not in TRANSITIONS[before]:
        raise ForbiddenTransition(f"a task that is {before.value} cannot become {after.value}")
