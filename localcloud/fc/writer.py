"""Writes what has collected, one transaction after the other.

While one commits, attempts go on and the next one collects. Where the database refuses (a full
disk, say) nothing is forgotten: the same is tried again until it is kept.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from localcloud.fc import attempts
from localcloud.fc.attempts import Attempt
from localcloud.fc.instances.invocation import Ending, Outcome
from localcloud.fc.lanes import Look
from localcloud.fc.ledger import Work
from localcloud.fc.tasks import Finished
from localcloud.fc.unwritten import Unwritten
from localcloud.store.database import Database, NotWritten, Transaction

log = logging.getLogger(__name__)

AFTER_A_FAILED_WRITE = 1.0  # s


class Writer:
    """Writes whenever `bell` rings. `write` runs on the store's writer, inside the transaction.

    `looks` gives the queues to look at in the next write, `look_again` takes one of them back;
    `forget` is told of an attempt whose end can never be written.
    """

    def __init__(
        self,
        database: Database,
        unwritten: Unwritten,
        bell: asyncio.Event,
        *,
        write: Callable[[Transaction, Work], None],
        looks: Callable[[], list[Look]],
        look_again: Callable[[str], None],
        forget: Callable[[Attempt], None],
    ) -> None:
        self._database = database
        self._unwritten = unwritten
        self._bell = bell
        self._write = write
        self._looks = looks
        self._look_again = look_again
        self._forget = forget
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin, with a look at every queue that waits."""
        self._loop = asyncio.create_task(self._work(), name="dispatcher")
        self._bell.set()

    async def close(self) -> None:
        """Write what there is, and no more."""
        self._closing = True
        if self._loop is not None:
            self._bell.set()
            await self._loop

    async def write_rest(self) -> None:
        """Write what has come since `close`, if the database takes it."""
        if self._unwritten:
            await self._write_all()
        if self._unwritten:
            log.warning("what happened last is not written: the next start finds out what it can")

    async def _work(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            if not await self._write_all():
                if self._closing:
                    return
                await asyncio.sleep(AFTER_A_FAILED_WRITE)
                self._bell.set()
            if self._closing and not self._unwritten:
                return

    async def _write_all(self) -> bool:
        """One write of all there is; False where the database refuses it."""
        work = self._unwritten.take(self._looks())
        try:
            await self._database.write(lambda tx: self._write(tx, work))
        except NotWritten:
            self._put_back(work)
            return False
        except Exception:
            log.exception("a write failed as a whole; its parts are written one by one")
            return await self._write_parts(work)
        if lost := sum(lines.lost for lines in work.lines):
            log.warning("%d lines of logs are lost: there were too many to be kept until now", lost)
        return True

    async def _write_parts(self, work: Work) -> bool:
        """One of them cannot be written: that one is reported, the others must not suffer."""
        parts = [Work([lines], [], [], [], []) for lines in work.lines]
        parts += [Work([], [attempt], [], [], []) for attempt in work.starts]
        parts += [Work([], [], [end], [], []) for end in work.ends]
        parts += [Work([], [], [], [task], []) for task in work.stops]
        parts += [Work([], [], [], [], [look]) for look in work.looks]
        all_written = True
        for part in parts:
            try:
                await self._database.write(lambda tx, part=part: self._write(tx, part))
            except NotWritten:
                self._put_back(part)
                all_written = False
            except Exception as error:
                log.exception("this cannot be written and is given up: %s", part.name)
                for attempt, end in part.ends:
                    await self._write_plain_end(attempt, end, error)
        return all_written

    async def _write_plain_end(self, attempt: Attempt, end: Finished, error: Exception) -> None:
        """What an attempt left cannot be written: that much can, and its task has an end."""
        message = f"localcloud could not write what this attempt left: {type(error).__name__}"
        outcome = Outcome(
            Ending.EXITED, attempts.error_payload(message), end.outcome.duration, 0.0, ""
        )
        plain = Work([], [], [(attempt, replace(end, outcome=outcome))], [], [])
        try:
            await self._database.write(lambda tx: self._write(tx, plain))
        except NotWritten:
            self._put_back(plain)
        except Exception:
            log.exception("not even its end can be written: %s", plain.name)
            self._forget(attempt)

    def _put_back(self, work: Work) -> None:
        """Nothing of it was kept: it is written again, as often as it takes."""
        self._unwritten.put_back(work)
        for look in work.looks:
            self._look_again(look.function)
