"""Timer triggers firing: each due time calls its function once, across restarts too.

A firing and the trigger's next time are one change of the store: whatever happens to the process,
a time is either still due or its call is in the queue, never both. Ours, as FC never sleeps: a time
that passed more than LATEST_SECONDS ago, because localcloud was not running, is left out.
"""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable
from datetime import datetime, timezone

from localcloud.clock import Clock
from localcloud.fc.triggers import parse_timer
from localcloud.refusal import Refusal
from localcloud.store import triggers as store
from localcloud.store.database import Database, NotWritten, Transaction
from localcloud.store.triggers import TriggerRow

log = logging.getLogger(__name__)

LATEST_SECONDS = 60
_MOST_AT_ONCE = 100
_PAUSE_SECONDS = 5
_LONGEST_SLEEP_SECONDS = 30.0  # the machine's clock may be set while we sleep

Submit = Callable[[Transaction, str, str, bytes, int], object]
"""Puts an asynchronous call into the queue: function, qualifier, event, time in ms.

Raises Refusal when the function cannot be called.
"""


def timer_event(trigger: TriggerRow, payload: str, fired_at: int) -> bytes:
    """What the function gets: when the time was, which trigger, and the trigger's payload."""
    time = datetime.fromtimestamp(fired_at / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps(
        {"triggerTime": time, "triggerName": trigger.name, "payload": payload}, ensure_ascii=False
    ).encode()


class Timers:
    """Fires the timers of one database while it runs."""

    def __init__(self, database: Database, clock: Clock, submit: Submit) -> None:
        self._database = database
        self._clock = clock
        self._submit = submit
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to fire, in a task of the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name="timers")

    async def stop(self) -> None:
        """Fire no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def changed(self) -> None:
        """Look again at when the next timer is due: a trigger was made, changed or removed."""
        self._changed.set()

    async def fire_due(self) -> int:
        """Fire what is due now; returns how many calls went into the queue."""
        now = self._clock()
        due = self._database.read(lambda tx: store.due_triggers(tx, now, _MOST_AT_ONCE))
        fired = 0
        for trigger in due:
            fired += await self._fire(trigger, now)
        return fired

    async def _fire(self, trigger: TriggerRow, now: int) -> bool:
        try:
            return await self._database.write(lambda tx: self._fire_in(tx, trigger, now))
        except Refusal as refusal:
            log.warning(
                "timer %s of function %s could not call it: %s",
                trigger.name,
                trigger.function,
                refusal,
            )
            await self._database.write(lambda tx: _advance(tx, trigger, now))
            return False

    def _fire_in(self, tx: Transaction, seen: TriggerRow, now: int) -> bool:
        trigger = _advance(tx, seen, now)
        if trigger is None or trigger.next_fire_at is None:
            return False
        late = (now - trigger.next_fire_at) / 1000
        if late > LATEST_SECONDS:
            log.warning(
                "timer %s of function %s was due %.0f s ago, when localcloud did not run: left out",
                trigger.name,
                trigger.function,
                late,
            )
            return False
        payload = parse_timer(trigger.config).payload
        event = timer_event(trigger, payload, trigger.next_fire_at)
        self._submit(tx, trigger.function, trigger.qualifier, event, now)
        return True

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self.fire_due()
                earliest = self._database.read(store.earliest_fire)
            except NotWritten as full:  # what is due stays due
                log.warning("timers are tried again in %d s: %s", _PAUSE_SECONDS, full)
                earliest = self._clock() + _PAUSE_SECONDS * 1000
            except sqlite3.Error:
                log.exception("timers could not fire; they are tried again")
                earliest = self._clock() + _PAUSE_SECONDS * 1000
            seconds = _LONGEST_SLEEP_SECONDS
            if earliest is not None:
                seconds = min(seconds, max(0.0, (earliest - self._clock()) / 1000))
            try:
                await asyncio.wait_for(self._changed.wait(), seconds)
            except asyncio.TimeoutError:
                continue


def _advance(tx: Transaction, seen: TriggerRow, now: int) -> TriggerRow | None:
    """Set the next time of a trigger that is still due as it was seen; None when it is not."""
    trigger = store.get_trigger(tx, seen.function, seen.name)
    if trigger is None or trigger.next_fire_at != seen.next_fire_at or trigger.next_fire_at is None:
        return None
    following = parse_timer(trigger.config).schedule.next_after(trigger.next_fire_at, now)
    store.set_next_fire(tx, trigger.function, trigger.name, following)
    return trigger
