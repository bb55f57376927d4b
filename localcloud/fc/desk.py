"""What the rules of tasks share in one transaction, and how a task comes to its end."""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.fc import async_config, destinations, functions
from localcloud.fc.arns import function_arn
from localcloud.fc.async_config import AsyncConfig
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Credentials
from localcloud.fc.life_cycle import Status
from localcloud.fc.permissions import Permissions
from localcloud.fc.return_payload import kept_of
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.submissions import Wake
from localcloud.refusal import Refusal
from localcloud.store import deleted_functions
from localcloud.store import tasks as store
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST
from localcloud.store.task_queue import WaitingRow
from localcloud.store.tasks import Event

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name, and where to, the end of a task is told; `allowed`: what that role may do."""

    role: str
    config: AsyncConfig
    allowed: Permissions


@dataclass(slots=True)
class Desk:
    """What the rules share in one transaction."""

    tx: Transaction
    now: int
    wake: Wake
    allowed: Permissions = field(init=False)
    _found: dict[tuple[str, str], ResolvedFunction | Refusal] = field(init=False)
    _credentials: dict[str, Credentials | None] = field(init=False, repr=False)
    _senders: dict[tuple[int | None, str, str, str], Sender] = field(init=False)

    def __post_init__(self) -> None:
        self.allowed = Permissions(self.tx)
        self._found = {}
        self._credentials = {}
        self._senders = {}

    def credentials(self, sessions: RoleSessions, role: str) -> Credentials | None:
        """Credentials of a role, the same for all that is taken in this transaction."""
        if role not in self._credentials:
            self._credentials[role] = sessions.credentials(self.tx, role, self.now)
        return self._credentials[role]

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

    def sender(self, row: WaitingRow, version: str) -> Sender:
        """Who tells the end of a task that ran as `version` (LATEST, or a number), and where to.

        It is what is set at this moment; for a deleted function, what was when it was deleted.
        """
        key = (row.deleted_function, row.function, row.qualifier, version)
        found = self._senders.get(key)
        if found is None:
            found = self._senders[key] = _sender(self, row, version)
        return found


@dataclass(slots=True)
class Result:
    """What the destination message says beyond the task itself."""

    invoke_count: int
    response: bytes = b""
    condition: str = ""
    function_error: str = ""


def conclude(
    desk: Desk,
    row: WaitingRow,
    before: Status,
    after: Status,
    at: int,
    result: Result,
    *,
    version: str = "",
    steps: list[Event] | None = None,
    detail: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Status:
    """Make a task final and deliver its result, in one step; `version` is what it ran as.

    When FC reads role and destinations is not documented. Ours: as the task ends, so that a
    configuration is in force, and what it replaces is free to go, from its commit on.
    """
    sender = desk.sender(row, version or row.qualifier)
    succeeded = after is Status.SUCCEEDED
    destination = sender.config.on_success if succeeded else sender.config.on_failure
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
            sender.allowed,
            task=row.id,
            request_id=row.request_id,
            role=sender.role,
            destination=destination,
            body=body,
            chain_depth=row.chain_depth,
            now=desk.now,
            wake=desk.wake,
        )
        columns["destination_status"] = status
        told |= {"Destination": destination, "DestinationStatus": status}
    columns["result"], cut = kept_of(result.response)
    if cut and row.task_id is not None:
        told["ReturnPayload"] = cut
        desk.tx.after_commit(lambda: log.warning("%s of %s: %s", row.request_id, row.function, cut))
    written = [*(steps or ()), Event(after, at, detail_text(told))]
    if not store.move(desk.tx, row.id, before, written, changes=columns):
        raise RuntimeError(f"row {row.id} is not {before.value} in the transaction that read it so")
    if row.task_id is None:
        store.remove(desk.tx, [row.id])
    return after


def _sender(desk: Desk, row: WaitingRow, version: str) -> Sender:
    if row.deleted_function is not None:
        last = deleted_functions.last_settings(desk.tx, row.deleted_function, row.qualifier)
        if last is None:
            return Sender("", AsyncConfig(), desk.allowed)
        config = AsyncConfig(on_success=last.on_success, on_failure=last.on_failure)
        # its role may have gone right after it: what the role could do then is what counts
        return Sender(last.role, config, Permissions(desk.tx, last.answers))
    role = role_of(desk.tx, row.function, version)
    return Sender(role, async_config.in_force(desk.tx, row.function, row.qualifier), desk.allowed)


def role_of(tx: Transaction, function: str, version: str) -> str:
    """The ARN of the role of a version or an alias, or LATEST's where it is gone; "" for none."""
    for qualifier in (version, LATEST):
        try:
            found = functions.function_at(tx, function, qualifier)
        except Refusal:
            continue
        return found.config.get("role") or ""
    return ""


def detail_text(detail: Mapping[str, Any]) -> str:
    """The text of an event's detail; "" for nothing to tell."""
    return json.dumps(detail, ensure_ascii=False) if detail else ""
