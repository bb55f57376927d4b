"""Messages of the destination queue through the official SMQ SDK."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from fctask import function
from fctask.calling import calling
from fctask.clients import Clients
from fctask.errors import FctaskError, HandleExpired, NoMessage
from fctask.message import QueueMessage

LONGEST_POLL = 30  # seconds; SMQ's own limit for waitseconds
MOST_AT_ONCE = 16  # messages; SMQ's own limit for a batch


@dataclass(frozen=True)
class QueueCounts:
    """How many messages can be received now, are with a reader, or come later. SMQ's estimates."""

    queue: str
    active: int
    inactive: int
    delayed: int

    def document(self) -> dict[str, Any]:
        """For JSON: SMQ's names."""
        return {
            "queueName": self.queue,
            "activeMessages": self.active,
            "inactiveMessages": self.inactive,
            "delayMessages": self.delayed,
        }


def counts(clients: Clients) -> QueueCounts:
    """The queue's numbers. Raises NoSuchQueue."""
    name = function.queue_name(clients)
    with calling("mns:GetQueueAttributes", name):
        found = clients.queue(name).get_attributes()
    return QueueCounts(
        name,
        int(found.active_messages),
        int(found.inactive_messages),
        int(found.delay_messages),
    )


def peek(clients: Clients, count: int = MOST_AT_ONCE) -> list[QueueMessage]:
    """The next `count` (1 to 16) messages, left as they are. Peeking never gets beyond those."""
    name = function.queue_name(clients)
    return _taken("mns:PeekMessage", name, lambda: clients.queue(name).batch_peek_message(count))


def receive(
    clients: Clients,
    count: int = MOST_AT_ONCE,
    wait: int = 0,
    waiting: Callable[[int], None] = lambda _: None,
) -> list[QueueMessage]:
    """Up to `count` (1 to 16) messages, kept from others for the queue's VisibilityTimeout.

    `wait` seconds for the first one, 0 or more; [] when none came. SMQ holds one request for 30
    seconds at most: a longer wait is several, and `waiting` is told between them how many seconds
    have passed.
    """
    name = function.queue_name(clients)
    waited = 0
    while True:
        poll = min(LONGEST_POLL, wait - waited)
        found = _received(clients, name, count, poll)
        waited += poll
        if found or waited >= wait:
            return found
        waiting(waited)


def _received(clients: Clients, name: str, count: int, poll: int) -> list[QueueMessage]:
    """What one request gets, which SMQ holds for `poll` seconds while there is nothing."""
    return _taken(
        "mns:ReceiveMessage", name, lambda: clients.queue(name).batch_receive_message(count, poll)
    )


def _taken(action: str, name: str, ask: Any) -> list[QueueMessage]:
    try:
        with calling(action, name):
            found: list[Any] = ask()
    except FctaskError as refused:
        if refused.details.get("code") == "MessageNotExist":
            return []
        raise
    return [_message(one) for one in found]


def _message(found: Any) -> QueueMessage:
    body = found.message_body
    return QueueMessage(
        message_id=found.message_id,
        body=body.decode("utf-8", "replace") if isinstance(body, bytes) else body,
        receipt_handle=getattr(found, "receipt_handle", "") or "",
        enqueued_at=int(found.enqueue_time),
        next_visible_at=int(found.next_visible_time) if found.next_visible_time != -1 else None,
        dequeue_count=int(found.dequeue_count),
    )


def acknowledge(clients: Clients, *messages: "QueueMessage | str") -> None:
    """Remove received messages, by themselves or by their receipt handles.

    Raises HandleExpired at the first whose time is over; those before it are removed.
    """
    name = function.queue_name(clients)
    queue = clients.queue(name)
    for message in messages:
        handle = message if isinstance(message, str) else message.receipt_handle
        with calling("mns:DeleteMessage", name):
            queue.delete_message(handle)


def release(clients: Clients, messages: Sequence[QueueMessage]) -> None:
    """Let received messages be received by others at once; one whose time is over already is."""
    name = function.queue_name(clients)
    queue = clients.queue(name)
    for message in messages:
        try:
            with calling("mns:ChangeMessageVisibility", name):
                queue.change_message_visibility(message.receipt_handle, 0)
        except HandleExpired:
            continue


def receive_for(clients: Clients, request_id: str, seconds: float) -> QueueMessage:
    """Wait at most `seconds` for the message of one request; all others go back to the queue.

    Raises NoMessage.
    """
    end = monotonic() + seconds
    others: list[QueueMessage] = []
    try:
        while (left := end - monotonic()) > 0:
            wait = max(1, min(LONGEST_POLL, round(left)))
            batch = receive(clients, MOST_AT_ONCE, wait)
            found = next((one for one in batch if one.request_id == request_id), None)
            others += [one for one in batch if one is not found]
            if found is not None:
                return found
    finally:
        release(clients, others)
    raise NoMessage(
        f"no message of request {request_id} came to queue {function.queue_name(clients)} "
        f"within {seconds:.0f} s"
    )


def drain(clients: Clients, to: Path, limit: int | None = None) -> Iterator[QueueMessage]:
    """Move messages into a file of JSON lines, each removed once it is safely there.

    Interrupted, it loses none; a message that was written and not removed comes again, and is not
    written twice to the same file.
    """
    written = _ids_in(to)
    with to.open("a", encoding="utf-8") as file:
        number = 0
        while limit is None or number < limit:
            left = MOST_AT_ONCE if limit is None else min(MOST_AT_ONCE, limit - number)
            batch = receive(clients, left, 1)
            if not batch:
                return
            try:
                for message in batch:
                    if message.message_id in written:
                        continue
                    kept = {**message.described(), "rawBody": message.body}
                    kept.pop("receiptHandle", None)
                    file.write(json.dumps(kept, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            except BaseException:
                release(clients, batch)
                raise
            for message in batch:
                written.add(message.message_id)
                try:
                    acknowledge(clients, message)
                except HandleExpired:
                    continue  # it comes again, and is removed then
                number += 1
                yield message


def _ids_in(file: Path) -> set[str]:
    """The ids of the messages that a file of `drain` has; a last line cut short is taken off."""
    if not file.exists():
        return set()
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with file.open("r+b") as cut:
            cut.truncate(len(whole))
    try:
        return {json.loads(line)["messageId"] for line in whole.splitlines() if line.strip()}
    except (ValueError, KeyError, TypeError):
        raise FctaskError(
            f"{file} is not a file that messages were drained to before: name another one."
        ) from None
