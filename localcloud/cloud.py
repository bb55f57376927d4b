"""The whole: one database, the services on it, and the front door before them."""

import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from localcloud.account import ACCESS_KEY_ID, ACCESS_KEY_SECRET, ACCOUNT_ID, REGION, ROOT, Caller
from localcloud.clock import Clock
from localcloud.server.folder import DATABASE
from localcloud.store import schema
from localcloud.store.database import Database, connect
from localcloud.wire.front_door import Dialects, FrontDoor
from localcloud.wire.journal import Journal
from localcloud.wire.log_service import FAULTS as LOG_FAULTS
from localcloud.wire.log_service import LogDialect
from localcloud.wire.nonces import Nonces
from localcloud.wire.own import OwnDialect
from localcloud.wire.roa import FAULTS as ROA_FAULTS
from localcloud.wire.roa import RoaDialect
from localcloud.wire.rpc import FAULTS as RPC_FAULTS
from localcloud.wire.rpc import RpcDialect
from localcloud.wire.signatures import Faults, Gate
from localcloud.wire.smq import FAULTS as SMQ_FAULTS
from localcloud.wire.smq import SmqDialect


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
        journal = Journal()
        # DEVELOPMENT: rooms that do not exist yet are left out
        rpc: dict[tuple[str, str], Any] = {}
        smq: list[Any] = []
        log: list[Any] = []
        fc: list[Any] = []
        import importlib

        def room(name: str, cls: str) -> Any:
            try:
                return getattr(importlib.import_module(f"localcloud.{name}.api"), cls)(
                    self.database, clock
                )
            except (ImportError, AttributeError) as error:
                import sys

                print(f"{name}: {error}", file=sys.stderr)
                return None

        if (ram := room("ram", "RamApi")) is not None:
            rpc["Ram", "2015-05-01"] = ram.operations
            rpc["Sts", "2015-04-01"] = ram.sts_operations
            rpc["Ecs", "2014-05-26"] = ram.ecs_operations
        if (smq_api := room("smq", "SmqApi")) is not None:
            rpc["Mns-open", "2022-01-19"] = smq_api.operations
            smq = smq_api.routes
        if (log_api := room("sls", "LogApi")) is not None:
            log = log_api.routes
        self.front_door = FrontDoor(
            Dialects(
                rpc=RpcDialect(rpc, self._gate(RPC_FAULTS)),
                fc=RoaDialect(fc, self._gate(ROA_FAULTS)),
                smq=SmqDialect(smq, self._gate(SMQ_FAULTS)),
                log=LogDialect(log, self._gate(LOG_FAULTS)),
                own=OwnDialect(self.health, self.counts, journal, stop),
            ),
            journal,
            clock,
            verbose=verbose,
        )

    async def start(self) -> None:
        """Begin the work in the background: dispatcher, timers, retention."""

    async def stop(self) -> None:
        """End the work in the background and close the database."""
        self.database.close()

    def health(self) -> dict[str, Any]:
        """What GET /_localcloud/health answers."""
        return {
            "status": "ok",
            "version": _version(),
            "data": str(self.data),
            "region": REGION,
            "accountId": ACCOUNT_ID,
            "pid": os.getpid(),
            "port": self.port,
        }

    async def counts(self) -> dict[str, int]:
        """How many queues, functions and tasks there are."""
        return {}

    def _gate(self, faults: Faults) -> Gate:
        return Gate(faults, self._secret_of, self._nonces, self._clock)

    def _secret_of(self, access_key_id: str, security_token: str | None) -> tuple[str, Caller]:
        if access_key_id == ACCESS_KEY_ID and security_token is None:
            return ACCESS_KEY_SECRET, ROOT  # nearly every request: without the database
        from localcloud.ram import credentials

        now = self._clock()
        return self.database.read(
            lambda tx: credentials.secret_of(tx, access_key_id, security_token, now)
        )


def _prepare(path: Path) -> None:
    connection = connect(path)
    try:
        schema.prepare(connection)
    finally:
        connection.close()


def _version() -> str:
    try:
        return version("fc-async-tasks-workspace")
    except PackageNotFoundError:
        return "0"
