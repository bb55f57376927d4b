"""SMQ's management API: Mns-open 2022-01-19, an RPC service.

https://www.alibabacloud.com/help/en/mns/developer-reference/api-mns-open-2022-01-19-overview
"""

from typing import Any

from localcloud.clock import Clock
from localcloud.fidelity.message_queue import PARAMETERS
from localcloud.smq import queue_management, tagging, topic_management
from localcloud.smq.management import Bare
from localcloud.store.database import Database
from localcloud.wire.exchange import RpcOperation
from localcloud.wire.rpc_operations import served

OPERATIONS = {
    **queue_management.OPERATIONS,
    **topic_management.OPERATIONS,
    **tagging.OPERATIONS,
}


def management_operations(database: Database, clock: Clock) -> dict[str, RpcOperation]:
    """The operations by their names."""
    return served(database, clock, "mns", OPERATIONS, _answer, PARAMETERS)


def _answer(data: Any) -> dict[str, Any]:
    if isinstance(data, Bare):
        return data.fields
    answer = {"Code": 200, "Status": "Success", "Success": True, "Message": "operation success"}
    return answer if data is None else {**answer, "Data": data}
