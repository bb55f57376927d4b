"""Function Compute 3.0 as the assembly uses it: routes, and what runs in the background."""

import asyncio
import logging
from pathlib import Path

from localcloud.clock import Clock
from localcloud.fc.calls import Operations
from localcloud.fc.code import CodeFolder
from localcloud.fc.configurations_api import ConfigurationsApi
from localcloud.fc.engine import TaskEngine
from localcloud.fc.headers import with_warnings
from localcloud.fc.layers_api import LayersApi
from localcloud.fc.recorded_settings import Warnings
from localcloud.fc.refused_api import refused_routes
from localcloud.fc.resolution import CODE_FOLDER
from localcloud.fc.resources_api import FunctionsApi, Instances, Surroundings
from localcloud.fc.submissions import Submission, submit
from localcloud.fc.tagging_api import TaggingApi
from localcloud.fc.timers import Timers
from localcloud.fc.triggers_api import TriggersApi
from localcloud.fidelity.function_calls import QUERIES
from localcloud.refusal import Refusal
from localcloud.request_ids import function_request_id
from localcloud.store import in_use
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Route
from localcloud.wire.strictness import strict

log = logging.getLogger(__name__)

# a call that has been given its code, but not yet an instance, finds it there all the same
CODE_GRACE_SECONDS = 600.0


class FunctionApi:
    """Every route under /2023-03-30/: functions and what hangs on them, and the engine's tasks.

    `start` it after the engine, `stop` it before. `code_grace` is for how many seconds code that
    nothing refers to any more is kept.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        engine: TaskEngine,
        instances: Instances,
        data: Path,
        *,
        code_grace: float = CODE_GRACE_SECONDS,
    ) -> None:
        self._database = database
        self._engine = engine
        self._instances = instances
        self._code = CodeFolder(data / CODE_FOLDER)
        self._code_grace = code_grace
        self._collecting: asyncio.TimerHandle | None = None
        self._collection: asyncio.Task[None] | None = None
        self._preparing: list[asyncio.Task[None]] = []
        self.timers = Timers(database, clock, self._submit)
        operations = Operations(database, clock)
        around = Surroundings(engine.end_tasks, instances, engine.dispatcher.wake)
        warnings = Warnings()
        acting = [
            *FunctionsApi(operations, self._code, around, warnings, self._code_unused).routes,
            *TaggingApi(operations, warnings).routes,
            *ConfigurationsApi(operations, around, self._code_unused).routes,
            *TriggersApi(operations, warnings, self.timers.changed).routes,
            *LayersApi(operations, self._code, self._code_unused).routes,
            *engine.routes,
        ]
        self.routes: list[Route] = [
            *with_warnings(strict(acting, QUERIES, _query_refused)),
            *refused_routes(),
        ]

    async def start(self) -> None:
        """Remove what a killed localcloud left of code, and begin to fire timers."""
        await asyncio.to_thread(self._code.clear_unfinished)
        self._collect()
        self._prepare()
        self.timers.start()

    async def stop(self) -> None:
        """Fire no more timers, remove no more code."""
        await self.timers.stop()
        if self._collecting is not None:
            self._collecting.cancel()
        if self._collection is not None:
            await asyncio.gather(self._collection, return_exceptions=True)
        await asyncio.gather(*self._preparing, return_exceptions=True)

    def _prepare(self) -> None:
        """Get ready for calls of the functions there are; nobody waits for it."""
        runtimes = self._database.read(in_use.runtimes)
        prepare = self._instances.prepare
        self._preparing = [asyncio.create_task(prepare(runtime)) for runtime in sorted(runtimes)]

    def _submit(
        self, tx: Transaction, function: str, qualifier: str, event: bytes, now: int
    ) -> None:
        call = Submission(
            function, event, function_request_id(), qualifier=qualifier, origin="timer"
        )
        answer = submit(tx, [call], now, self._engine.dispatcher.wake)[0]
        if isinstance(answer, Refusal):
            raise answer

    def _code_unused(self) -> None:
        """Look, after a while, for code that nothing refers to any more."""
        if self._collecting is None:
            loop = asyncio.get_running_loop()
            self._collecting = loop.call_later(self._code_grace, self._collect)

    def _collect(self) -> None:
        self._collecting = None
        self._collection = asyncio.get_running_loop().create_task(self._collect_aside())

    async def _collect_aside(self) -> None:
        try:
            gone = await asyncio.to_thread(self._code.collect, self._code_in_use)
        except OSError:
            log.exception("unused code could not be removed; it is tried again later")
            return
        if gone:
            log.info("removed %d unused code packages", len(gone))

    def _code_in_use(self) -> set[str]:
        used = self._database.read(in_use.code_folders)
        return used | {folder.name for folder in self._instances.code_folders()}


def _query_refused(sentence: str) -> Refusal:
    return Refusal("InvalidArgument", sentence)
