"""Forgets tasks that ended more than seven days ago, in steps that no request has to wait for."""

import asyncio
import logging
import sqlite3

from localcloud.clock import Clock
from localcloud.store import deleted_functions
from localcloud.store import tasks as store
from localcloud.store.database import Database, NotWritten, Transaction

log = logging.getLogger(__name__)

KEPT_FOR = 7 * 24 * 3_600_000  # ms after their end
STEP = 500  # rows looked at in one write
BETWEEN_STEPS = 0.02  # s
BETWEEN_ROUNDS = 600.0  # s


def forget_old(tx: Transaction, after: int, now: int, limit: int) -> int | None:
    """Forget tasks that ended more than 7 days ago, one step of up to `limit` rows behind `after`.

    Returns where the next step begins, or None when nothing older is left.
    """
    too_old = now - KEPT_FOR
    rows = store.old_rows(tx, after, limit)
    gone = [
        task
        for task, accepted, ended in rows
        if accepted < too_old and ended is not None and ended < too_old
    ]
    if gone:
        store.remove(tx, gone)
    if len(rows) < limit or rows[-1][1] >= too_old:
        return None
    return rows[-1][0]


async def forget_old_tasks(database: Database, clock: Clock) -> None:
    """One round: all that is too old now goes, step by step."""
    after: int | None = 0
    while after is not None:
        after = await database.write(lambda tx, behind=after: forget_old(tx, behind, clock(), STEP))
        await asyncio.sleep(BETWEEN_STEPS)
    await database.write(lambda tx: deleted_functions.forget(tx, clock() - KEPT_FOR))


async def keep_forgetting(database: Database, clock: Clock) -> None:
    """Round after round, until cancelled."""
    while True:
        try:
            await forget_old_tasks(database, clock)
        except NotWritten as full:
            log.warning("old tasks are forgotten later: %s", full)
        except sqlite3.Error:
            log.exception("old tasks could not be forgotten; trying again later")
        await asyncio.sleep(BETWEEN_ROUNDS)
