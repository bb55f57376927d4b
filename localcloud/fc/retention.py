"""Forgets tasks that ended more than seven days ago, in steps that no request has to wait for."""

import asyncio
import logging
import sqlite3

from localcloud.clock import Clock
from localcloud.fc import tasks
from localcloud.store import tasks as store
from localcloud.store.database import Database

log = logging.getLogger(__name__)

STEP = 500  # rows looked at in one write
BETWEEN_STEPS = 0.02  # s
BETWEEN_ROUNDS = 600.0  # s


async def forget_old_tasks(database: Database, clock: Clock) -> None:
    """One round: all that is too old now goes, step by step."""
    after: int | None = 0
    while after is not None:
        after = await database.write(
            lambda tx, behind=after: tasks.forget_old(tx, behind, clock(), STEP)
        )
        await asyncio.sleep(BETWEEN_STEPS)
    await database.write(lambda tx: store.forget_deleted(tx, clock() - tasks.KEPT_FOR))


async def keep_forgetting(database: Database, clock: Clock) -> None:
    """Round after round, until cancelled."""
    while True:
        try:
            await forget_old_tasks(database, clock)
        except sqlite3.Error:
            log.exception("old tasks could not be forgotten; trying again later")
        await asyncio.sleep(BETWEEN_ROUNDS)
