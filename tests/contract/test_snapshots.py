"""`localcloud export` and `localcloud import`: the same answers from another folder."""

import io
import json
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alibabacloud_ram20150501 import models as ram_models

from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.running_cloud import RunningCloud, running_cloud


def localcloud(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "localcloud", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(*words: str) -> str:
    """The one sentence with which the command refuses."""
    done = localcloud(*words)
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> "Job":
    """A function with a task that succeeded, one that failed, one that runs, and its messages."""
    queue = stack.queue()
    to = queue_arn(queue)
    function = stack.function(
        role=stack.role(GUIDE_POLICY), success=to, failure=to, timeout=900
    )  # which is longer than all of this takes on a slow machine
    tasks = [stack.submit(function, event) for event in ({}, {"raise": "no"})]
    for task in tasks:
        stack.wait(function, task)
    wait_until(lambda: int(stack.smq.get_queue(queue).get_attributes().active_messages) == 2)
    running = stack.submit(function, {"sleep": 600})
    stack.wait(function, running, ("Running",))
    return Job(function, queue, tasks, running)


@pytest.fixture(scope="module")
def exported(cloud: RunningCloud, job: "Job", tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of a localcloud that serves."""
    assert job
    (cloud.data / "pulumi").mkdir(exist_ok=True)
    (cloud.data / "pulumi" / "state.json").write_text("{}")
    target = tmp_path_factory.mktemp("exported") / "snapshot.tar.gz"
    done = localcloud("export", str(target), "--data", str(cloud.data))
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def restored(
    exported: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[RunningCloud, None, None]:
    """A localcloud that serves what the snapshot held."""
    folder = tmp_path_factory.mktemp("restored")
    done = localcloud("import", str(exported), "--data", str(folder / "data"))
    assert done.returncode == 0, done.stderr
    with running_cloud(folder) as running:
        yield running


@dataclass
class Job:
    function: str
    queue: str
    ended: list[str]
    running: str


def answers(cloud: RunningCloud, job: Job) -> dict[str, Any]:
    """What a localcloud says of all that does not go on by itself."""
    stack = TaskStack(cloud)
    function = stack.fc.get_function(job.function, models.GetFunctionRequest()).body
    code = stack.fc.get_function_code(job.function, models.GetFunctionCodeRequest()).body
    configured = stack.fc.get_async_invoke_config(
        job.function, models.GetAsyncInvokeConfigRequest()
    ).body
    role = stack.ram.get_role(
        ram_models.GetRoleRequest(role_name=str(function.role).rpartition("/")[2])
    ).body
    queue = stack.smq.get_queue(job.queue)
    return {
        "function": function.to_map(),
        "code": code.to_map()["checksum"],
        "configuration": configured.to_map(),
        "role": role.to_map()["Role"],
        "tasks": [stack.task(job.function, task).to_map() for task in job.ended],
        "messages": [message.message_body for message in queue.batch_peek_message(16)],
        "waiting": queue.get_attributes().active_messages,
    }


def test_a_snapshot_restores_to_the_same_answers(
    cloud: RunningCloud, restored: RunningCloud, job: Job
) -> None:
    there = answers(restored, job)
    assert len(there["messages"]) == 2
    assert there == answers(cloud, job)
    assert (restored.data / "pulumi" / "state.json").read_text() == "{}"


def test_a_restored_localcloud_goes_on(restored: RunningCloud, job: Job) -> None:
    stack = TaskStack(restored)
    stack.wait(job.function, job.running, ("Running",))  # taken up again, as after a restart
    stack.stop(job.function, job.running)
    stack.wait(job.function, job.running, ("Stopped",))
    assert stack.wait(job.function, stack.submit(job.function)).status == "Succeeded"


def test_a_snapshot_is_for_its_owner_alone(exported: Path) -> None:
    assert stat.S_IMODE(exported.stat().st_mode) == 0o600


def test_nothing_is_overwritten(exported: Path, cloud: RunningCloud, tmp_path: Path) -> None:
    before = exported.read_bytes()
    assert "exists" in refusal("export", str(exported), "--data", str(cloud.data))
    assert exported.read_bytes() == before
    assert "in use by another localcloud" in refusal(
        "import", str(exported), "--data", str(cloud.data)
    )
    full = tmp_path / "full"
    assert localcloud("import", str(exported), "--data", str(full)).returncode == 0
    assert "holds something already" in refusal("import", str(exported), "--data", str(full))


def test_another_folder_is_no_data_folder(tmp_path: Path) -> None:
    sentence = refusal("export", str(tmp_path / "a.tar.gz"), "--data", str(tmp_path))
    assert "is no data folder of localcloud" in sentence
    assert list(tmp_path.iterdir()) == []


def halved(snapshot: bytes) -> bytes:
    return snapshot[: len(snapshot) // 2]


def no_tar(snapshot: bytes) -> bytes:
    return b"PK" + snapshot


def damaged(snapshot: bytes) -> bytes:
    """The same members, one bit of the database another."""
    return rebuilt(
        snapshot,
        lambda name, data: (
            data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
            if name.endswith("sqlite3")
            else data
        ),
    )


def newer(snapshot: bytes) -> bytes:
    return rebuilt(snapshot, with_manifest(data_version=999))


def escaping(snapshot: bytes) -> bytes:
    return rebuilt(snapshot, with_manifest(sha256={"pulumi/../../escaped": "00"}))


def unlisted(snapshot: bytes) -> bytes:
    return rebuilt(snapshot, with_manifest(sha256={}))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (halved, "is no whole snapshot of localcloud"),
        (no_tar, "is no whole snapshot of localcloud"),
        (damaged, "is damaged: it has another SHA-256 than was written"),
        (newer, "its data has version 999"),
        (escaping, "has a member 'pulumi/../../escaped', which no snapshot has"),
        (unlisted, "that it does not list"),
    ],
    ids=["cut off", "no tar", "damaged", "newer", "escaping", "unlisted"],
)
def test_a_spoiled_snapshot_is_refused_and_leaves_nothing(
    exported: Path, tmp_path: Path, spoil: Callable[[bytes], bytes], sentence: str
) -> None:
    spoiled = tmp_path / "spoiled.tar.gz"
    spoiled.write_bytes(spoil(exported.read_bytes()))
    data = tmp_path / "data"
    assert sentence in refusal("import", str(spoiled), "--data", str(data))
    assert [path.name for path in data.iterdir()] == ["localcloud.lock"]
    assert not (tmp_path / "escaped").exists()


def with_manifest(**changes: Any) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        if name != "manifest.json":
            return data
        return json.dumps({**json.loads(data), **changes}).encode()

    return change


def rebuilt(snapshot: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The snapshot with its members changed."""
    target = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(snapshot)) as old,
        tarfile.open(fileobj=target, mode="w:gz") as new,
    ):
        for member in old:
            content = old.extractfile(member)
            assert content
            data = change(member.name, content.read())
            entry = tarfile.TarInfo(member.name)
            entry.size = len(data)
            new.addfile(entry, io.BytesIO(data))
    return target.getvalue()
