"""Simple Message Queue as the server serves it."""

import asyncio

from localcloud.clock import Clock
from localcloud.smq import retention
from localcloud.smq.management_api import management_operations
from localcloud.smq.queue_api import QueueApi
from localcloud.smq.topic_api import TopicApi
from localcloud.store.database import Database
from localcloud.wire.exchange import Route, RpcOperation

_BETWEEN_PASSES = 1.0  # seconds


class SmqApi:
    """`operations` are those of Mns-open 2022-01-19, `routes` those of the XML data plane."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.operations: dict[str, RpcOperation] = management_operations(database, clock)
        self.routes: list[Route] = [
            *QueueApi(database, clock).routes,
            *TopicApi(database, clock).routes,
        ]

    async def maintain(self) -> None:
        """Forget what is past its retention, for ever: run it as a task, cancel it to stop."""
        while True:
            await self.maintain_once()
            await asyncio.sleep(_BETWEEN_PASSES)

    async def maintain_once(self) -> None:
        """One pass over all queues, and over what deleted ones left."""
        while await self._database.write(retention.remove_deleted):
            pass
        at = retention.Step(-1, True)
        while at.more:
            before = at.queue_id
            at = await self._database.write(
                lambda tx, before=before: retention.remove_expired(tx, before, self._clock())
            )
