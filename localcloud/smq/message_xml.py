"""Messages in SMQ's XML: what a sender wrote, and what a receiver gets."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from localcloud.smq.queues import properties_json
from localcloud.smq.receiving import handle_of
from localcloud.smq.refusals import invalid_argument, not_implemented
from localcloud.smq.xml_reading import Element, children_of, fields_of, name_of, parse
from localcloud.smq.xml_writing import document, element, escaped
from localcloud.store.queues import Message

MOST_IN_A_BATCH = 16

_PROPERTY_TYPES = ("NUMBER", "STRING", "BOOLEAN", "BINARY")
_PROPERTIES = {"UserProperties": "PropertyValue", "SystemProperties": "SystemPropertyValue"}


@dataclass(frozen=True, slots=True)
class MessageToSend:
    """One message as it was written; `properties` as they are stored."""

    body: bytes
    delay_seconds: int | None
    priority: int | None
    properties: str
    tag: str = ""


def read_message(body: bytes) -> MessageToSend:
    """The <Message> of a SendMessage request. Raises Refusal MalformedXML, InvalidArgument."""
    return _message(parse(body, "Message"), {"MessageBody", "DelaySeconds", "Priority"})


def read_topic_message(body: bytes) -> MessageToSend:
    """The <Message> of a PublishMessage request."""
    return _message(parse(body, "Message"), {"MessageBody", "MessageTag", "MessageAttributes"})


def read_messages(body: bytes) -> list[MessageToSend]:
    """The <Messages> of a BatchSendMessage request, 1 to 16 of them."""
    root = parse(body, "Messages")
    _only(root, {"Message"})
    found = [
        _message(one, {"MessageBody", "DelaySeconds", "Priority"})
        for one in children_of(root, "Message")
    ]
    _checked_count(len(found), "Message")
    return found


def read_receipt_handles(body: bytes) -> list[str]:
    """The <ReceiptHandles> of a BatchDeleteMessage request, 1 to 16 of them."""
    root = parse(body, "ReceiptHandles")
    _only(root, {"ReceiptHandle"})
    handles = [one.text or "" for one in children_of(root, "ReceiptHandle")]
    _checked_count(len(handles), "ReceiptHandle")
    return handles


def whole_number(name: str, text: str) -> int:
    """A number in a request. Raises Refusal InvalidArgument."""
    try:
        return int(text)
    except ValueError:
        raise invalid_argument(
            f"The value of {name} must be a whole number; it is {text!r}."
        ) from (None)


def received_message(message: Message) -> str:
    """A <Message> as ReceiveMessage gives it."""
    return (
        f"<Message>{_common(message)}<ReceiptHandle>{handle_of(message)}</ReceiptHandle>"
        f"<NextVisibleTime>{message.visible_at}</NextVisibleTime></Message>"
    )


def peeked_message(message: Message) -> str:
    """A <Message> as PeekMessage gives it: without a receipt handle."""
    return f"<Message>{_common(message)}</Message>"


def one_or_all(messages: Iterable[str], batch: bool) -> bytes:
    """A document of one <Message>, or of <Messages> with all of them."""
    if batch:
        return document("Messages", "".join(messages))
    (only,) = messages
    return document("Message", only[len("<Message>") : -len("</Message>")])


def _common(message: Message) -> str:
    return (
        f"<MessageId>{message.message_id}</MessageId>"
        f"<MessageBodyMD5>{message.body_md5}</MessageBodyMD5>"
        f"<MessageBody>{escaped(message.body)}</MessageBody>"
        f"<EnqueueTime>{message.enqueued}</EnqueueTime>"
        f"<FirstDequeueTime>{message.first_dequeued}</FirstDequeueTime>"
        f"<DequeueCount>{message.dequeue_count}</DequeueCount>"
        f"<Priority>{message.priority}</Priority>"
        f"{_written_properties(message.properties) if message.properties else ''}"
    )


def _written_properties(stored: str) -> str:
    properties: dict[str, Any] = json.loads(stored)
    written = element("MessageGroupId", properties["group"]) if properties["group"] else ""
    for outer, inner in _PROPERTIES.items():
        kind = "user" if outer == "UserProperties" else "system"
        values = "".join(
            f"<{inner}>{''.join(element(name, text) for name, text in one.items())}</{inner}>"
            for one in properties[kind]
        )
        if values:
            written += f"<{outer}>{values}</{outer}>"
    return written


def _message(found: Element, known: set[str]) -> MessageToSend:
    _only(found, known | {"MessageGroupId", *_PROPERTIES})
    fields = fields_of(found)
    if "MessageAttributes" in fields:
        raise not_implemented("localcloud sends no mail and no text messages: MessageAttributes.")
    if "MessageBody" not in fields:
        raise invalid_argument("MessageBody is missing.")
    properties = ""
    if len(fields) > 1:
        properties = properties_json(
            _read_properties(found, "UserProperties"),
            _read_properties(found, "SystemProperties"),
            fields.get("MessageGroupId", ""),
        )
    return MessageToSend(
        fields["MessageBody"].encode(),
        whole_number("DelaySeconds", fields["DelaySeconds"]) if "DelaySeconds" in fields else None,
        whole_number("Priority", fields["Priority"]) if "Priority" in fields else None,
        properties,
        fields.get("MessageTag", ""),
    )


def _read_properties(found: Element, name: str) -> list[dict[str, str]]:
    properties: list[dict[str, str]] = []
    for outer in children_of(found, name):
        for one in children_of(outer, _PROPERTIES[name]):
            fields = fields_of(one)
            if set(fields) != {"Name", "Value", "Type"} or fields["Type"] not in _PROPERTY_TYPES:
                raise invalid_argument(
                    f"{name}: each {_PROPERTIES[name]} has Name, Value and Type, which is one of"
                    f" {', '.join(_PROPERTY_TYPES)}."
                )
            properties.append(fields)
    return properties


def _only(found: Element, known: set[str]) -> None:
    for child in found:
        if name_of(child) not in known:
            raise invalid_argument(
                f"The XML does not fit the operation: {name_of(found)} has no {name_of(child)}."
            )


def _checked_count(count: int, name: str) -> None:
    if not 1 <= count <= MOST_IN_A_BATCH:
        raise invalid_argument(f"A batch has 1 to {MOST_IN_A_BATCH} {name}s; this has {count}.")
