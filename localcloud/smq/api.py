"""Simple Message Queue as the server serves it."""

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from localcloud.clock import Clock
from localcloud.fidelity.message_queue import QUERIES
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.smq import retention
from localcloud.smq.management_api import management_operations
from localcloud.smq.message_api import MessageApi
from localcloud.smq.queue_api import QueueApi
from localcloud.smq.refusals import invalid_argument
from localcloud.smq.topic_api import TopicApi
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Route, RpcOperation
from localcloud.wire.strictness import strict

T = TypeVar("T")

_BETWEEN_PASSES = 1.0  # seconds
_REST = 4  # times as long as a step took, before the next one


class SmqApi:
    """`operations` are those of Mns-open 2022-01-19, `routes` those of the XML data plane."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.operations: dict[str, RpcOperation] = management_operations(database, clock)
        warnings = RecordedWarnings(logging.getLogger(__name__))
        routes = [
            *QueueApi(database, clock, warnings).routes,
            *MessageApi(database, clock).routes,
            *TopicApi(database, clock, warnings).routes,
        ]
        self.routes: list[Route] = strict(routes, QUERIES, invalid_argument)

    async def maintain(self) -> None:
        """Forget what is past its retention, for ever: run it as a task, cancel it to stop."""
        at = retention.Step(-1, True)
        again = False
        while True:
            left = await self._step(retention.remove_deleted)
            after = at.queue_id
            at = await self._step(
                lambda tx, after=after: retention.remove_expired(tx, after, self._clock())
            )
            again = again or left or at.again
            if not at.more:
                if not again:
                    await asyncio.sleep(_BETWEEN_PASSES)
                again = False

    async def _step(self, change: Callable[[Transaction], T]) -> T:
        """One change, and then rest for several times what it took: requests come first."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        result = await self._database.write(change)
        await asyncio.sleep((loop.time() - began) * _REST)
        return result
