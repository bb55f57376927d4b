"""The task engine as the assembly uses it: routes, a way to submit, background work."""

import asyncio
import contextlib

from localcloud.clock import Clock
from localcloud.fc import deletion
from localcloud.fc.attempts import Pool
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.invoke_api import InvokeApi
from localcloud.fc.retention import keep_forgetting
from localcloud.fc.submissions import Submitter
from localcloud.fc.tasks_api import TasksApi
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Route


class TaskEngine:
    """Start it after the pool, close it before the pool.

    `submitter.submit` is how triggers invoke asynchronously. `dispatcher.wake(function)` is to be
    called when the reserved concurrency of a function changed or its invocation was enabled again:
    without it the change is noticed within 5 s.
    """

    def __init__(
        self, database: Database, clock: Clock, pool: Pool, *, instances: int | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self.dispatcher = Dispatcher(database, pool, clock, instances=instances)
        self.submitter = Submitter(database, clock, self.dispatcher.submitted)
        self.routes: list[Route] = [
            *InvokeApi(database, self.dispatcher, self.submitter).routes,
            *TasksApi(database, clock, self.dispatcher).routes,
        ]
        self._forgetting: asyncio.Task[None] | None = None

    def end_tasks(self, tx: Transaction, function: str, now: int) -> None:
        """What `functions.delete_function` calls before it deletes; `now` in ms."""
        deletion.function_deleted(tx, function, now)
        tx.after_commit(lambda: self.dispatcher.function_deleted(function))

    async def start(self) -> None:
        """Put right what the last run left, and begin to dispatch."""
        await self.dispatcher.start()
        self._forgetting = asyncio.create_task(keep_forgetting(self._database, self._clock))

    async def close(self) -> None:
        """End the background work; what is in hand is made again by the next start."""
        if self._forgetting is not None:
            self._forgetting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._forgetting
        await self.dispatcher.close()
