"""RAM, STS and the one operation of ECS, as the server serves them."""

from typing import Any

from localcloud.clock import Clock
from localcloud.fidelity.access_management import PARAMETERS
from localcloud.ram import policy_operations, regions, role_operations, sts_operations
from localcloud.store.database import Database
from localcloud.wire.exchange import RpcOperation
from localcloud.wire.rpc_operations import served

OPERATIONS = {**role_operations.OPERATIONS, **policy_operations.OPERATIONS}


class RamApi:
    """`operations` of Ram 2015-05-01, `sts_operations` of Sts 2015-04-01, `ecs_operations` of Ecs
    2014-05-26."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.operations: dict[str, RpcOperation] = served(
            database, clock, "ram", OPERATIONS, _as_it_is, PARAMETERS
        )
        self.sts_operations: dict[str, RpcOperation] = served(
            database, clock, "sts", sts_operations.OPERATIONS, _as_it_is, PARAMETERS
        )
        self.ecs_operations: dict[str, RpcOperation] = served(
            database, clock, "ecs", regions.OPERATIONS, _as_it_is, PARAMETERS
        )


def _as_it_is(answer: dict[str, Any]) -> dict[str, Any]:
    return answer
