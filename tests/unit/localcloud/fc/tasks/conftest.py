"""A data folder with a function, a role and a queue; a pool whose attempts end when told."""

import asyncio
import base64
import json
from collections.abc import Callable, Coroutine, Generator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc.desk import Desk
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Ending, InstanceSpec, Invocation, Outcome
from localcloud.fc.submissions import Submission, submit
from localcloud.refusal import Refusal
from localcloud.request_ids import function_request_id
from localcloud.smq import queues, receiving
from localcloud.smq.attributes import QueueAttributes
from localcloud.store import async_configs, policies, policy_attachments, roles, task_records
from localcloud.store import functions as function_store
from localcloud.store.database import Database, Transaction, connect
from localcloud.store.task_records import TaskRow
from tests.unit.localcloud.prepared import prepare_database

P = ParamSpec("P")
T = TypeVar("T")

ROLE = f"acs:ram::{ACCOUNT_ID}:role/worker"
TRUST = {
    "Version": "1",
    "Statement": [
        {
            "Action": "sts:AssumeRole",
            "Effect": "Allow",
            "Principal": {"Service": ["fc.aliyuncs.com"]},
        }
    ],
}
EVERYTHING = ["mns:SendMessage", "mns:PublishMessage", "fc:InvokeFunction", "log:*"]
START = 1_700_000_000_000


def queue_arn(name: str) -> str:
    return f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/{name}/messages"


def answered(payload: bytes = b"ok") -> Outcome:
    return Outcome(Ending.ANSWERED, payload, 3, 20.5, "c-1")


def failed(ending: Ending = Ending.RAISED, message: str = "no") -> Outcome:
    return Outcome(ending, json.dumps({"errorMessage": message}).encode(), 3, 20.5, "c-1")


class FakePool:
    """Attempts run until `answer` ends them, or at once where `at_once` gives an outcome."""

    def __init__(self) -> None:
        self.at_once: Callable[[Invocation], Outcome | None] = lambda _: None
        self.under_way: dict[str, tuple[Invocation, asyncio.Future[Outcome]]] = {}
        self.specs: list[InstanceSpec] = []
        self.started: list[str] = []
        self.stopped: list[str] = []
        self.ended: list[str] = []
        self.most_at_once = 0
        self.stop_gate: asyncio.Event | None = None
        self._news = asyncio.Event()

    async def invoke(self, spec: InstanceSpec, invocation: Invocation) -> Outcome:
        self.specs.append(spec)
        self.started.append(invocation.request_id)
        outcome = self.at_once(invocation)
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.under_way[invocation.request_id] = (invocation, future)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        self._news.set()
        try:
            if outcome is not None:
                await asyncio.sleep(0)
                return outcome
            return await future
        finally:
            del self.under_way[invocation.request_id]

    async def stop_invocation(self, request_id: str) -> bool:
        self.stopped.append(request_id)
        if self.stop_gate is not None:
            await self.stop_gate.wait()
        found = self.under_way.get(request_id)
        if found is None:
            return False
        if not found[1].done():
            found[1].set_result(Outcome(Ending.STOPPED, b"{}", 3, 20.5, "c-1"))
        return True

    async def end_instance(self, instance_id: str) -> None:
        self.ended.append(instance_id)

    def answer(self, request_id: str, outcome: Outcome) -> None:
        self.under_way[request_id][1].set_result(outcome)

    async def running(self, count: int) -> list[str]:
        """Wait until so many attempts are under way; their request ids."""
        while len(self.under_way) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), 5)
        return list(self.under_way)


class World:
    """One data folder, its time, and what the tests do with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        prepare_database(folder / "test.db")
        self.connection = connect(folder / "test.db")
        self.now = START
        self.woken: list[str] = []
        self.change(self._furnish)

    def close(self) -> None:
        self.connection.close()

    def clock(self) -> int:
        return self.now

    def change(
        self,
        rule: Callable[Concatenate[Transaction, P], T],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> T:
        """Run a rule in a transaction; it is kept only when the rule does not raise."""
        self.connection.execute("BEGIN IMMEDIATE")
        transaction = Transaction(self.connection)
        try:
            result = rule(transaction, *arguments, **named)
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")
        for call in transaction.take_after_commit():
            call()
        return result

    def desk(self, tx: Transaction) -> Desk:
        return Desk(tx, self.now, self.woken.append)

    def _furnish(self, tx: Transaction) -> None:
        queues.create_queue(tx, "results", QueueAttributes(), self.now)
        role = roles.Role("worker", "worker", "1", json.dumps(TRUST), "", 3600, START, START)
        roles.add_role(tx, role)
        self.allow(tx, EVERYTHING)
        self.function(tx, "job")

    def allow(self, tx: Transaction, actions: list[str]) -> None:
        """Let the role do exactly this."""
        policy_attachments.detach(tx, "worker", "Custom", "all")
        if policies.find_policy(tx, "all"):
            policies.remove_policy(tx, "all")
        statement = {"Effect": "Allow", "Action": actions or ["ecs:None"], "Resource": "*"}
        policies.add_policy(
            tx, "all", "", json.dumps({"Version": "1", "Statement": [statement]}), START
        )
        policy_attachments.attach(tx, "worker", "Custom", "all", START)

    def function(self, tx: Transaction, name: str, **changes: Any) -> None:
        """Make a function with an asynchronous configuration; None leaves a setting out."""
        config = {
            "runtime": "python3.10",
            "handler": "index.handler",
            "memorySize": 128,
            "timeout": 3,
            "instanceConcurrency": changes.pop("concurrency", 1),
            "role": changes.pop("role", ROLE),
        }
        if "log_config" in changes:
            config["logConfig"] = changes.pop("log_config")
        function_store.insert_function(tx, name, name, config, ("c", 1, "1"), self.now)
        self.configure(tx, name, **changes)

    def configure(
        self,
        tx: Transaction,
        name: str,
        *,
        qualifier: str = "LATEST",
        task: bool = True,
        age: int = 3600,
        retries: int = 1,
        success: str | None = queue_arn("results"),
        failure: str | None = queue_arn("results"),
    ) -> None:
        sides = {"onSuccess": success, "onFailure": failure}
        document = {
            "asyncTask": task,
            "maxAsyncEventAgeInSeconds": age,
            "maxAsyncRetryAttempts": retries,
            "destinationConfig": {side: {"destination": arn} for side, arn in sides.items() if arn},
        }
        async_configs.put_async_config(tx, name, qualifier, document, self.now)

    def submit(self, task_id: str | None = "t", function: str = "job", **more: Any) -> Any:
        """Submit one invocation; raises what it is refused with."""
        submission = Submission(
            function, more.pop("payload", b"{}"), function_request_id(), task_id=task_id, **more
        )
        answer = self.change(submit, [submission], self.now, self.woken.append)[0]
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def task(self, task_id: str = "t", function: str = "job") -> TaskRow:
        row = task_records.get(Transaction(self.connection), function, task_id)
        assert row is not None, f"there is no task {task_id}"
        return row

    def trail(self, task_id: str = "t") -> list[str]:
        """The statuses of its events, in order."""
        return [event.status.value for event in self.task(task_id).events]

    def messages(self, queue: str = "results") -> list[dict[str, Any]]:
        """All messages in a queue, decoded; they are taken out."""
        found: list[dict[str, Any]] = []
        while True:
            reception = self.change(receiving.receive, queue, self.now, 16)
            if not reception.messages:
                return found
            for message in reception.messages:
                found.append(json.loads(base64.b64decode(message.body)))
                handle = receiving.handle_of(message)
                self.change(receiving.delete_message, queue, handle, self.now)

    def run(
        self,
        scenario: Callable[[Dispatcher, FakePool], Coroutine[Any, Any, Any]],
        **options: Any,
    ) -> None:
        """Run a scenario with a dispatcher on a fake pool, for at most 20 s."""

        async def main() -> None:
            database = Database(self.folder / "test.db")
            pool = FakePool()
            dispatcher = Dispatcher(database, pool, self.clock, **options)
            await dispatcher.start()
            try:
                await scenario(dispatcher, pool)
            finally:
                await dispatcher.close()
                database.close()

        asyncio.run(asyncio.wait_for(main(), 20))


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds, at most 5 s."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that within 5 s")


@pytest.fixture
def world(tmp_path: Path) -> Generator[World, None, None]:
    made = World(tmp_path / "data")
    yield made
    made.close()
