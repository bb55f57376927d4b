"""Synchronous invocations: they use the same slots as attempts of tasks, and wait for none."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from localcloud.clock import Clock
from localcloud.fc import attempts, functions, submissions
from localcloud.fc.attempts import Pool
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Credentials, Outcome
from localcloud.fc.invocation_logs import InvocationLog
from localcloud.fc.lanes import Lane, Lanes
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.unwritten_logs import UnwrittenLogs
from localcloud.refusal import Refusal
from localcloud.store.database import Database


@dataclass(frozen=True, slots=True)
class Called:
    """The end of a synchronous invocation; `tail` is the end of its log where that was wanted."""

    outcome: Outcome
    function: ResolvedFunction
    tail: bytes


class SynchronousCalls:
    """Runs them. `keep` keeps a task until it is done; `called` is told when a slot is free."""

    def __init__(
        self,
        database: Database,
        pool: Pool,
        clock: Clock,
        *,
        sessions: RoleSessions,
        lanes: Lanes,
        logs: UnwrittenLogs,
        keep: Callable[[asyncio.Task[Any]], None],
        called: Callable[[Lane], None],
    ) -> None:
        self._database = database
        self._pool = pool
        self._clock = clock
        self._sessions = sessions
        self._lanes = lanes
        self._logs = logs
        self._keep = keep
        self._called = called

    async def call(
        self, name: str, qualifier: str, payload: bytes, request_id: str, *, tail: bool = False
    ) -> Called:
        """Invoke synchronously. It goes on to its end even when the caller is cancelled.

        Raises Refusal: what cannot be found (404), is disabled (403), or has no free place within
        its reserved concurrency (429).
        """
        function = self._database.read(lambda tx: functions.resolve(tx, name, qualifier))
        submissions.refuse_if_disabled(function)
        lane = self._lanes.of(name)
        reserved = function.reserved_concurrency
        if reserved is not None and lane.running + lane.calls >= reserved:
            raise Refusal(
                "ResourceThrottled",
                f"function {name!r} has a reserved concurrency of {reserved}, and as many"
                " invocations run: try again later, or raise it",
                429,
            )
        invocation_log = InvocationLog(
            function.instance,
            function.qualifier,
            request_id,
            "Sync",
            self._clock,
            self._logs.changed,
            keep_tail=tail,
        )
        lane.calls += 1
        running = asyncio.create_task(
            self._to_its_end(lane, function, payload, request_id, invocation_log)
        )
        self._keep(running)
        outcome = await asyncio.shield(running)
        return Called(outcome, function, invocation_log.tail())

    async def _to_its_end(
        self,
        lane: Lane,
        function: ResolvedFunction,
        payload: bytes,
        request_id: str,
        invocation_log: InvocationLog,
    ) -> Outcome:
        try:
            return await attempts.run(
                self._pool,
                function,
                request_id=request_id,
                payload=payload,
                invocation_log=invocation_log,
                credentials=await self._credentials_of(function.role),
            )
        finally:
            lane.calls -= 1
            self._called(lane)

    async def _credentials_of(self, role: str) -> Credentials | None:
        if not role:
            return None
        now = self._clock()
        known = self._database.read(lambda tx: self._sessions.known(tx, role, now))
        if known is not None:
            return known
        return await self._database.write(lambda tx: self._sessions.credentials(tx, role, now))
