"""Redrive: submit the payloads of failed tasks again, from their messages in the queue.

The order of steps is what keeps every message: a message is received, its task looked up by the
request id, the payload submitted under a task id that follows from that request id, and only then
is the message removed. Whatever interrupts it, the message is still there, and a second run is told
by FC that the id was accepted already (409): it removes the message and submits nothing.
"""

from collections.abc import Collection, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from time import time
from typing import Any

from fctask import messages, reruns, tasks
from fctask.clients import Clients
from fctask.errors import (
    AlreadyExists,
    FctaskError,
    HandleExpired,
    NoSuchTask,
    ServiceRefused,
    Throttled,
)
from fctask.message import QueueMessage
from fctask.reruns import redrive_id
from fctask.task import FINAL, Task
from fctask.tasks import TaskQuery

FAILED = frozenset({"Failed", "Expired", "Invalid"})
"""Tasks that did not do their work although nobody stopped them: what is redriven unless asked."""

REDRIVEN, ALREADY, LEFT, FAILED_TO = "redriven", "already accepted", "left alone", "not accepted"


@dataclass(frozen=True)
class RedriveOutcome:
    """What was done with one message.

    `done`: REDRIVEN (submitted now, message removed), ALREADY (an earlier run had submitted it; the
    message is removed), LEFT (still in the queue, `note` says why) or FAILED_TO (still in the
    queue: the submission was refused). `status` is the task's, "" where it is not known.
    """

    message: QueueMessage
    done: str
    status: str = ""
    task_id: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """For JSON."""
        written = {
            "messageId": self.message.message_id,
            "requestId": self.message.request_id,
            "done": self.done,
            "status": self.status,
            "taskId": self.task_id,
            "note": self.note,
        }
        return {name: value for name, value in written.items() if value}


def redrive(
    clients: Clients, include: Collection[str] = FAILED, limit: int | None = None
) -> Generator[RedriveOutcome]:
    """Go through the queue once; one outcome for each message.

    `include`: the statuses whose messages are redriven (FAILED unless asked for others). What is
    left alone can be received by others again at the end, or when the caller stops early. `limit`
    counts messages looked at. Raises what receiving raises; a submission that is refused for good
    is an outcome, one that is throttled or gets no answer ends the run, as it would the next.
    """
    yield from _Run(clients, frozenset(include)).go(limit)


@dataclass
class _Run:
    clients: Clients
    include: frozenset[str]
    held: dict[str, QueueMessage] = field(default_factory=dict[str, QueueMessage])
    index: "_Index | None" = None
    submitted: dict[str, str] = field(default_factory=dict[str, str])  # task ids by request

    def go(self, limit: int | None) -> Generator[RedriveOutcome]:
        seen = 0
        in_vain = 0
        try:
            while limit is None or seen < limit:
                left = messages.MOST_AT_ONCE
                if limit is not None:
                    left = min(left, limit - seen)
                batch = messages.receive(self.clients, left, 1)
                fresh = [one for one in batch if one.message_id not in self.held]
                self.held.update({one.message_id: one for one in batch})
                # what was left alone comes back when its time is over: the round is nearly done
                in_vain = 0 if fresh else in_vain + 1
                if not batch or in_vain > len(self.held) // messages.MOST_AT_ONCE + 1:
                    return
                for message in fresh:
                    seen += 1
                    yield self._one(message)
        finally:
            with suppress(FctaskError):  # they come back by themselves, only later
                messages.release(self.clients, list(self.held.values()))

    def _one(self, message: QueueMessage) -> RedriveOutcome:
        if own := self.submitted.get(message.request_id):
            note = "this very run submitted it: run it again for what failed again"
            return RedriveOutcome(message, LEFT, task_id=own, note=note)
        why = self._not_for_us(message)
        if why:
            return RedriveOutcome(message, LEFT, note=why)
        task = self._task(message)
        if task is None:
            return RedriveOutcome(message, LEFT, note=self._unknown(message))
        if task.status not in self.include:
            note = "" if task.final else "it has not ended"
            return RedriveOutcome(message, LEFT, task.status, task.task_id, note)
        again = reruns.under_way_or_done(self.clients, task.task_id)
        if again is not None:
            note = f"re-run as {again.task_id}, which is {again.status}"
            return RedriveOutcome(message, LEFT, task.status, task.task_id, note)
        return self._submit(message, task)

    def _not_for_us(self, message: QueueMessage) -> str:
        name = self.clients.target.function_name
        if not message.is_result:
            return "it is no message of Function Compute about an invocation"
        if message.function_name != name:
            return f"it is about another function: {message.function_name or 'unknown'}"
        if message.payload is None:
            return "it carries no payload"
        if reruns.REPLACEMENT in message.payload:
            return "its payload is not UTF-8 text: submit the original again"
        return ""

    def _unknown(self, message: QueueMessage) -> str:
        if not message.condition:
            return "it tells of a success or a stop"
        return (
            "its task is not among the function's failed, expired and invalid ones: "
            "it is not kept any more (7 days), did not fail, or failed a moment ago"
        )

    def _task(self, message: QueueMessage) -> Task | None:
        """The task of the message, by its request id; None where it is not found."""
        try:  # an id that nobody chose is the request id
            task = tasks.get(self.clients, message.request_id)
            if task.request_id == message.request_id:
                return task
        except (NoSuchTask, ServiceRefused) as none:
            if isinstance(none, Throttled):
                raise
        if not message.condition and not self.include & {"Succeeded", "Stopped"}:
            return None  # no failure by its own word, and only failures are asked for
        if self.index is None:
            self.index = _Index(self.clients, self.include | FAILED)
        sent_at = message.document.get("timestamp")
        return self.index.find(
            message.request_id, sent_at if isinstance(sent_at, int) else message.enqueued_at or 0
        )

    def _submit(self, message: QueueMessage, task: Task) -> RedriveOutcome:
        assert message.payload is not None  # noqa: S101 - _not_for_us has looked
        new_id, done = redrive_id(message.request_id), REDRIVEN
        try:
            payload = message.payload.encode()
            new = tasks.submit(self.clients, payload, new_id, task.qualifier)
            self.submitted[new.request_id] = new_id
        except AlreadyExists:
            done = ALREADY
        except Throttled:
            raise
        except ServiceRefused as refused:
            return RedriveOutcome(message, FAILED_TO, task.status, "", str(refused))
        note = ""
        try:
            messages.acknowledge(self.clients, message)
            del self.held[message.message_id]
        except HandleExpired:
            note = "its message could not be removed in time; the next run removes it"
        except FctaskError as trouble:
            note = f"accepted, but its message is still there ({trouble}); the next run removes it"
        return RedriveOutcome(message, done, task.status, new_id, note)


class _Index:
    """Tasks by request id, which FC cannot search for: read once for the statuses that matter."""

    _SLACK = 60_000  # ms that clocks differ, and a task's end is younger than the reading of it
    _PAUSE = 1_000  # ms between two readings

    def __init__(self, clients: Clients, statuses: Collection[str]) -> None:
        self._clients = clients
        self._statuses = sorted(set(statuses) & FINAL)
        self._by_request: dict[str, Task] = {}
        self._read_at: float | None = None

    def find(self, request_id: str, sent_at: float) -> Task | None:
        """The task of a request whose message was sent at `sent_at` (ms)."""
        if request_id not in self._by_request and self._may_be_new(sent_at):
            self._read_at = time() * 1000
            for status in self._statuses:
                for task in tasks.listing(self._clients, TaskQuery(status=status)):
                    self._by_request[task.request_id] = task
        return self._by_request.get(request_id)

    def _may_be_new(self, sent_at: float) -> bool:
        if self._read_at is None:
            return True
        if time() * 1000 - self._read_at < self._PAUSE:
            return False
        return sent_at >= self._read_at - self._SLACK
