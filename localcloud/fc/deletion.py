"""What becomes of a function's tasks when the function, a version or an alias is deleted."""

from localcloud.fc import async_config, attempts, functions
from localcloud.fc.desk import Desk, Result, conclude, role_and_config
from localcloud.fc.life_cycle import Status
from localcloud.refusal import Refusal
from localcloud.store import deleted_functions
from localcloud.store import functions as function_store
from localcloud.store.database import Transaction
from localcloud.store.task_queue import WaitingRow


def function_deleted(tx: Transaction, function: str, now: int) -> None:
    """Call it before a function is deleted, in the same transaction.

    What waits becomes Invalid, in steps, and is told to the failure destination that the function
    has now; what runs ends on the old code, and is not tried again. A function that is made again
    under the name has nothing to do with either.
    """
    role = functions.require_function(tx, function).config.get("role") or ""
    destinations_now = {
        row.qualifier: (role, config.on_failure)
        for row in function_store.list_async_configs(tx, function, ("", ""), 1000)
        if (config := async_config.in_force(tx, function, row.qualifier)).on_failure
    }
    deleted_functions.mark(tx, function, destinations_now, now)


def end_invalid(desk: Desk, row: WaitingRow, before: Status, why: Refusal) -> None:
    """Make a task Invalid: what it would run is gone; `why` is what resolving it said."""
    message = f"{why.code}: {why.message}"
    role, config = role_and_config(desk, row)
    conclude(
        desk,
        row,
        before,
        Status.INVALID,
        desk.now,
        Result(row.attempts, attempts.error_payload(message), Status.INVALID.value),
        role=role,
        destination=config.on_failure,
        detail={"Error": why.code, "ErrorMessage": why.message},
        changes={"error": message},
    )
