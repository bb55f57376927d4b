"""Log Service's door: its routes, and the work it does by itself."""

import asyncio

from localcloud.clock import Clock
from localcloud.fidelity.log_service import QUERIES
from localcloud.refusal import Refusal
from localcloud.sls.calls import Door
from localcloud.sls.consume_api import ConsumeApi
from localcloud.sls.logs_api import LogsApi
from localcloud.sls.logstores_api import LogstoresApi
from localcloud.sls.projects_api import ProjectsApi
from localcloud.sls.recorded_settings import Warnings
from localcloud.sls.retention import drop_expired
from localcloud.store.database import Database
from localcloud.wire.exchange import Route
from localcloud.wire.strictness import strict

_WRITES_IN_A_STEP = 200
_PAUSE = 60  # seconds between looks for logs whose time is over


class LogApi:
    """Log Service as the front door and the assembly see it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        door, warnings = Door(database, clock), Warnings()
        logstores = LogstoresApi(door, warnings)
        routes = [
            *ProjectsApi(door, warnings).routes,
            *logstores.routes,
            *LogsApi(door, logstores.get_logstore).routes,
            *ConsumeApi(door).routes,
        ]
        self.routes: list[Route] = strict(routes, QUERIES, _query_refused)

    async def maintain(self) -> None:
        """Delete what is past its time, a little at a time, for as long as localcloud runs."""
        while True:
            dropped = await self._database.write(
                lambda tx: drop_expired(tx, self._clock(), _WRITES_IN_A_STEP)
            )
            if not dropped:
                await asyncio.sleep(_PAUSE)


def _query_refused(sentence: str) -> Refusal:
    return Refusal("ParameterInvalid", sentence)
