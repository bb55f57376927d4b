"""Takes tasks from the queue, has them run, and writes what came of it.

All that has happened since the last write goes into one transaction: the log lines, the starts,
the ends with their deliveries, the stops, the expired, and what is taken next. While it commits,
attempts go on and the next one collects. Nothing polls: a commit wakes the dispatcher, or the next
due time does. What waits is in the database only; memory holds what is in hand.
"""

import asyncio
import logging
import os
import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from localcloud.clock import Clock
from localcloud.fc import attempts, functions, ledger, recovery, submissions
from localcloud.fc.attempts import Attempt, Pool
from localcloud.fc.desk import Desk
from localcloud.fc.functions import ResolvedFunction
from localcloud.fc.instances.invocation import Credentials, Ending, Outcome
from localcloud.fc.invocation_logs import InvocationLog
from localcloud.fc.lanes import Lane, Lanes
from localcloud.fc.ledger import Done, Work
from localcloud.fc.life_cycle import Status
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.tasks import Finished
from localcloud.refusal import Refusal
from localcloud.store import task_queue as queue
from localcloud.store.database import Database, Transaction

log = logging.getLogger(__name__)

MOST_IN_HAND = 512  # attempts of all functions
MOST_INSTANCES = 40  # of all functions; the pool has more, for synchronous invocations
LOGS_WAIT = 0.3  # s that lines of a running attempt may wait to be written
AFTER_A_FAILED_WRITE = 1.0  # s
_BLOCKED_FOR = 5_000  # ms after which a function without any slot is looked at again


def default_instances() -> int:
    """How many instances of a function may run on this machine, unless told otherwise."""
    return max(4, 2 * (os.cpu_count() or 1))


@dataclass(frozen=True, slots=True)
class Called:
    """The end of a synchronous invocation; `tail` is the end of its log where that was wanted."""

    outcome: Outcome
    function: ResolvedFunction
    tail: bytes


class Dispatcher:
    """Runs asynchronous invocations by the rules of `tasks`, and synchronous ones beside them.

    `instances` is how many instances of one function may run at once where it has no reserved
    concurrency; each takes as many invocations at once as its instanceConcurrency says.
    `most_instances` is how many asynchronous invocations of all functions may use.
    """

    def __init__(
        self,
        database: Database,
        pool: Pool,
        clock: Clock,
        *,
        instances: int | None = None,
        most_instances: int = MOST_INSTANCES,
    ) -> None:
        self._database = database
        self._pool = pool
        self._clock = clock
        self._instances = instances or default_instances()
        self._sessions = RoleSessions()
        self._lanes = Lanes(most_instances)
        self._in_hand: dict[int, Attempt] = {}
        self._starts: list[Attempt] = []
        self._ends: list[tuple[Attempt, Outcome, int]] = []
        self._stops: list[int] = []
        self._logs: list[InvocationLog] = []
        self._log_timer: asyncio.TimerHandle | None = None
        self._told: set[str] = set()
        self._bell = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._loop_task: asyncio.Task[None] | None = None
        self._closing = False

    # --- from outside ---------------------------------------------------------------------------

    async def start(self) -> None:
        """Put right what the last run left, and begin."""
        after: int | None = 0
        while after is not None:
            after = await self._database.write(
                lambda tx, behind=after: recovery.recover(self._desk(tx), behind, 500)
            )
        for name in self._database.read(queue.functions_waiting):
            self.submitted(name)
        self._loop_task = asyncio.create_task(self._work(), name="dispatcher")
        self._bell.set()

    async def close(self) -> None:
        """Take nothing more, write what is over, and leave the rest to the next start.

        Call it before the instances are closed, so that their end is nobody's failure.
        """
        self._closing = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        if self._loop_task is not None:
            self._bell.set()
            await self._loop_task
        for timer in (self._timer, self._log_timer):
            if timer is not None:
                timer.cancel()

    def submitted(self, function: str) -> None:
        """Something of this function is in the queue now."""
        self._lanes.of(function).next_due = 0
        self._bell.set()

    def wake(self, function: str) -> None:
        """This function has changed: its slots, or whether it exists at all."""
        lane = self._lanes.of(function)
        lane.next_due = 0
        lane.look = True
        self._bell.set()

    def stop_requested(self, task: int) -> None:
        """A task has been written as Stopping: end what it runs; then it will be Stopped."""
        attempt = self._in_hand.get(task)
        if attempt is None:
            self._stopped(task)
        elif attempt.running:
            if not attempt.stopping:
                attempt.stopping = True
                self._keep(asyncio.create_task(self._stop_running(attempt)))
        else:
            lane = self._lanes.of(attempt.row.function)
            if attempt in lane.ready:
                lane.ready.remove(attempt)
                del self._in_hand[task]
            self._stopped(task)

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
            function, request_id, "Sync", self._clock, self._log_changed, keep_tail=tail
        )
        lane.calls += 1

        async def to_its_end() -> Outcome:
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
                self._start_ready(lane)
                if lane.wants_work(self._clock()):
                    self._bell.set()
                self._lanes.forget(lane)

        running = asyncio.create_task(to_its_end())
        self._keep(running)
        outcome = await asyncio.shield(running)
        return Called(outcome, function, invocation_log.tail())

    async def _credentials_of(self, role: str) -> Credentials | None:
        if not role:
            return None
        now = self._clock()
        known = self._database.read(lambda tx: self._sessions.known(tx, role, now))
        if known is not None:
            return known
        return await self._database.write(lambda tx: self._sessions.credentials(tx, role, now))

    # --- attempts -------------------------------------------------------------------------------

    def _start_ready(self, lane: Lane) -> None:
        if self._closing:
            return
        for its_lane, attempt in self._lanes.start(lane):
            attempt.running = True
            attempt.started_at = self._clock()
            self._starts.append(attempt)
            self._bell.set()
            self._keep(asyncio.create_task(self._run(its_lane, attempt)))

    async def _run(self, lane: Lane, attempt: Attempt) -> None:
        try:
            outcome = await attempts.run(
                self._pool,
                attempt.function,
                request_id=attempt.row.request_id,
                payload=attempt.row.payload,
                invocation_log=InvocationLog(
                    attempt.function,
                    attempt.row.request_id,
                    "Async",
                    self._clock,
                    self._log_changed,
                ),
                credentials=attempt.credentials,
            )
        finally:
            self._lanes.over(lane)
        ended_at = self._clock()
        lane.took(ended_at - attempt.started_at)
        self._ends.append((attempt, outcome, ended_at))
        self._start_ready(lane)
        self._bell.set()

    async def _stop_running(self, attempt: Attempt) -> None:
        await self._pool.stop_invocation(attempt.row.request_id)
        self._stopped(attempt.row.id)

    def _stopped(self, task: int) -> None:
        self._stops.append(task)
        self._bell.set()

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _log_changed(self, invocation_log: InvocationLog) -> None:
        self._logs.append(invocation_log)
        if self._log_timer is None:
            self._log_timer = asyncio.get_running_loop().call_later(LOGS_WAIT, self._write_logs)

    def _write_logs(self) -> None:
        self._log_timer = None
        self._bell.set()

    # --- writing --------------------------------------------------------------------------------

    async def _work(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            work = self._collect()
            try:
                await self._database.write(lambda tx, work=work: self._write(tx, work))
            except sqlite3.Error:
                log.exception("the database refuses writes; trying again")
                self._put_back(work)
                if self._closing:
                    return
                await asyncio.sleep(AFTER_A_FAILED_WRITE)
                self._bell.set()
            except Exception:
                log.exception("a write failed as a whole; its parts are written one by one")
                await self._write_parts(work)
            if self._closing and not (self._ends or self._stops or self._logs):
                return

    def _collect(self) -> Work:
        now = self._clock()
        lines = [taken for source in self._logs if (taken := source.take()) is not None]
        self._logs.clear()
        ended, self._ends = self._ends, []
        over = {attempt for attempt, _, _ in ended}
        starts = [attempt for attempt in self._starts if attempt not in over]
        self._starts.clear()
        ends = [
            (
                attempt,
                Finished(
                    attempt.row,
                    attempt.function,
                    attempt.recorded,
                    attempt.started_at,
                    ended_at,
                    outcome,
                ),
            )
            for attempt, outcome, ended_at in ended
        ]
        stops, self._stops = self._stops, []
        return Work(
            lines,
            starts,
            ends,
            stops,
            [] if self._closing else self._lanes.looks(now, MOST_IN_HAND - len(self._in_hand)),
        )

    def _desk(self, tx: Transaction) -> Desk:
        return Desk(tx, self._clock(), self.submitted)

    def _write(self, tx: Transaction, work: Work) -> None:
        done = ledger.write(self._desk(tx), work, self._instances, self._sessions)
        # not from the waiting coroutine: a stop in the same commit must find what was taken here
        tx.after_commit(lambda: self._settle(work, done))

    def _settle(self, work: Work, done: Done) -> None:
        """What was written is durable."""
        for attempt in work.starts:
            attempt.recorded = Status.RUNNING
        for attempt, _ in work.ends:
            self._in_hand.pop(attempt.row.id, None)
        for reason in done.log_errors.values():
            if reason not in self._told:
                self._told.add(reason)
                log.warning("invocation logs are not written: %s", reason)
        now = self._clock()
        for claim in done.claims:
            lane = self._lanes.of(claim.function)
            lane.slots = claim.slots
            lane.next_due = claim.next_due
            if claim.slots == 0 and claim.next_due is not None:
                lane.next_due = max(claim.next_due, now + _BLOCKED_FOR)
            taken = [Attempt(one.row, one.function, one.credentials) for one in claim.taken]
            self._in_hand.update((attempt.row.id, attempt) for attempt in taken)
            self._lanes.took(lane, taken)
            self._start_ready(lane)
            self._lanes.forget(lane)
        self._set_timer(now, done)

    def _set_timer(self, now: int, done: Done) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._closing:
            return
        times = [due for due in (done.next_expiry, done.next_delivery) if due is not None]
        for lane in self._lanes:
            if lane.wants_work(now):
                if len(self._in_hand) < MOST_IN_HAND:  # else the next end rings
                    self._bell.set()
            elif lane.next_due is not None and lane.next_due > now:
                times.append(lane.next_due)
        if done.more:
            self._bell.set()
        if times:
            wait = min(max(0, min(times) - now), 3_600_000) / 1000
            self._timer = asyncio.get_running_loop().call_later(wait, self._bell.set)

    def _put_back(self, work: Work) -> None:
        """Nothing of it was kept: it all has to be written again, except for lines of logs."""
        self._starts = work.starts + self._starts
        self._ends = [
            (attempt, end.outcome, end.ended_at) for attempt, end in work.ends
        ] + self._ends
        self._stops = work.stops + self._stops
        for look in work.looks:
            self.wake(look.function)

    async def _write_parts(self, work: Work) -> None:
        """One of them cannot be written: that one is reported, the others must not suffer."""
        parts = [Work([lines], [], [], [], []) for lines in work.lines]
        parts += [Work([], [attempt], [], [], []) for attempt in work.starts]
        parts += [Work([], [], [end], [], []) for end in work.ends]
        parts += [Work([], [], [], [task], []) for task in work.stops]
        parts += [Work([], [], [], [], [look]) for look in work.looks]
        for part in parts:
            try:
                await self._database.write(lambda tx, part=part: self._write(tx, part))
            except sqlite3.Error:
                log.exception("the database refuses writes; trying again")
                self._put_back(part)
            except Exception as error:
                log.exception("this cannot be written and is given up: %s", part.name)
                for attempt, end in part.ends:
                    await self._write_plain_end(attempt, end, error)

    async def _write_plain_end(self, attempt: Attempt, end: Finished, error: Exception) -> None:
        """What an attempt left cannot be written: that much can, and its task has an end."""
        message = f"localcloud could not write what this attempt left: {type(error).__name__}"
        outcome = Outcome(
            Ending.EXITED, attempts.error_payload(message), end.outcome.duration, 0.0, ""
        )
        plain = Work([], [], [(attempt, replace(end, outcome=outcome))], [], [])
        try:
            await self._database.write(lambda tx: self._write(tx, plain))
        except sqlite3.Error:
            log.exception("the database refuses writes; trying again")
            self._put_back(plain)
        except Exception:
            log.exception("not even its end can be written: %s", plain.name)
            self._in_hand.pop(attempt.row.id, None)
