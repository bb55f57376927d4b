"""What becomes of a function's tasks when the function, a version or an alias is deleted."""

from localcloud.fc import async_config, attempts, destinations
from localcloud.fc.async_config import AsyncConfig
from localcloud.fc.desk import Desk, Result, conclude, role_of
from localcloud.fc.life_cycle import Status
from localcloud.fc.permissions import Permissions
from localcloud.refusal import Refusal
from localcloud.store import async_configs, deleted_functions
from localcloud.store.database import Transaction
from localcloud.store.deleted_functions import LastSettings
from localcloud.store.task_queue import WaitingRow


def function_deleted(tx: Transaction, function: str, now: int) -> None:
    """Call it before a function is deleted, in the same transaction.

    What waits becomes Invalid, in steps; what runs fails with its instance, and is not tried again.
    Both are told where the function would tell it now, if its role may send there now: the role
    may be deleted next. A function that is made again under the name has nothing to do with them.
    """
    allowed = Permissions(tx)
    settings = {
        row.qualifier: _last_settings(
            allowed,
            role_of(tx, function, row.qualifier),
            async_config.in_force(tx, function, row.qualifier),
        )
        for row in async_configs.list_async_configs(tx, function, ("", ""), 1000)
    }
    deleted_functions.mark(tx, function, settings, now)


def _last_settings(allowed: Permissions, role: str, config: AsyncConfig) -> LastSettings:
    answers: dict[tuple[str, str, str], str] = {}
    for arn in (config.on_success, config.on_failure):
        if arn:
            question = (role, *destinations.needed(async_config.parse_destination(arn)))
            answers[question] = allowed.why_not(*question)
    return LastSettings(role, config.on_success, config.on_failure, answers)


def end_invalid(desk: Desk, row: WaitingRow, before: Status, why: Refusal) -> None:
    """Make a task Invalid: what it would run is gone; `why` is what resolving it said."""
    message = f"{why.code}: {why.message}"
    conclude(
        desk,
        row,
        before,
        Status.INVALID,
        desk.now,
        Result(row.attempts, attempts.error_payload(message), Status.INVALID.value),
        detail={"Error": why.code, "ErrorMessage": why.message},
        changes={"error": message},
    )
