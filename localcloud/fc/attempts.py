"""One attempt of an invocation: how it is run, and what its end means."""

import json
import logging
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import (
    Credentials,
    Ending,
    InstanceSpec,
    Invocation,
    Outcome,
)
from localcloud.fc.invocation_logs import InvocationLog
from localcloud.fc.life_cycle import Status
from localcloud.store.task_queue import WaitingRow

log = logging.getLogger(__name__)

SYSTEM_ENDINGS = frozenset({Ending.NO_INSTANCE, Ending.STOPPED})
"""Not the function's fault: it could not be started, or its instance was taken away."""


class Pool(Protocol):
    """What attempts need of `instances.pool.InstancePool`."""

    async def invoke(self, spec: InstanceSpec, invocation: Invocation) -> Outcome:
        """Run one invocation on an instance of `spec`."""
        ...

    async def stop_invocation(self, request_id: str) -> bool:
        """Return when every process of that invocation's instance is gone; False: it is over."""
        ...

    async def end_instance(self, instance_id: str) -> None:
        """Return when every process of that instance is gone."""
        ...


@dataclass(slots=True, eq=False)
class Attempt:
    """An attempt that the dispatcher has in hand. Only the event loop touches it.

    `recorded` is the status that the row is known to have: Dequeued until the start is written.
    `instance_id` is where it ran, once it is over.
    """

    row: WaitingRow
    function: ResolvedFunction
    credentials: Credentials | None = field(repr=False)
    recorded: Status = Status.DEQUEUED
    started_at: int = 0
    running: bool = False
    stopping: bool = False
    instance_id: str = ""

    @property
    def number(self) -> int:
        """1 for the first attempt of the invocation."""
        return self.row.attempts + 1


async def run(
    pool: Pool,
    function: ResolvedFunction,
    *,
    request_id: str,
    payload: bytes,
    invocation_log: InvocationLog,
    credentials: Credentials | None,
) -> Outcome:
    """Run one attempt to its end and log it. What the pool raises is a system error."""
    invocation_log.begin()
    invocation = Invocation(
        request_id=request_id,
        event=payload,
        write_log=invocation_log.write,
        credentials=credentials,
        qualifier=function.qualifier,
    )
    try:
        outcome = await pool.invoke(function.instance, invocation)
    except Exception as error:
        log.exception("the attempt %s broke inside localcloud", request_id)
        outcome = Outcome(Ending.NO_INSTANCE, error_payload(repr(error)), 0, 0, "")
    invocation_log.end(outcome)
    return outcome


def error_payload(message: str) -> bytes:
    """FC's JSON object for an error without a type."""
    return json.dumps({"errorMessage": message}, ensure_ascii=False).encode()


def error_type(outcome: Outcome) -> str:
    """What FC calls this end: the value of X-Fc-Error-Type and of taskErrorMessage; "" if none.

    Handled is what a Node.js handler gives to its callback; whatever else goes wrong in a function,
    a Python exception too, is unhandled.
    https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/user-guide/error-handling-5
    https://www.alibabacloud.com/help/en/functioncompute/fc/user-guide/error-handling-1-1
    """
    if outcome.succeeded:
        return ""
    if outcome.ending is Ending.HANDLED:
        return "HandledInvocationError"
    return "UnhandledInvocationError"


def error_message(outcome: Outcome) -> str:
    """The errorMessage in the payload of an attempt that failed, or the payload as it is."""
    text = outcome.payload[:65536].decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        message = cast("dict[str, Any]", document).get("errorMessage")
        if message is not None:
            # JSON can say half of a surrogate pair, which no UTF-8 and no database holds
            text = str(message)[:1000].encode("utf-8", "replace").decode()
    return text[:1000]
