"""The rules of tasks: taken from the queue, run, retried, stopped, expired, found after a crash.

Every function here works in the transaction it is given, so that a task's state, the schedule of
its retries and the delivery of its result change together or not at all.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.fc import async_config, attempts, destinations, functions, retries
from localcloud.fc.arns import function_arn
from localcloud.fc.async_config import AsyncConfig
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Credentials, Outcome
from localcloud.fc.life_cycle import FINAL, WAITING, Status
from localcloud.fc.permissions import Permissions
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.submissions import Wake
from localcloud.refusal import Refusal
from localcloud.store import functions as function_store
from localcloud.store import tasks as store
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST
from localcloud.store.tasks import Event, WaitingRow

log = logging.getLogger(__name__)

MAX_RETURN_PAYLOAD = 1024 * 1024  # bytes of a result that a task keeps
_STEP_OF_DELETION = 200  # rows that become Invalid in one write
KEPT_FOR = 7 * 24 * 3_600_000  # ms

# The `condition` of the destination message. FC documents InvocationError and
# FunctionResourceExhausted, and "" for what did not fail; Expired and Invalid are ours, and are
# the statuses' own names.
CONDITION_INVOCATION_ERROR = "InvocationError"
CONDITION_NO_RESOURCE = "FunctionResourceExhausted"


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


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt whose start is to be written."""

    task: int
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that is over. `recorded`: Dequeued while its start was not written."""

    row: WaitingRow
    function: ResolvedFunction
    recorded: Status
    started_at: int
    ended_at: int
    outcome: Outcome


@dataclass(slots=True)
class Desk:
    """What the rules share in one transaction."""

    tx: Transaction
    now: int
    wake: Wake
    allowed: Permissions = field(init=False)
    _found: dict[tuple[str, str], ResolvedFunction | Refusal] = field(init=False)

    def __post_init__(self) -> None:
        self.allowed = Permissions(self.tx)
        self._found = {}

    def resolve(self, name: str, qualifier: str) -> ResolvedFunction | Refusal:
        """The function, or why there is none. An alias is resolved anew each time: its weights."""
        found = self._found.get((name, qualifier))
        if found is not None:
            return found
        try:
            found = functions.resolve(self.tx, name, qualifier)
        except Refusal as refusal:
            found = refusal
        if isinstance(found, Refusal) or found.version == qualifier:
            self._found[name, qualifier] = found
        return found


def slots_of(function: ResolvedFunction, instances: int) -> int:
    """How many attempts of a function may run at once, with `instances` of it on this machine."""
    if function.disabled:
        return 0
    if function.reserved_concurrency is not None:
        return function.reserved_concurrency
    return instances * function.instance.instance_concurrency


def claim(
    desk: Desk,
    function: str,
    *,
    taken: int,
    ahead: int,
    room: int,
    instances: int,
    sessions: RoleSessions,
) -> Claim:
    """Take rows whose turn has come, so that the function has work for all its slots.

    `taken` attempts are in hand already; `ahead` more than there are slots may be taken, at most
    `room` in all. What cannot run any more (its function, version or alias is gone) is Invalid.
    """
    found = desk.resolve(function, LATEST)
    if isinstance(found, Refusal):
        for row in store.waiting_of(desk.tx, function, _STEP_OF_DELETION):
            _end_invalid(desk, row, row.status, found)
        due = store.next_due(desk.tx, function)
        return Claim(function, (), 1, None if due is None else desk.now)
    slots = slots_of(found, instances)
    want = min(slots + (ahead if slots else 0) - taken, room)
    if want <= 0:
        return Claim(function, (), slots, store.next_due(desk.tx, function))
    rows = store.take(desk.tx, function, want, desk.now)
    ready: list[Taken] = []
    for row in rows:
        if row.deleted_function is not None:  # one of that name was made again since
            _end_invalid(desk, row, Status.DEQUEUED, functions.function_not_found(function))
            continue
        resolved = desk.resolve(function, row.qualifier)
        if isinstance(resolved, Refusal):
            _end_invalid(desk, row, Status.DEQUEUED, resolved)
            continue
        credentials = sessions.credentials(desk.tx, resolved.role, desk.now)
        ready.append(Taken(row, resolved, credentials))
    due = store.next_due(desk.tx, function)
    return Claim(function, tuple(ready), slots, due)


def started(desk: Desk, start: Started) -> None:
    """Write that an attempt runs. A task that is being stopped meanwhile keeps that status."""
    store.move(
        desk.tx,
        start.task,
        Status.DEQUEUED,
        [_running(start.at, start.number)],
        changes={"attempts": start.number},
    )


def _running(at: int, number: int) -> Event:
    return Event(Status.RUNNING, at, json.dumps({"Attempt": number}))


def finish(desk: Desk, end: Finished, found: tuple[Status, bool] | None, log_error: str = "") -> Status | None:
    """Write the end of an attempt and what follows; returns the new status.

    `found` is the row's status in this transaction, and whether its function was deleted. Where it
    is being stopped (or gone), the answer came too late: None, and nothing is done. `log_error`
    says why its log is not written.
    """
    if found is None or found[0] is not end.recorded:
        return None
    row, outcome = end.row, end.outcome
    steps: list[Event] = []
    if end.recorded is Status.DEQUEUED:
        steps.append(_running(end.started_at, row.attempts + 1))
    changes: dict[str, Any] = {
        "attempts": row.attempts + 1,
        "instance_id": outcome.instance_id,
        "duration": outcome.duration,
    }
    detail: dict[str, Any] = {}
    if log_error:
        detail["LogError"] = log_error
    config = end.function.async_config
    result = _Result(row.attempts + 1, outcome.payload)
    if outcome.succeeded:
        return _conclude(
            desk,
            row,
            end.recorded,
            Status.SUCCEEDED,
            end.ended_at,
            result,
            role=end.function.role,
            destination=config.on_success,
            steps=steps,
            detail=detail,
            changes=changes,
        )
    error = attempts.error_type(outcome)
    detail |= {"Error": error, "ErrorMessage": attempts.error_message(outcome)}
    changes["error"] = error
    if outcome.ending in attempts.SYSTEM_ENDINGS:
        result.condition = CONDITION_NO_RESOURCE
        detail["Error"] = changes["error"] = "SystemError"
        due = _after_system_error(row, changes, desk.now)
    else:
        result.condition = result.function_error = CONDITION_INVOCATION_ERROR
        changes["function_errors"] = row.function_errors + 1
        due = retries.after_function_error(
            row.function_errors + 1, config.retry_limit, end.ended_at
        )
    if due is not None and not found[1]:
        detail["NextAttempt"] = due
        steps.append(Event(Status.RETRYING, end.ended_at, _json(detail)))
        store.move(
            desk.tx, row.id, end.recorded, steps, due_at=min(due, row.expires_at), changes=changes
        )
        desk.tx.after_commit(lambda: desk.wake(row.function))
        return Status.RETRYING
    return _conclude(
        desk,
        row,
        end.recorded,
        Status.FAILED,
        end.ended_at,
        result,
        role=end.function.role,
        destination=config.on_failure,
        steps=steps,
        detail=detail,
        changes=changes,
    )


def _after_system_error(row: WaitingRow, changes: dict[str, Any], now: int) -> int | None:
    errors = row.system_errors + 1
    since = now if row.system_errors_since is None else row.system_errors_since
    changes["system_errors"] = errors
    changes["system_errors_since"] = since
    return retries.after_system_error(errors, since, now)


@dataclass(slots=True)
class _Result:
    """What the destination message says beyond the task itself."""

    invoke_count: int
    response: bytes = b""
    condition: str = ""
    function_error: str = ""


def _conclude(
    desk: Desk,
    row: WaitingRow,
    before: Status,
    after: Status,
    at: int,
    result: _Result,
    *,
    role: str,
    destination: str | None,
    steps: list[Event] | None = None,
    detail: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Status:
    """Make a task final and deliver its result, in one step."""
    told = dict(detail or {})
    columns = dict(changes or {})
    if destination:
        body = destinations.message(
            now=desk.now,
            request_id=row.request_id,
            function_arn=function_arn(row.function),
            condition=result.condition,
            invoke_count=result.invoke_count,
            payload=row.payload,
            function_error=result.function_error,
            response=result.response,
        )
        status = destinations.send_or_keep(
            desk.tx,
            desk.allowed,
            task=row.id,
            request_id=row.request_id,
            role=role,
            destination=destination,
            body=body,
            chain_depth=row.chain_depth,
            now=desk.now,
            wake=desk.wake,
        )
        columns["destination_status"] = status
        told |= {"Destination": destination, "DestinationStatus": status}
    columns["result"] = result.response[:MAX_RETURN_PAYLOAD]
    written = [*(steps or ()), Event(after, at, _json(told))]
    if not store.move(desk.tx, row.id, before, written, changes=columns):
        raise RuntimeError(f"row {row.id} is not {before.value} in the transaction that read it so")
    if row.task_id is None:
        store.remove(desk.tx, [row.id])
    return after


def _json(detail: Mapping[str, Any]) -> str:
    return json.dumps(detail, ensure_ascii=False) if detail else ""


def stop(desk: Desk, function: str, task_id: str) -> tuple[int, Status]:
    """Stop a task: one that waits is Stopped at once, one in hand is Stopping. Its row's id too.

    Stopping a task that is being stopped is no error. Raises Refusal AsyncTaskNotFound (404), and
    AsyncTaskAlreadyEnded (409) for one that is at its end.
    """
    task = store.get(desk.tx, function, task_id)
    if task is None:
        raise not_found(function, task_id)
    if task.status in FINAL:
        raise Refusal(
            "AsyncTaskAlreadyEnded",
            f"the async task {task_id!r} of function {function!r} is {task.status.value}: only a"
            " task that waits or runs can be stopped",
            409,
        )
    if task.status in WAITING:
        row = store.waiting_row(desk.tx, task.id)
        assert row is not None  # noqa: S101 - read in this very transaction
        _end_stopped(desk, row, row.status)
        return task.id, Status.STOPPED
    if task.status is not Status.STOPPING:
        store.move(desk.tx, task.id, task.status, [Event(Status.STOPPING, desk.now)])
    return task.id, Status.STOPPING


def stopped(desk: Desk, task: int) -> None:
    """Every process of a task that was told to stop is gone."""
    row = store.waiting_row(desk.tx, task)
    if row is not None and row.status is Status.STOPPING:
        _end_stopped(desk, row, Status.STOPPING)


def _end_stopped(desk: Desk, row: WaitingRow, before: Status) -> None:
    # The sample's README shows the message of a stopped task: the same as a success's.
    role, config = _role_and_config(desk, row)
    _conclude(
        desk,
        row,
        before,
        Status.STOPPED,
        desk.now,
        _Result(row.attempts),
        role=role,
        destination=config.on_failure,
    )


def expire(desk: Desk, limit: int) -> int:
    """End what waited longer than it may; returns how many (`limit`: there may be more)."""
    rows = store.expired(desk.tx, desk.now, limit)
    for row in rows:
        role, config = _role_and_config(desk, row)
        message = (
            f"The event waited longer than maxAsyncEventAgeInSeconds allows: it was accepted at"
            f" {row.enqueued_at} and had to begin before {row.expires_at}"
        )
        _conclude(
            desk,
            row,
            row.status,
            Status.EXPIRED,
            desk.now,
            _Result(row.attempts, attempts.error_payload(message), Status.EXPIRED.value),
            role=role,
            destination=config.on_failure,
            detail={"Error": "EventExpired", "ErrorMessage": message},
            changes={"error": message},
        )
    return len(rows)


def _role_and_config(desk: Desk, row: WaitingRow) -> tuple[str, AsyncConfig]:
    """In whose name, and where to, the end of a task that does not run is told."""
    if row.deleted_function is not None:
        last = store.failure_destination_of_deleted(desk.tx, row.deleted_function, row.qualifier)
        return ("", AsyncConfig()) if last is None else (last[0], AsyncConfig(on_failure=last[1]))
    for qualifier in (row.qualifier, LATEST):  # a version or an alias may be gone
        found = desk.resolve(row.function, qualifier)
        if not isinstance(found, Refusal):
            return found.role, async_config.in_force(desk.tx, row.function, row.qualifier)
    return "", AsyncConfig()


def _end_invalid(desk: Desk, row: WaitingRow, before: Status, why: Refusal) -> None:
    message = f"{why.code}: {why.message}"
    role, config = _role_and_config(desk, row)
    _conclude(
        desk,
        row,
        before,
        Status.INVALID,
        desk.now,
        _Result(row.attempts, attempts.error_payload(message), Status.INVALID.value),
        role=role,
        destination=config.on_failure,
        detail={"Error": why.code, "ErrorMessage": why.message},
        changes={"error": message},
    )


def function_deleted(tx: Transaction, function: str, now: int) -> None:
    """Call it before a function is deleted, in the same transaction.

    What waits becomes Invalid, in steps, and is told to the failure destination that the function
    has now; what runs ends on the old code, and is not tried again. A function that is made again
    under the name has nothing to do with either.
    """
    latest = functions.resolve(tx, function)
    destinations_now = {
        row.qualifier: (latest.role, config.on_failure)
        for row in function_store.list_async_configs(tx, function, ("", ""), 1000)
        if (config := async_config.in_force(tx, function, row.qualifier)).on_failure
    }
    store.mark_deleted(tx, function, destinations_now, now)


def recover(desk: Desk, after: int, limit: int) -> int | None:
    """Put right what a killed localcloud had in hand; returns the last row's id, None at the end.

    Dequeued goes back into the queue. Running is an attempt lost to a system error: it is made
    again, and does not count against maxAsyncRetryAttempts. Stopping is Stopped: instances do not
    outlive the server.
    """
    rows = store.in_hand(desk.tx, after, limit)
    for row in rows:
        if row.status is Status.STOPPING:
            _end_stopped(desk, row, Status.STOPPING)
        elif row.status is Status.DEQUEUED:
            back = Status.ENQUEUED if row.attempts == 0 else Status.RETRYING
            event = Event(back, desk.now, _json({"Reason": "localcloud was restarted"}))
            store.move(desk.tx, row.id, row.status, [event], due_at=row.enqueued_at)
        else:
            _lost(desk, row)
    return rows[-1].id if len(rows) == limit else None


def _lost(desk: Desk, row: WaitingRow) -> None:
    message = "localcloud ended while the attempt ran"
    changes: dict[str, Any] = {"error": "SystemError"}
    detail = {"Error": "SystemError", "ErrorMessage": message}
    due = _after_system_error(row, changes, desk.now)
    if due is not None:
        event = Event(Status.RETRYING, desk.now, _json(detail | {"NextAttempt": due}))
        store.move(
            desk.tx, row.id, row.status, [event], due_at=min(due, row.expires_at), changes=changes
        )
        return
    role, config = _role_and_config(desk, row)
    _conclude(
        desk,
        row,
        row.status,
        Status.FAILED,
        desk.now,
        _Result(row.attempts, attempts.error_payload(message), CONDITION_NO_RESOURCE),
        role=role,
        destination=config.on_failure,
        detail=detail,
        changes=changes,
    )


def forget_old(tx: Transaction, after: int, now: int, limit: int) -> int | None:
    """Forget tasks that ended more than 7 days ago, one step of up to `limit` rows behind `after`.

    Returns where the next step begins, or None when nothing older is left.
    """
    too_old = now - KEPT_FOR
    rows = store.old_rows(tx, after, limit)
    gone = [
        task
        for task, accepted, ended in rows
        if accepted < too_old and ended is not None and ended < too_old
    ]
    if gone:
        store.remove(tx, gone)
    if len(rows) < limit or rows[-1][1] >= too_old:
        return None
    return rows[-1][0]


def not_found(function: str, task_id: str) -> Refusal:
    """FC's refusal for a task that is not there (or no more)."""
    return Refusal(
        "AsyncTaskNotFound",
        f"the async task {task_id!r} of function {function!r} does not exist;"
        " tasks are kept for 7 days",
        404,
    )
