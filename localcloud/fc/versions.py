"""Versions: what a function was when one was published, for ever."""

from collections.abc import Sequence

from localcloud.fc import limits
from localcloud.fc.functions import require_function
from localcloud.refusal import Refusal
from localcloud.store import aliases
from localcloud.store import function_versions as store
from localcloud.store.database import Transaction
from localcloud.store.function_versions import VersionRow
from localcloud.whole_number import whole_number


def publish_version(tx: Transaction, function: str, description: str, now: int) -> VersionRow:
    """Freeze code and configuration as they are now under the next number.

    Ours, as no document says: two publications of an unchanged function give two versions.
    Raises Refusal FunctionNotFound (404), InvalidArgument (400).
    """
    limits.description("description", description)
    row = require_function(tx, function)
    version = store.insert_version(tx, row, description, now)
    return VersionRow(function, version, description, now)


def list_versions(
    tx: Transaction, function: str, start: str, limit: int, backward: bool
) -> tuple[Sequence[VersionRow], str]:
    """Versions from number `start` on ("": from the end), and where the next page begins, or "".

    Raises Refusal FunctionNotFound (404).
    """
    require_function(tx, function)
    first = whole_number(start)
    rows = store.list_versions(tx, function, first, limit + 1, backward)
    return rows[:limit], str(rows[limit].version) if len(rows) > limit else ""


def delete_version(tx: Transaction, function: str, version: str) -> None:
    """Remove a published version.

    Raises Refusal FunctionNotFound, VersionNotFound (404), and InvalidArgument (400) while an alias
    points at it (ours: an alias that leads nowhere would be found by the next call only).
    """
    require_function(tx, function)
    number = int(version) if version.isdecimal() and len(version) < 10 else 0
    if store.get_version(tx, function, number) is None:
        raise Refusal(
            "VersionNotFound", f"version '{version}' of function '{function}' does not exist", 404
        )
    for alias in aliases.list_aliases(tx, function, "", "", 1 << 31):
        if alias.version == number or version in alias.weights:
            raise Refusal(
                "InvalidArgument",
                f"version '{version}' of function '{function}' cannot be deleted: alias "
                f"'{alias.name}' points at it; point the alias elsewhere or delete it first",
            )
    store.delete_version(tx, function, number)
