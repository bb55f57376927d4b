"""Queues on SMQ's data plane: paths, parameters and XML.

https://www.alibabacloud.com/help/en/mns/developer-reference/queue-operations
"""

from localcloud.clock import Clock
from localcloud.fidelity.message_queue import XML
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.smq import queues
from localcloud.smq.arns import ALL_QUEUES, queue_arn
from localcloud.smq.attribute_xml import queue_elements, read_queue_attributes
from localcloud.smq.attributes import QueueAttributes
from localcloud.smq.listing import list_document, list_request
from localcloud.smq.permissions import permit
from localcloud.smq.xml_writing import CONTENT_TYPE, document
from localcloud.store import queues as store
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call, Route


class QueueApi:
    """The operations on queues."""

    def __init__(self, database: Database, clock: Clock, warnings: RecordedWarnings) -> None:
        self._database = database
        self._clock = clock
        self._warnings = warnings
        queue = "/queues/{queueName}"
        self.routes = [
            Route("GET", "/queues", "ListQueue", self._list),
            Route("PUT", queue, "CreateQueue", self._put),
            Route("GET", queue, "GetQueueAttributes", self._get),
            Route("DELETE", queue, "DeleteQueue", self._delete),
        ]

    async def _put(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        attributes = read_queue_attributes(call.body)
        now = self._clock()
        if call.query.get("metaoverride", "").lower() == "true":

            def change(tx: Transaction) -> None:
                permit(tx, call.caller, "SetQueueAttributes", queue_arn(name))
                queues.set_queue_attributes(tx, name, attributes, now)

            await self._database.write(change)
            self._warn_of(name, attributes)
            return Answer(204)

        def create(tx: Transaction) -> bool:
            permit(tx, call.caller, "CreateQueue", queue_arn(name))
            return queues.create_queue_again(tx, name, attributes, now)[1]

        created = await self._database.write(create)
        self._warn_of(name, attributes)
        location = {"Location": f"http://{call.headers['host']}/queues/{name}"}
        return Answer(201 if created else 204, content_type=CONTENT_TYPE, headers=location)

    def _warn_of(self, name: str, attributes: QueueAttributes) -> None:
        if attributes.logging_enabled:
            self._warnings.give(f"queue {name}", XML["Queue.LoggingEnabled"])

    async def _get(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        now = self._clock()

        def read(tx: Transaction) -> str:
            permit(tx, call.caller, "GetQueueAttributes", queue_arn(name))
            queue = queues.queue_named(tx, name)
            return queue_elements(queue, queues.counts(tx, queue, now))

        # Counting looks at every message.
        return Answer(
            body=document("Queue", await self._database.read_aside(read)), content_type=CONTENT_TYPE
        )

    async def _delete(self, call: Call) -> Answer:
        name = call.variables["queueName"]

        def delete(tx: Transaction) -> None:
            permit(tx, call.caller, "DeleteQueue", queue_arn(name))
            queues.delete_queue(tx, name)

        await self._database.write(delete)
        return Answer(204)

    async def _list(self, call: Call) -> Answer:
        asked = list_request(call)
        now = self._clock()

        def read(tx: Transaction) -> list[tuple[str, str]]:
            permit(tx, call.caller, "ListQueue", ALL_QUEUES)
            found = store.list_queues(tx, asked.prefix, asked.marker, asked.most + 1)
            return [
                (
                    queue.name,
                    queue_elements(queue, queues.counts(tx, queue, now)) if asked.meta else "",
                )
                for queue in found
            ]

        found = await self._database.read_aside(read)
        return list_document(call, "Queue", "/queues", found, asked.most)
