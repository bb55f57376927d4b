"""SMQ's management API: Mns-open 2022-01-19, an RPC service.

https://www.alibabacloud.com/help/en/mns/developer-reference/api-mns-open-2022-01-19-overview
"""

from collections.abc import Mapping
from typing import Any

from localcloud.account import Caller
from localcloud.clock import Clock
from localcloud.ram.access import require
from localcloud.smq import queue_management, tagging, topic_management
from localcloud.smq.management import Asked, Bare, Operation
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import RpcOperation
from localcloud.wire.rpc_parameters import RpcParameters


class ManagementApi:
    """`operations` by their names."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.operations: dict[str, RpcOperation] = {
            name: self._served(name, operation)
            for room in (queue_management, topic_management, tagging)
            for name, operation in room.OPERATIONS.items()
        }

    def _served(self, name: str, operation: Operation) -> RpcOperation:
        async def serve(caller: Caller, given: Mapping[str, str]) -> dict[str, Any]:
            parameters = RpcParameters(name, given, operation.known)
            resource = operation.resource(parameters)
            now = self._clock()

            def run(tx: Transaction) -> Any:
                require(tx, caller, f"mns:{name}", resource)
                return operation.run(Asked(tx, parameters, now))

            if operation.reads:  # aside, for counting looks at every message
                return _succeeded(await self._database.read_aside(run))
            return _succeeded(await self._database.write(run))

        return serve


def _succeeded(data: Any) -> dict[str, Any]:
    if isinstance(data, Bare):
        return data.fields
    answer = {"Code": 200, "Status": "Success", "Success": True, "Message": "operation success"}
    return answer if data is None else {**answer, "Data": data}
