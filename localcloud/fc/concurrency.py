"""Reserved concurrency: the most calls of a function that may run at once."""

from collections.abc import Sequence
from typing import Any

from localcloud.fc.checks import missing, whole
from localcloud.fc.functions import require_function
from localcloud.refusal import Refusal
from localcloud.store import functions as store
from localcloud.store.database import Transaction

MOST_RESERVED = 100_000  # ours: at FC it is the account's quota in the region

_reserved_concurrency = whole(0, MOST_RESERVED)


def put_concurrency(tx: Transaction, function: str, reserved: Any) -> int:
    """Reserve; raises Refusal FunctionNotFound (404), InvalidArgument (400)."""
    require_function(tx, function)
    if reserved is None:
        raise missing("reservedConcurrency")
    _reserved_concurrency("reservedConcurrency", reserved)
    store.set_reserved_concurrency(tx, function, reserved)
    return reserved


def get_concurrency(tx: Transaction, function: str) -> int:
    """What is reserved; raises Refusal FunctionNotFound or OnDemandConfigNotFound (404)."""
    reserved = require_function(tx, function).reserved_concurrency
    if reserved is None:
        raise Refusal(
            "OnDemandConfigNotFound", f"function '{function}' has no concurrency configuration", 404
        )
    return reserved


def delete_concurrency(tx: Transaction, function: str) -> None:
    """Take the reservation away; none there is no error. Raises Refusal FunctionNotFound (404)."""
    require_function(tx, function)
    store.set_reserved_concurrency(tx, function, None)


def list_concurrency(
    tx: Transaction, function: str, after: str, limit: int
) -> tuple[Sequence[tuple[str, int]], str]:
    """A page of functions (or the one named) with what they reserve, and where the next begins."""
    if function:
        reserved = require_function(tx, function).reserved_concurrency
        return ([] if reserved is None else [(function, reserved)]), ""
    rows = store.list_reserved(tx, after, limit + 1)
    return rows[:limit], rows[limit - 1][0] if len(rows) > limit else ""
