"""The rules of tasks: run, retried, ended, stopped, expired.

Every function here works in the transaction it is given, so that a task's state, the schedule of
its retries and the delivery of its result change together or not at all.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from localcloud.fc import attempts, deletion, functions, retries
from localcloud.fc.desk import Desk, Result, conclude, detail_text
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Ending, Outcome
from localcloud.fc.life_cycle import FINAL, WAITING, Status
from localcloud.refusal import Refusal
from localcloud.store import task_queue as queue
from localcloud.store import task_records
from localcloud.store import tasks as store
from localcloud.store.task_queue import WaitingRow
from localcloud.store.tasks import Event

# The `condition` of the destination message. FC documents InvocationError and
# FunctionResourceExhausted, and "" for what did not fail; Expired and Invalid are ours, and are
# the statuses' own names.
CONDITION_INVOCATION_ERROR = "InvocationError"
CONDITION_NO_RESOURCE = "FunctionResourceExhausted"


@dataclass(frozen=True, slots=True)
class Started:
    """An attempt whose start is to be written."""

    task: int
    number: int
    at: int


@dataclass(frozen=True, slots=True)
class Finished:
    """An attempt that is over. `recorded`: Dequeued while its start was not written.

    `started_at` in ms; 0 where it never ran, as its function was deleted before.
    """

    row: WaitingRow
    function: ResolvedFunction
    recorded: Status
    started_at: int
    ended_at: int
    outcome: Outcome


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


def finish(
    desk: Desk, end: Finished, found: tuple[Status, int | None] | None, log_error: str = ""
) -> Status | None:
    """Write the end of an attempt and what follows; returns the new status.

    `found` is the row's status in this transaction, and which deleted function's it is. Where it
    is being stopped (or gone), the answer came too late: None, and nothing is done. `log_error`
    says why its log is not written.
    """
    if found is None or found[0] is not end.recorded:
        return None
    row, outcome = end.row, end.outcome
    deleted = found[1] is not None
    if deleted:
        row = replace(row, deleted_function=found[1])
    if deleted and not end.started_at:
        deletion.end_invalid(desk, row, end.recorded, functions.function_not_found(row.function))
        return Status.INVALID
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
    result = Result(row.attempts + 1, outcome.payload)
    if outcome.succeeded:
        return conclude(
            desk,
            row,
            end.recorded,
            Status.SUCCEEDED,
            end.ended_at,
            result,
            version=end.function.version,
            steps=steps,
            detail=detail,
            changes=changes,
        )
    error = attempts.error_type(outcome)
    detail |= {"Error": error, "ErrorMessage": attempts.error_message(outcome)}
    changes["error"] = error
    if outcome.ending in attempts.SYSTEM_ENDINGS and not deleted:
        result.condition = CONDITION_NO_RESOURCE
        detail["Error"] = changes["error"] = "SystemError"
        due = after_system_error(row, changes, desk.now)
    elif outcome.ending is Ending.NO_RUNTIME or deleted:
        result.condition = result.function_error = CONDITION_INVOCATION_ERROR
        due = None
    else:
        result.condition = result.function_error = CONDITION_INVOCATION_ERROR
        changes["function_errors"] = row.function_errors + 1
        due = retries.after_function_error(
            row.function_errors + 1, end.function.async_config.retry_limit, end.ended_at
        )
    if due is not None:
        detail["NextAttempt"] = due
        steps.append(Event(Status.RETRYING, end.ended_at, detail_text(detail)))
        store.move(
            desk.tx, row.id, end.recorded, steps, due_at=min(due, row.expires_at), changes=changes
        )
        desk.tx.after_commit(lambda: desk.wake(row.function))
        return Status.RETRYING
    return conclude(
        desk,
        row,
        end.recorded,
        Status.FAILED,
        end.ended_at,
        result,
        version=end.function.version,
        steps=steps,
        detail=detail,
        changes=changes,
    )


def after_system_error(row: WaitingRow, changes: dict[str, Any], now: int) -> int | None:
    """Count one more system error in `changes`; when to try again (ms), or None: never."""
    changes["system_errors"] = row.system_errors + 1
    return retries.after_system_error(row.system_errors + 1, now)


def stop(desk: Desk, function: str, task_id: str) -> tuple[int, Status]:
    """Stop a task: one that waits is Stopped at once, one in hand is Stopping. Its row's id too.

    Stopping a task that is being stopped is no error. Raises Refusal AsyncTaskNotFound (404), and
    AsyncTaskAlreadyEnded (409) for one that is at its end.
    """
    task = task_records.get(desk.tx, function, task_id)
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
        row = queue.waiting_row(desk.tx, task.id)
        assert row is not None  # noqa: S101 - read in this very transaction
        _end_stopped(desk, row, row.status)
        return task.id, Status.STOPPED
    if task.status is not Status.STOPPING:
        store.move(desk.tx, task.id, task.status, [Event(Status.STOPPING, desk.now)])
    return task.id, Status.STOPPING


def stopped(desk: Desk, task: int) -> None:
    """Every process of a task that was told to stop is gone."""
    row = queue.waiting_row(desk.tx, task)
    if row is not None and row.status is Status.STOPPING:
        _end_stopped(desk, row, Status.STOPPING)


def _end_stopped(desk: Desk, row: WaitingRow, before: Status) -> None:
    # The sample's README shows the message of a stopped task: the same as a success's.
    conclude(
        desk,
        row,
        before,
        Status.STOPPED,
        desk.now,
        Result(row.attempts),
    )


def expire(desk: Desk, limit: int) -> int:
    """End what waited longer than it may; returns how many (`limit`: there may be more)."""
    rows = queue.expired(desk.tx, desk.now, limit)
    for row in rows:
        message = (
            f"The event waited longer than maxAsyncEventAgeInSeconds allows: it was accepted at"
            f" {row.enqueued_at} and had to begin before {row.expires_at}"
        )
        conclude(
            desk,
            row,
            row.status,
            Status.EXPIRED,
            desk.now,
            Result(row.attempts, attempts.error_payload(message), Status.EXPIRED.value),
            detail={"Error": "EventExpired", "ErrorMessage": message},
            changes={"error": message},
        )
    return len(rows)


def not_found(function: str, task_id: str) -> Refusal:
    """FC's refusal for a task that is not there (or no more)."""
    return Refusal(
        "AsyncTaskNotFound",
        f"the async task {task_id!r} of function {function!r} does not exist;"
        " tasks are kept for 7 days",
        404,
    )
