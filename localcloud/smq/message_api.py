"""Messages on SMQ's data plane: paths, parameters and XML.

https://www.alibabacloud.com/help/en/mns/developer-reference/message-operations
"""

import asyncio

from localcloud.clock import Clock
from localcloud.refusal import Refusal
from localcloud.smq import queues, receiving
from localcloud.smq.arns import messages_arn
from localcloud.smq.attributes import NUMBER_OF_MESSAGES, WAIT_SECONDS
from localcloud.smq.message_xml import (
    MessageToSend,
    one_or_all,
    peeked_message,
    read_message,
    read_messages,
    read_receipt_handles,
    received_message,
    whole_number,
)
from localcloud.smq.permissions import permit
from localcloud.smq.queues import SentMessage
from localcloud.smq.receiving import Reception
from localcloud.smq.refusals import invalid_argument, message_not_exist, queue_not_exist
from localcloud.smq.waiting import Waiter
from localcloud.smq.xml_writing import CONTENT_TYPE, document, element
from localcloud.store import queues as store
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call, Route

MOST_BYTES_IN_A_BATCH = 65536


class MessageApi:
    """The operations on the messages of queues."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        messages = "/queues/{queueName}/messages"
        self.routes = [
            Route("POST", messages, "SendMessage", self._send),
            Route("GET", messages, "ReceiveMessage", self._receive),
            Route("DELETE", messages, "DeleteMessage", self._delete_messages),
            Route("PUT", messages, "ChangeMessageVisibility", self._change_visibility),
        ]

    async def _send(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        now = self._clock()
        if b"<Messages" in call.body[:200]:
            return await self._send_batch(call, name, now)
        message = read_message(call.body)

        def send(tx: Transaction) -> SentMessage:
            permit(tx, call.caller, "SendMessage", messages_arn(name))
            return queues.send_message(
                tx,
                name,
                message.body,
                now,
                message.delay_seconds,
                message.priority,
                message.properties,
            )

        sent = await self._database.write_short(send)
        return Answer(201, document("Message", _sent(sent)), CONTENT_TYPE)

    async def _send_batch(self, call: Call, name: str, now: int) -> Answer:
        messages = read_messages(call.body)
        size = sum(len(message.body) for message in messages)
        if size > MOST_BYTES_IN_A_BATCH:
            raise invalid_argument(
                f"The messages of a batch have up to {MOST_BYTES_IN_A_BATCH} bytes together;"
                f" these have {size}."
            )

        def send(tx: Transaction) -> list[SentMessage | Refusal]:
            permit(tx, call.caller, "BatchSendMessage", messages_arn(name))
            queue = queues.queue_named(tx, name)
            return [_send_one(tx, queue, message, now) for message in messages]

        sent = await self._database.write_short(send)
        failed = any(isinstance(one, Refusal) for one in sent)
        # Where one failed the SDKs take each entry for two elements exactly.
        inner = "".join(
            f"<Message>{_failed(one) if isinstance(one, Refusal) else _sent(one, failed)}</Message>"
            for one in sent
        )
        return Answer(400 if failed else 201, document("Messages", inner), CONTENT_TYPE)

    async def _receive(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        most = 1
        batch = "numOfMessages" in call.query
        if batch:
            most = NUMBER_OF_MESSAGES.checked(
                whole_number("numOfMessages", call.query["numOfMessages"])
            )
        if call.query.get("peekonly", "").lower() == "true":
            return await self._peek(call, name, most, batch)
        wait: int | None = None
        if "waitseconds" in call.query:
            wait = WAIT_SECONDS.checked(whole_number("waitseconds", call.query["waitseconds"]))
        reception = await self._take(call, name, most, batch)
        seconds = reception.queue.polling_wait_seconds if wait is None else wait
        if not reception.messages and seconds:
            reception = await self._wait(call, reception, most, batch, seconds)
        if not reception.messages:
            raise message_not_exist()
        body = one_or_all((received_message(one) for one in reception.messages), batch)
        return Answer(200, body, CONTENT_TYPE)

    async def _wait(
        self, call: Call, before: Reception, most: int, batch: bool, seconds: int
    ) -> Reception:
        """Receive again whenever a message may be there, for so many seconds."""
        with Waiter(before.queue.queue_id, seconds, call.departed) as waiter:
            while True:
                reception = await self._take(call, before.queue.name, most, batch)
                if reception.queue.queue_id != before.queue.queue_id:
                    raise queue_not_exist(before.queue.name)  # another queue of the same name
                if reception.messages or not await waiter.woken():
                    return reception

    async def _take(self, call: Call, name: str, most: int, batch: bool) -> Reception:
        action = "BatchReceiveMessage" if batch else "ReceiveMessage"
        gone = False

        def take(tx: Transaction) -> Reception:
            if gone:  # nobody would ever delete what is taken now
                raise message_not_exist()
            permit(tx, call.caller, action, messages_arn(name))
            return receiving.receive(tx, name, self._clock(), most)

        try:
            return await self._database.write_short(take)
        except asyncio.CancelledError:
            gone = True
            raise

    async def _peek(self, call: Call, name: str, most: int, batch: bool) -> Answer:
        action = "BatchPeekMessage" if batch else "PeekMessage"
        now = self._clock()

        def peek(tx: Transaction) -> list[store.Message]:
            permit(tx, call.caller, action, messages_arn(name))
            return receiving.peek(tx, name, now, most)

        found = await self._database.write_short(peek)
        if not found:
            raise message_not_exist()
        return Answer(200, one_or_all(map(peeked_message, found), batch), CONTENT_TYPE)

    async def _delete_messages(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        now = self._clock()
        if "ReceiptHandle" in call.query:
            handle = call.query["ReceiptHandle"]

            def delete(tx: Transaction) -> None:
                permit(tx, call.caller, "DeleteMessage", messages_arn(name))
                receiving.delete_message(tx, name, handle, now)

            await self._database.write_short(delete)
            return Answer(204)
        if not call.body:
            raise Refusal("MissingReceiptHandle", "ReceiptHandle is required.")
        handles = read_receipt_handles(call.body)

        def delete_all(tx: Transaction) -> list[tuple[str, Refusal]]:
            permit(tx, call.caller, "BatchDeleteMessage", messages_arn(name))
            return receiving.delete_messages(tx, name, handles, now)

        failed = await self._database.write_short(delete_all)
        if not failed:
            return Answer(204)
        inner = "".join(
            f"<Error>{_failed(refusal)}{element('ReceiptHandle', handle)}</Error>"
            for handle, refusal in failed
        )
        return Answer(400, document("Errors", inner), CONTENT_TYPE)

    async def _change_visibility(self, call: Call) -> Answer:
        name = call.variables["queueName"]
        handle = call.query.get("ReceiptHandle", call.query.get("receiptHandle"))
        text = call.query.get("VisibilityTimeout", call.query.get("visibilityTimeout"))
        if handle is None:
            raise Refusal("MissingReceiptHandle", "ReceiptHandle is required.")
        if text is None:
            raise Refusal("MissingVisibilityTimeout", "VisibilityTimeout is required.")
        seconds = whole_number("VisibilityTimeout", text)
        now = self._clock()

        def change(tx: Transaction) -> tuple[str, int]:
            permit(tx, call.caller, "ChangeMessageVisibility", messages_arn(name))
            return receiving.change_visibility(tx, name, handle, seconds, now)

        changed, visible_at = await self._database.write_short(change)
        inner = element("ReceiptHandle", changed) + element("NextVisibleTime", str(visible_at))
        return Answer(200, document("ChangeVisibility", inner), CONTENT_TYPE)


def _send_one(
    tx: Transaction, queue: store.Queue, message: MessageToSend, now: int
) -> SentMessage | Refusal:
    try:
        return queues.send_to(
            tx,
            queue,
            message.body,
            now,
            message.delay_seconds,
            message.priority,
            message.properties,
        )
    except Refusal as refusal:
        return refusal


def _sent(sent: SentMessage, bare: bool = False) -> str:
    inner = (
        f"<MessageId>{sent.message_id}</MessageId><MessageBodyMD5>{sent.body_md5}</MessageBodyMD5>"
    )
    if sent.receipt_handle and not bare:
        inner += element("ReceiptHandle", sent.receipt_handle)
    return inner


def _failed(refusal: Refusal) -> str:
    return element("ErrorCode", refusal.code) + element("ErrorMessage", refusal.message)
