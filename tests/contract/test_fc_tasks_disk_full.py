"""A full disk under load: what was accepted is kept, and nothing else is called accepted."""

import itertools
import json
import time
import uuid
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from aliyun.log import GetLogsRequest, IndexConfig, LogClient
from mns.mns_exception import MNSServerException
from mns.queue import Message

from tests.contract.function_packages import models, refusal_of
from tests.contract.small_disk import (
    SmallDisk,
    disk_of_its_own,
    disk_that_refuses,
    is_linux,
    mount_options,
)
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.running_cloud import KEY

pytestmark = pytest.mark.skipif(not is_linux(), reason="only Linux has a way to fill a disk")

PROJECT = "full-disk"
SLOTS = 4

SOURCE = """
import json, os, time
def handler(event, context):
    wish = json.loads(event)
    print("begun", wish["id"])
    while not os.path.exists(wish["gate"]):
        time.sleep(0.02)
    print("done", wish["id"])
    with open(wish["trace"], "a") as trace:
        trace.write(wish["id"] + "\\n")
    return wish["id"]
"""
"""Works until its gate is open."""


@pytest.fixture(params=["a disk of its own", "a disk that refuses"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SmallDisk]:
    if request.param == "a disk that refuses":
        with disk_that_refuses(tmp_path) as made:
            yield made
        return
    options = mount_options()
    if options is None:
        pytest.skip("nothing can be mounted here; the other way to a full disk is tested all right")
    with disk_of_its_own(tmp_path, options) as made:
        yield made


class Load:
    """A function with a queue, a logstore and `SLOTS` places, and tasks of it."""

    def __init__(self, disk: SmallDisk, folder: Path) -> None:
        self.stack = TaskStack(disk.cloud)
        self.gate = folder / "gate"
        self.trace = folder / "trace"
        self.trace.touch()
        self.accepted: set[str] = set()
        self._numbers = itertools.count()
        self.queue = self.stack.queue()
        self.log: Any = LogClient(disk.cloud.url, KEY, KEY, source="127.0.0.1")
        self.log._isRowIp = True
        self.logstore = f"store-{uuid.uuid4().hex[:8]}"
        self.log.create_project(PROJECT, "")
        self.log.create_logstore(PROJECT, self.logstore, 7, 1)
        index: Any = IndexConfig()
        index.from_json({"line": {"token": [" "], "caseSensitive": False}})
        self.log.create_index(PROJECT, self.logstore, index)
        self.job = self.stack.function(
            source=SOURCE,
            role=self.stack.role(GUIDE_POLICY),
            success=queue_arn(self.queue),
            failure=queue_arn(self.queue),
            log_config=models.LogConfig(project=PROJECT, logstore=self.logstore),
            timeout=600,
        )
        body = models.PutConcurrencyInput(reserved_concurrency=SLOTS)
        self.stack.fc.put_concurrency_config(
            self.job, models.PutConcurrencyConfigRequest(body=body)
        )

    def submit(self, ballast: int = 0) -> str:
        """Submit one task; raises what it is refused with."""
        task_id = f"t{next(self._numbers)}"
        event = {"id": task_id, "gate": str(self.gate), "trace": str(self.trace)}
        self.stack.submit(self.job, {**event, "ballast": "x" * ballast}, x_fc_async_task_id=task_id)
        self.accepted.add(task_id)
        return task_id

    def submit_until_refused(self, ballast: int) -> list[tuple[int, str, str]]:
        """Submit until ten in a row are refused; all refusals."""
        refusals: list[tuple[int, str, str]] = []
        in_a_row = 0
        deadline = time.monotonic() + 30
        while in_a_row < 10:
            assert time.monotonic() < deadline, "the full disk takes everything"
            try:
                self.submit(ballast)
                in_a_row = 0
            except Exception as error:  # noqa: BLE001 - looked at by refusal_of
                refusals.append(refusal_of(raising(error)))
                in_a_row += 1
        return refusals

    def run_some(self) -> list[str]:
        """Submit more than can run; the ids of those that run."""
        for _ in range(SLOTS + 4):
            self.submit()

        def running() -> list[str]:
            return [task.task_id for task in self.stack.tasks(self.job, status="Running").tasks]

        wait_until(lambda: len(running()) == SLOTS)
        return running()

    def messages_of_log(self, word: str) -> set[str]:
        now = int(time.time())
        found: set[str] = set()
        for offset in itertools.count(0, 100):
            request = GetLogsRequest(
                PROJECT, self.logstore, now - 600, now + 60, query=word, line=100, offset=offset
            )
            page = [
                entry.get_contents()["message"] for entry in self.log.get_logs(request).get_logs()
            ]
            found.update(page)
            if len(page) < 100:
                return found
        raise AssertionError

    def all_end_and_nothing_is_missing(self) -> None:
        """Every accepted task succeeds, is told to the queue, and has its lines in the log."""
        tasks = [self.stack.wait(self.job, task_id, seconds=60) for task_id in self.accepted]
        assert {task.status for task in tasks} == {"Succeeded"}
        listed: set[str] = set()
        token = None
        while True:
            page = self.stack.tasks(self.job, limit=100, next_token=token)
            listed |= {task.task_id for task in page.tasks}
            token = page.next_token
            if token is None:
                break
        assert listed == self.accepted
        again = TaskStack(self.stack.cloud)  # SMQ's client does not open a lost connection again
        messages = again.messages(self.queue, len(tasks), 60)
        assert {m["requestContext"]["requestId"] for m in messages} == {
            task.request_id for task in tasks
        }
        for word in ("begun", "done"):
            wanted = {f"{word} {task_id}" for task_id in self.accepted}
            wait_until(
                lambda word=word, wanted=wanted: self.messages_of_log(word) >= wanted,
                tell=lambda word=word, wanted=wanted: f"{wanted - self.messages_of_log(word)}",
            )


def raising(error: Exception) -> Callable[[], None]:
    def call() -> None:
        raise error

    return call


def test_what_runs_keeps_its_state_and_ends_rightly_when_there_is_room_again(
    disk: SmallDisk, tmp_path: Path
) -> None:
    load = Load(disk, tmp_path)
    under_way = load.run_some()
    disk.fill()
    refusals = [*load.submit_until_refused(60_000), *load.submit_until_refused(0)]
    assert {(status, code) for status, code, _ in refusals} == {(503, "ServiceUnavailable")}
    for _, _, message in refusals:
        for part in ("cannot be written", "nothing of this is kept", "make room"):
            assert part in message
    with pytest.raises(MNSServerException) as refused:
        load.stack.smq.get_queue(load.queue).send_message(Message("x" * 40_000))
    assert refused.value.type == "ServiceUnavailable"

    load.gate.touch()  # what runs comes to its end now, and that cannot be written either
    wait_until(lambda: set(load.trace.read_text().split()) >= set(under_way))
    assert disk.cloud.own("health")["status"] == "ok"
    for task_id in under_way:
        assert load.stack.task(load.job, task_id).status == "Running"
    assert load.messages_of_log("done") == set()

    disk.free()
    load.all_end_and_nothing_is_missing()
    said = disk.cloud.stderr()
    assert said.count("the database takes no changes") == 1
    assert said.count("the database takes changes again") == 1
    assert "Traceback" not in said
    ran = load.trace.read_text().split()
    assert sorted(ran) == sorted(load.accepted), "no attempt was made twice"


@pytest.mark.parametrize("end", ["kill", "orderly end"])
def test_an_end_while_the_disk_is_full_loses_nothing_either(tmp_path: Path, end: str) -> None:
    with disk_that_refuses(tmp_path) as disk:
        load = Load(disk, tmp_path)
        load.run_some()
        disk.fill()
        load.submit_until_refused(0)
        load.gate.touch()
        wait_until(lambda: len(load.trace.read_text().split()) >= SLOTS)
        if end == "kill":
            disk.cloud.kill()
        else:
            assert disk.cloud.stop() == 0
        disk.cloud.restart()
        load.all_end_and_nothing_is_missing()
        made_again = [
            task.task_id
            for task_id in load.accepted
            if "localcloud ended while the attempt ran"
            in json.dumps((task := load.stack.task(load.job, task_id)).to_map())
        ]
        assert len(made_again) == SLOTS
