"""fctask messages peek, receive, ack and drain."""

import json
import os
import signal
from collections.abc import Generator
from pathlib import Path

import pytest
from mns.queue import Message, QueueMeta

from fctask import messages
from fctask.clients import Clients
from fctask.target import Target
from tests.between import Relay, relay_to
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.fctask_program import Fctask
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")


@pytest.fixture
def queue(stack: TaskStack) -> str:
    return stack.queue()


@pytest.fixture
def job(stack: TaskStack, queue: str) -> str:
    arn = queue_arn(queue)
    return stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn)


def send(stack: TaskStack, queue: str, count: int) -> None:
    """Plain and base64 bodies by turns."""
    for number in range(count):
        handle = stack.smq.get_queue(queue)
        handle.set_encoding(number % 2 == 0)
        handle.send_message(Message(json.dumps({"n": number})))


def counts(stack: TaskStack, queue: str) -> tuple[int, int]:
    meta = stack.smq.get_queue(queue).get_attributes()
    return int(meta.active_messages), int(meta.inactive_messages)


def test_peek_reads_plain_and_base64_alike_and_leaves_all_there(
    fctask: Fctask, stack: TaskStack, queue: str, job: str
) -> None:
    failed = stack.submit(job, {"raise": "no luck"})
    stack.wait(job, failed)
    send(stack, queue, 2)
    stack.smq.get_queue(queue).send_message(Message("plain words"))
    document = fctask.of(job).json("messages", "peek")
    bodies = [one["body"] for one in document["messages"]]
    assert bodies[0]["requestContext"]["requestId"] == failed
    assert bodies[1:3] == [{"n": 0}, {"n": 1}]
    assert (document["queueName"], document["activeMessages"]) == (queue, 4)
    assert "receiptHandle" not in document["messages"][0]
    ran = fctask.of(job).run("messages", "peek", "-n", "1")
    assert failed in ran.stdout
    assert "InvocationError" in ran.stdout
    assert "no luck" in ran.stdout
    assert "4 to receive" in ran.stderr
    assert counts(stack, queue) == (4, 0)


def test_receive_keeps_a_message_from_others_until_it_is_removed(
    fctask: Fctask, stack: TaskStack, queue: str, job: str
) -> None:
    send(stack, queue, 3)
    program = fctask.of(job)
    document = program.json("messages", "receive", "-n", "2")
    assert [one["body"] for one in document["messages"]] == [{"n": 0}, {"n": 1}]
    assert counts(stack, queue) == (1, 2)
    handles = [one["receiptHandle"] for one in document["messages"]]
    assert program.json("messages", "ack", *handles) == {"removed": 2}
    assert counts(stack, queue) == (1, 0)
    ran = program.run("messages", "receive", "--ack")
    assert json.loads(ran.stdout) == {"n": 2}
    assert counts(stack, queue) == (0, 0)
    assert program.run("messages", "receive").exit_code == 1
    ran = program.run("messages", "ack", handles[0], "--json")
    assert ran.exit_code == 1, ran.text
    assert ran.error["kind"] == "HandleExpired"


def test_receive_waits_for_a_message(
    fctask: Fctask, stack: TaskStack, queue: str, job: str
) -> None:
    receiving = fctask.of(job).start("messages", "receive", "--wait", "20", "--json")
    wait_until(lambda: any(r["operation"] == "ReceiveMessage" for r in stack.cloud.requests()[-5:]))
    send(stack, queue, 1)
    stdout, stderr = receiving.communicate(timeout=30)
    assert receiving.returncode == 0, stderr
    assert json.loads(stdout)["messages"][0]["body"] == {"n": 0}


def test_a_wait_longer_than_one_request_goes_on_with_the_next(
    stack: TaskStack, queue: str, job: str, fctask: Fctask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in fctask.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(messages, "LONGEST_POLL", 1)  # seconds, for SMQ's 30
    clients = Clients(Target(ACCOUNT_ID, REGION, job, queue))

    def waiting(waited: int) -> None:
        if waited == 2:  # two requests ended with nothing
            send(stack, queue, 1)

    (message,) = messages.receive(clients, 1, 60, waiting)
    assert message.document == {"n": 0}
    assert counts(stack, queue) == (0, 1)
    refused = fctask.of(job).run("messages", "receive", "--wait", "3601")
    assert refused.exit_code == 2, refused.text


def test_the_queue_can_be_named_or_is_the_functions_own(
    fctask: Fctask, stack: TaskStack, queue: str, job: str
) -> None:
    other = stack.queue()
    send(stack, other, 1)
    assert fctask.of(job).json("messages", "peek")["queueName"] == queue
    assert fctask.of(job, "--queue", other).json("messages", "peek")["activeMessages"] == 1
    ran = fctask.of(stack.function()).run("messages", "peek", "--json")
    assert ran.exit_code == 5
    assert ran.error["kind"] == "NoSuchQueue"
    ran = fctask.of(job, "--queue", "nowhere").run("messages", "peek", "--json")
    assert (ran.exit_code, ran.error["kind"]) == (5, "NoSuchQueue")


def drained(file: Path) -> list[int]:
    return sorted(json.loads(line)["body"]["n"] for line in file.read_text().splitlines())


def test_drain_moves_all_into_a_file(
    fctask: Fctask, stack: TaskStack, queue: str, job: str, tmp_path: Path
) -> None:
    send(stack, queue, 40)
    file = tmp_path / "messages.jsonl"
    assert fctask.of(job).run("messages", "drain", "--to", str(file)).exit_code == 2
    assert not file.exists()
    program = fctask.of(job)
    some = program.json("messages", "drain", "--to", str(file), "--limit", "5", "--yes")
    assert some["moved"] == 5
    rest = program.json("messages", "drain", "--to", str(file), "--yes")
    assert rest["moved"] == 35
    assert drained(file) == list(range(40))
    assert counts(stack, queue) == (0, 0)
    line = json.loads(file.read_text().splitlines()[0])
    assert line["rawBody"] == "eyJuIjogMH0="  # as it was in the queue


@pytest.fixture
def relay(cloud: RunningCloud) -> Generator[Relay, None, None]:
    with relay_to(cloud) as made:
        yield made


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
def test_an_interrupted_drain_loses_none_and_writes_none_twice(
    fctask: Fctask,
    stack: TaskStack,
    queue: str,
    job: str,
    relay: Relay,
    tmp_path: Path,
    how: signal.Signals,
) -> None:
    meta = QueueMeta()
    meta.set_visibilitytimeout(2)
    stack.smq.get_queue(queue).set_attributes(meta)
    send(stack, queue, 40)
    file = tmp_path / "messages.jsonl"
    removed = 0

    def strike(method: str, path: str) -> bool:
        nonlocal removed
        removed += method == "DELETE" and "ReceiptHandle" in path
        if removed == 20:  # amid the second sixteen, which are written
            os.kill(process.pid, how)
            return True
        return False

    relay.before = strike
    environment = {key: value for key, value in fctask.environment.items() if key != "HTTP_PROXY"}
    through = Fctask({**environment, "FCTASK_SMQ_ENDPOINT": relay.url}).of(job)
    process = through.start("messages", "drain", "--to", str(file), "--yes")
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == (-how if how == signal.SIGKILL else 130), stderr
    relay.before = None
    assert len(drained(file)) == 32
    with file.open("a") as cut:
        cut.write('{"messageId": "half a li')  # as a power cut leaves it
    wait_until(lambda: counts(stack, queue)[1] == 0, seconds=8)
    fctask.of(job).json("messages", "drain", "--to", str(file), "--yes")
    assert drained(file) == list(range(40))
    assert counts(stack, queue) == (0, 0)


def test_a_file_of_something_else_is_not_added_to(
    fctask: Fctask, stack: TaskStack, queue: str, job: str, tmp_path: Path
) -> None:
    send(stack, queue, 1)
    file = tmp_path / "notes.txt"
    file.write_text("my notes\n")
    ran = fctask.of(job).run("messages", "drain", "--to", str(file), "--yes")
    assert ran.exit_code == 1
    assert "another one" in ran.stderr
    assert file.read_text() == "my notes\n"
    assert counts(stack, queue) == (1, 0)
