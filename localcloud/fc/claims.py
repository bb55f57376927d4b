"""Taking tasks from the queue of a function."""

from dataclasses import dataclass, field

from localcloud.fc import functions
from localcloud.fc.deletion import end_invalid
from localcloud.fc.desk import Desk
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Credentials
from localcloud.fc.lanes import Look
from localcloud.fc.life_cycle import Status
from localcloud.fc.role_sessions import RoleSessions
from localcloud.refusal import Refusal
from localcloud.store import task_queue as queue
from localcloud.store.functions import LATEST
from localcloud.store.task_queue import WaitingRow

_STEP_OF_DELETION = 200  # rows that become Invalid in one write


@dataclass(frozen=True, slots=True)
class Taken:
    """A row taken from the queue, and all that its attempt needs."""

    row: WaitingRow
    function: ResolvedFunction
    credentials: Credentials | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a look at a function's queue gave.

    `slots` is how many attempts of the function may run at once; `next_due` when its next turn
    comes (ms), None where nothing waits; it may be in the past: then there is more to take.
    """

    function: str
    taken: tuple[Taken, ...]
    slots: int
    next_due: int | None


def slots_of(function: ResolvedFunction, instances: int) -> int:
    """How many attempts of a function may run at once, with `instances` of it on this machine."""
    if function.disabled:
        return 0
    if function.reserved_concurrency is not None:
        return function.reserved_concurrency
    return instances * function.instance.instance_concurrency


def claim(desk: Desk, look: Look, instances: int, sessions: RoleSessions) -> Claim:
    """Take rows whose turn has come, so that the function has work for all its slots.

    What cannot run any more (its function, version or alias is gone) is Invalid.
    """
    function = look.function
    found = desk.resolve(function, LATEST)
    if isinstance(found, Refusal):
        for row in queue.waiting_of(desk.tx, function, _STEP_OF_DELETION):
            end_invalid(desk, row, row.status, found)
        due = queue.next_due(desk.tx, function)
        return Claim(function, (), 1, None if due is None else desk.now)
    slots = slots_of(found, instances)
    want = min(slots + (look.ahead if slots else 0) - look.taken, look.room)
    if want <= 0:
        return Claim(function, (), slots, queue.next_due(desk.tx, function))
    rows = queue.take(desk.tx, function, want, desk.now)
    ready: list[Taken] = []
    for row in rows:
        if row.deleted_function is not None:  # one of that name was made again since
            end_invalid(desk, row, Status.DEQUEUED, functions.function_not_found(function))
            continue
        resolved = desk.resolve(function, row.qualifier)
        if isinstance(resolved, Refusal):
            end_invalid(desk, row, Status.DEQUEUED, resolved)
            continue
        ready.append(Taken(row, resolved, desk.credentials(sessions, resolved.role)))
    due = queue.next_due(desk.tx, function)
    return Claim(function, tuple(ready), slots, due)
