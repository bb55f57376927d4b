"""Many events from one file, with a record of what was accepted, so that a second run goes on.

Each event gets a task id that follows from the batch and the event itself. The record is a file of
JSON lines beside the batch: first the batch's own random id, then one line for each event accepted.
What was accepted and not recorded (a crash in between) is refused by FC as a task id used before,
which counts as accepted: nothing is submitted twice, whenever the run was interrupted.
"""

import hashlib
import json
import os
import secrets
from collections import Counter, deque
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import Any

from fctask import tasks
from fctask.clients import Clients
from fctask.errors import AlreadyExists, FctaskError, ServiceRefused, Throttled, Unreachable

ACCEPTED, BEFORE, REFUSED = "accepted", "accepted before", "refused"
_PAUSES = (
    0.5,
    1.0,
    2.0,
    4.0,
    8.0,
    16.0,
)  # seconds before each further try of one that is throttled


@dataclass(frozen=True)
class BatchEvent:
    """One event. `line` counts from 1; `key` is the same for the same event each time."""

    line: int
    payload: bytes
    key: str


@dataclass(frozen=True)
class BatchOutcome:
    """What came of one event: ACCEPTED, BEFORE (by an earlier run) or REFUSED (see `note`)."""

    event: BatchEvent
    done: str
    task_id: str = ""
    request_id: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """For JSON."""
        written = {
            "line": self.event.line,
            "done": self.done,
            "taskId": self.task_id,
            "requestId": self.request_id,
            "note": self.note,
        }
        return {name: value for name, value in written.items() if value}


def events_of(lines: Sequence[bytes]) -> list[BatchEvent]:
    """The events of a file of JSON lines; empty lines are none. The same event may come twice.

    Raises FctaskError for the first line that is no JSON.
    """
    seen: Counter[str] = Counter()
    events: list[BatchEvent] = []
    for number, line in enumerate(lines, 1):
        payload = line.strip()
        if not payload:
            continue
        try:
            json.loads(payload)
        except (ValueError, RecursionError) as error:
            raise FctaskError(
                f"line {number} is no JSON ({error}): a batch has one event a line. "
                "Nothing was submitted."
            ) from None
        digest = hashlib.sha256(payload).hexdigest()[:20]
        events.append(BatchEvent(number, payload, f"{digest}-{seen[digest]}"))
        seen[digest] += 1
    return events


class BatchRecord:
    """The file that says which events of a batch were accepted. Open it for one run at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.accepted: dict[str, str] = {}
        content = path.read_bytes() if path.exists() else b""
        whole = content[: content.rfind(b"\n") + 1]  # a last line cut short says nothing
        try:
            read = [json.loads(line) for line in whole.splitlines() if line.strip()]
            self.batch_id: str = read[0]["batch"] if read else secrets.token_hex(6)
            for one in read[1:]:
                self.accepted[one["key"]] = one["taskId"]
        except (ValueError, KeyError, TypeError):
            raise FctaskError(
                f"{path} is not the record of a batch: name another file with --record."
            ) from None
        self._lock = Lock()
        self._file = path.open("ab")
        self._file.truncate(len(whole))
        if not read:
            self._write({"batch": self.batch_id})
            os.fsync(self._file.fileno())  # without the id, a second run would be another batch

    def task_id(self, event: BatchEvent) -> str:
        """The id under which the event is submitted, each time."""
        return f"batch-{self.batch_id}-{event.key}"

    def note(self, outcome: BatchOutcome) -> None:
        """Write down that an event was accepted; any thread may."""
        line = {
            "key": outcome.event.key,
            "line": outcome.event.line,
            "taskId": outcome.task_id,
            "requestId": outcome.request_id,
        }
        with self._lock:
            self._write(line)
            self.accepted[outcome.event.key] = outcome.task_id

    def close(self) -> None:
        """Let the file go, with all that was noted on the disk."""
        os.fsync(self._file.fileno())
        self._file.close()

    def _write(self, document: dict[str, Any]) -> None:
        self._file.write(json.dumps(document).encode() + b"\n")
        self._file.flush()


def submit_batch(
    clients: Clients, events: Sequence[BatchEvent], record: BatchRecord, concurrency: int = 8
) -> Generator[BatchOutcome, None, None]:
    """Submit what the record does not have, `concurrency` at a time; one outcome for each of those.

    An event that is throttled is tried again for half a minute. Whatever ends it early (also the
    caller who stops taking outcomes), what is under way is waited for and recorded. Raises what no
    further event could get past: no answer, no permission, no such function.
    """
    todo = deque(event for event in events if event.key not in record.accepted)
    if not todo:
        return
    clients.fc  # noqa: B018 - one import, before there are threads
    enough = Event()

    def submit(event: BatchEvent) -> BatchOutcome:
        # recorded where the answer is heard: an interrupt is raised in the main thread, anywhere
        outcome = _submit(clients, event, record.task_id(event), enough.wait)
        if outcome.done != REFUSED:
            record.note(outcome)
        return outcome

    with ThreadPoolExecutor(concurrency) as pool:
        try:
            under_way: set[Future[BatchOutcome]] = set()
            while todo or under_way:
                while todo and len(under_way) < 2 * concurrency:
                    under_way.add(pool.submit(submit, todo.popleft()))
                ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from _outcomes(ended)
        finally:
            enough.set()
            pool.shutdown(cancel_futures=True)


def _outcomes(ended: Collection[Future[BatchOutcome]]) -> Iterator[BatchOutcome]:
    errors = [error for future in ended if (error := future.exception()) is not None]
    yield from (future.result() for future in ended if future.exception() is None)
    if errors:
        raise errors[0]


def _submit(
    clients: Clients, event: BatchEvent, task_id: str, pause: Callable[[float], bool]
) -> BatchOutcome:
    for seconds in (*_PAUSES, None):
        try:
            submitted = tasks.submit(clients, event.payload, task_id)
        except AlreadyExists:
            return BatchOutcome(event, BEFORE, task_id)
        except (Throttled, Unreachable) as trouble:
            unheard = isinstance(trouble, Unreachable) and not trouble.sent
            if unheard or seconds is None or pause(seconds):
                raise
        except ServiceRefused as refused:
            return BatchOutcome(event, REFUSED, note=str(refused))
        else:
            return BatchOutcome(event, ACCEPTED, task_id, submitted.request_id)
    raise AssertionError("unreachable: the last try returns or raises")
