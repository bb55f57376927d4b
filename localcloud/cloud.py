"""The whole: one database, the services on it, and the front door before them."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from localcloud.account import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID, REGION, ROOT, Caller
from localcloud.clock import Clock
from localcloud.fc.api import FunctionApi
from localcloud.fc.engine import TaskEngine
from localcloud.fc.instances.invocation import InstanceSpec
from localcloud.fc.instances.pool import InstancePool
from localcloud.ram import credentials
from localcloud.ram.api import RamApi
from localcloud.server.folder import DATABASE
from localcloud.sls.api import LogApi
from localcloud.smq.api import SmqApi
from localcloud.store import schema
from localcloud.store.counts import counts
from localcloud.store.database import Database, NotWritten, connect
from localcloud.version import version
from localcloud.wire import log_service, roa, rpc, smq
from localcloud.wire.front_door import Dialects, FrontDoor
from localcloud.wire.journal import Journal
from localcloud.wire.nonces import Nonces
from localcloud.wire.own import OwnDialect
from localcloud.wire.signatures import Faults, Gate

_PAUSE_AFTER_FAILURE = 60  # s
_log = logging.getLogger("localcloud")

INSTANCES = "instances"
"""The folder, inside the data folder, for what instances need on disk while they run."""


class Cloud:
    """Everything that one data folder holds, and what runs on it.

    `port` is where it will be reached; `clock` gives ms since 1970; `stop` is called when somebody
    asks localcloud to end. Raises schema.NewerData for a folder of a newer version, sqlite3.Error
    where the database cannot be opened.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        clock: Clock,
        *,
        stop: Callable[[], None],
        verbose: bool = False,
    ) -> None:
        self.data = data
        self.port = port
        self._clock = clock
        _prepare(data / DATABASE)
        self.database = Database(data / DATABASE)
        self._nonces = Nonces()
        ram = RamApi(self.database, clock)
        self._queues = SmqApi(self.database, clock)
        self._logs = LogApi(self.database, clock)
        self._pool = InstancePool(data / INSTANCES, open_instance_log=self._open_instance_log)
        self._engine = TaskEngine(self.database, clock, self._pool)
        self._functions = FunctionApi(self.database, clock, self._engine, self._pool, data)
        self._upkeep: list[asyncio.Task[None]] = []
        journal = Journal()
        self.front_door = FrontDoor(
            Dialects(
                rpc=rpc.RpcDialect(
                    {
                        ("Ram", "2015-05-01"): ram.operations,
                        ("Sts", "2015-04-01"): ram.sts_operations,
                        ("Ecs", "2014-05-26"): ram.ecs_operations,
                        ("Mns-open", "2022-01-19"): self._queues.operations,
                    },
                    self._gate(rpc.FAULTS),
                ),
                fc=roa.RoaDialect(self._functions.routes, self._gate(roa.FAULTS)),
                smq=smq.SmqDialect(self._queues.routes, self._gate(smq.FAULTS)),
                log=log_service.LogDialect(self._logs.routes, self._gate(log_service.FAULTS)),
                own=OwnDialect(self.health, self.counts, journal, stop),
            ),
            journal,
            clock,
            verbose=verbose,
        )

    async def start(self) -> None:
        """Begin the work in the background: instances, dispatcher, timers, retention."""
        await self._pool.start()
        await self._engine.start()
        await self._functions.start()
        for maintain in (self._queues.maintain, self._logs.maintain):
            self._upkeep.append(asyncio.create_task(_keep_up(maintain)))

    async def stop(self) -> None:
        """End the work in the background, every process of a function, and the database."""
        for task in self._upkeep:
            task.cancel()
        await asyncio.gather(*self._upkeep, return_exceptions=True)
        await self._functions.stop()
        await self._engine.close()
        await self._pool.stop()
        await self._engine.dispatcher.write_last_logs()
        self.database.close()

    def health(self) -> dict[str, Any]:
        """What GET /_localcloud/health answers."""
        return {
            "status": "ok",
            "version": version(),
            "data": str(self.data),
            "region": REGION,
            "accountId": ACCOUNT_ID,
            "pid": os.getpid(),
            "port": self.port,
            "interpreters": self._pool.interpreters(),
        }

    async def counts(self) -> dict[str, int]:
        """How many queues, functions and tasks there are."""
        return await self.database.read_aside(counts)

    def _open_instance_log(
        self, spec: InstanceSpec, request_id: str, instance_id: str
    ) -> Callable[[str], None]:
        return self._engine.dispatcher.open_instance_log(spec, request_id, instance_id)

    def _gate(self, faults: Faults) -> Gate:
        return Gate(faults, self._secret_of, self._nonces, self._clock)

    def _secret_of(self, access_key_id: str, security_token: str | None) -> tuple[str, Caller]:
        if access_key_id == ACCESS_KEY_ID and security_token is None:
            return ACCESS_KEY_SECRET, ROOT  # nearly every request: without the database
        now = self._clock()
        return self.database.read(
            lambda tx: credentials.secret_of(tx, access_key_id, security_token, now)
        )


async def _keep_up(maintain: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do a service's upkeep for ever: what ends it is logged and tried again."""
    while True:
        try:
            await maintain()
        except NotWritten as full:
            _log.warning("upkeep is tried again in %d s: %s", _PAUSE_AFTER_FAILURE, full)
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)
        except Exception:  # noqa: BLE001 - nobody waits for it: the log is where it is told
            _log.exception("upkeep failed; it is tried again in %d s", _PAUSE_AFTER_FAILURE)
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)


def _prepare(path: Path) -> None:
    connection = connect(path)
    try:
        schema.prepare(connection)
    finally:
        connection.close()
