"""Tasks submitted steadily while something is changed, and what became of each."""

import json
import math
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from time import monotonic

from mns.account import Account
from mns.mns_exception import MNSExceptionBase

from fctask.clients import Clients
from fctask.errors import NoSuchFunction
from fctask.target import Target
from fctask.task import Task
from fctask.tasks import follow, submit
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

PAUSE = 0.02  # seconds between two submissions
AFTERWARDS = 3  # tasks that are submitted when the change is over
LONGEST = 10.0  # seconds for these


@dataclass(frozen=True)
class Accepted:
    """A task that was accepted with 202, and the function that has it."""

    function: str
    task_id: str
    request_id: str


class Load:
    """Tasks submitted steadily in a thread of its own, until it is told to stop.

    They go to the first of `functions`, and to the next one once that does not exist any more:
    whoever submits under a fixed name changes to the new one at some moment of a rename. The
    clients' endpoints and credentials are in the environment (the fixture `clients_of`).
    """

    def __init__(self, *functions: str) -> None:
        self._clients = {name: Clients(Target(ACCOUNT_ID, REGION, name)) for name in functions}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._submit)
        self.accepted: list[Accepted] = []
        self.refused: list[Exception] = []
        """What was not expected."""

    def _submit(self) -> None:
        functions = list(self._clients)
        left, deadline = AFTERWARDS, math.inf
        while left:
            over = self._stop.wait(PAUSE)
            deadline = min(deadline, monotonic() + LONGEST) if over else deadline
            if monotonic() > deadline:
                self.refused.append(TimeoutError(f"{functions[0]} is still there"))
                return
            name = functions[0]
            try:
                submitted = submit(self._clients[name], b"{}")
            except Exception as refused:  # noqa: BLE001 - the test says what it expects
                if isinstance(refused, NoSuchFunction) and len(functions) > 1:
                    functions.pop(0)
                    continue
                self.refused.append(refused)
                return
            self.accepted.append(Accepted(name, submitted.task_id, submitted.request_id))
            left -= over and len(functions) == 1

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def ends(self) -> Iterator[tuple[Accepted, Task]]:
        """Every accepted task with its end, which is waited for."""
        for one in self.accepted:
            *_, (_, last) = follow(self._clients[one.function], one.task_id)
            yield one, last


def request_ids(cloud: RunningCloud, queue_name: str) -> "Counter[str]":
    """The request ids of the messages in a queue, each taken out."""
    queue = Account(cloud.url, cloud.key, cloud.secret).get_queue(queue_name)
    found: Counter[str] = Counter()
    while True:
        try:
            messages = queue.batch_receive_message(16)
        except MNSExceptionBase as nothing:
            if nothing.type != "MessageNotExist":
                raise
            return found
        queue.batch_delete_message([message.receipt_handle for message in messages])
        for message in messages:
            found[json.loads(message.message_body)["requestContext"]["requestId"]] += 1
