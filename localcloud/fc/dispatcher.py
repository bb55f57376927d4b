"""Takes tasks from the queue, has them run, and has written what came of it.

What has happened since the last write (`unwritten.py`) goes into one transaction (`ledger.py`): the
log lines, the starts, the ends with their deliveries, the stops, the expired, and what is taken
next. Nothing polls: a commit wakes the dispatcher, or the next due time does. What waits is in the
database only; memory holds what is in hand.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from typing import Any

from localcloud.clock import Clock
from localcloud.fc import attempts, ledger, recovery
from localcloud.fc.attempts import Attempt, Pool
from localcloud.fc.desk import Desk
from localcloud.fc.instances.invocation import Ending, InstanceSpec, Outcome
from localcloud.fc.invocation_logs import InvocationLog
from localcloud.fc.lanes import Lane, Lanes, Look
from localcloud.fc.ledger import Done, Work
from localcloud.fc.life_cycle import Status
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.synchronous_calls import Called, SynchronousCalls
from localcloud.fc.unwritten import Unwritten
from localcloud.fc.unwritten_logs import UnwrittenLogs
from localcloud.fc.writer import Writer
from localcloud.store import task_queue as queue
from localcloud.store.database import Database, Transaction

log = logging.getLogger(__name__)

MOST_IN_HAND = 512  # attempts of all functions
MOST_INSTANCES = 40  # of all functions; the pool has more, for synchronous invocations
_UNHURRIED = 0.1  # s in which what cannot run yet is looked at, together; the least age is 1 s
_BLOCKED_FOR = 5_000  # ms after which a function without any slot is looked at again


def default_instances() -> int:
    """How many instances of a function may run on this machine, unless told otherwise."""
    return max(4, 2 * (os.cpu_count() or 1))


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
        self._told: set[str] = set()
        self._bell = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[Any]] = set()
        self._closing = False
        self._logs = UnwrittenLogs(self._bell.set)
        self._unwritten = Unwritten(clock, self._logs)
        self._calls = SynchronousCalls(
            database,
            pool,
            clock,
            sessions=self._sessions,
            lanes=self._lanes,
            logs=self._logs,
            keep=self._keep,
            called=self._called,
        )
        self._writer = Writer(
            database,
            self._unwritten,
            self._bell,
            write=self._write,
            looks=self._looks,
            look_again=self.wake,
            forget=self._forget,
        )

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
        self._writer.start()

    async def close(self) -> None:
        """Take nothing more, write what is over, and leave the rest to the next start.

        Call it before the instances are closed, so that their end is nobody's failure.
        """
        self._closing = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._writer.close()
        self._logs.stop_ringing()
        if self._timer is not None:
            self._timer.cancel()

    async def write_last_logs(self) -> None:
        """Write what instances had to say at their end. Call it when they are closed."""
        await self._writer.write_rest()
        self._logs.stop_ringing()

    def open_instance_log(
        self, spec: InstanceSpec, request_id: str, instance_id: str
    ) -> Callable[[str], None]:
        """What takes the lines of a hook that no invocation runs: they go to the same logstore."""
        return InvocationLog(
            spec,
            spec.version,
            request_id,
            "",
            self._clock,
            self._logs.changed,
            instance_id=instance_id,
        ).write

    def submitted(self, function: str) -> None:
        """Something of this function is in the queue now."""
        lane = self._lanes.of(function)
        lane.next_due = 0
        if lane.wants_work(self._clock()):
            self._bell.set()
        else:  # all its slots are taken: only how long it may wait is to be seen to
            self._ring_within(_UNHURRIED)

    def wake(self, function: str) -> None:
        """This function has changed: its slots, or whether it exists at all."""
        lane = self._lanes.of(function)
        lane.next_due = 0
        lane.look = True
        self._bell.set()

    def function_deleted(self, function: str) -> None:
        """What was taken from its queue and does not run yet never will; the rest is told, too."""
        lane = self._lanes.of(function)
        nothing = Outcome(Ending.NO_INSTANCE, b"", 0, 0.0, "")
        while lane.ready:
            self._unwritten.ended(lane.ready.popleft(), nothing)
        self.wake(function)

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
        """Invoke synchronously; see `SynchronousCalls.call`."""
        return await self._calls.call(name, qualifier, payload, request_id, tail=tail)

    def _called(self, lane: Lane) -> None:
        """A synchronous call has given its slot back."""
        self._start_ready(lane)
        if lane.wants_work(self._clock()):
            self._bell.set()
        self._lanes.forget(lane)

    # --- attempts -------------------------------------------------------------------------------

    def _start_ready(self, lane: Lane) -> None:
        if self._closing:
            return
        for its_lane, attempt in self._lanes.start(lane):
            self._unwritten.started(attempt)
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
                    attempt.function.instance,
                    attempt.function.qualifier,
                    attempt.row.request_id,
                    "Async",
                    self._clock,
                    self._logs.changed,
                ),
                credentials=attempt.credentials,
            )
        finally:
            self._lanes.over(lane)
        lane.took(self._unwritten.ended(attempt, outcome))
        self._start_ready(lane)
        self._bell.set()

    async def _stop_running(self, attempt: Attempt) -> None:
        if not await self._pool.stop_invocation(attempt.row.request_id):
            # it answered just before: what it left running goes with its instance
            await self._pool.end_instance(attempt.instance_id)
        self._stopped(attempt.row.id)

    def _stopped(self, task: int) -> None:
        self._unwritten.stopped(task)
        self._bell.set()

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _forget(self, attempt: Attempt) -> None:
        self._in_hand.pop(attempt.row.id, None)

    # --- writing --------------------------------------------------------------------------------

    def _looks(self) -> list[Look]:
        if self._closing:
            return []
        return self._lanes.looks(self._clock(), MOST_IN_HAND - len(self._in_hand))

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
            self._ring_within(wait)

    def _ring_within(self, seconds: float) -> None:
        """Ring the bell after so many seconds, if nothing else rings it earlier."""
        if self._closing:
            return
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self._bell.set()
