"""A handler that behaves as badly as it can: a bound, an outcome, a log line; nobody else waits."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from aliyun.log import GetLogsRequest, LogClient

from localcloud.fc.instances import templates
from localcloud.fc.instances.runtime.processes import descendants
from tests.contract.function_packages import models
from tests.contract.task_stack import TaskStack, wait_until
from tests.contract.test_fc_invoke_logs import function, indexed_logstore
from tests.running_cloud import ACCOUNT_ID, KEY, REGION, RunningCloud, processes_with

PROJECT = "task-logs"
MOST_AT_REST = 12  # processes of localcloud: a template, and two for each idle instance
SLOWEST_NEIGHBOUR = 5.0  # seconds, on a machine with two busy cores; alone it takes milliseconds

BAD = """
import email.utils, http.client, json, os, signal, subprocess, sys, tempfile, time

kept = []

def flood(event):
    while True:
        print("x" * 1000)

def flood_with_nothing(event):
    while True:
        os.write(1, b"\\n" * 65536)

def flood_without_an_end(event):
    while True:
        os.write(1, b"x" * 65536)

def fork(event):
    while True:
        try:
            if os.fork() == 0:
                os.setsid()
        except OSError:
            time.sleep(0.01)

def ignore(event):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    leave(event)
    print("not going")
    sys.stdout.flush()
    time.sleep(600)

def leave(event):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", event["mark"]],
                     start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return "left"

def leave_and_be_seen(event):
    leave(event)
    while not os.path.exists(event["seen"]):
        time.sleep(0.01)

def fill(event):
    with tempfile.TemporaryFile() as file:
        for place in range(1000):  # taken from the disk without the time that writing takes
            os.posix_fallocate(file.fileno(), place << 26, 1 << 26)

def fill_unlinked(event):
    while True:
        kept.append(tempfile.TemporaryFile())
        os.posix_fallocate(kept[-1].fileno(), 0, 100 << 20)
        time.sleep(0.05)

def fill_after_many(event):
    folder = os.environ["TMPDIR"]
    open(f"{folder}/empty", "w").close()
    for number in range(20_100):
        os.link(f"{folder}/empty", f"{folder}/{number}")
    os.mkdir(f"{folder}/z")
    for number in range(6):
        with open(f"{folder}/z/{number}", "wb") as file:
            os.posix_fallocate(file.fileno(), 0, 100 << 20)
    time.sleep(600)

def nest(event):
    leave(event)
    os.chdir(os.environ["TMPDIR"])
    for _ in range(3000):
        os.mkdir("d")
        os.chdir("d")
    return "nested"

def eat(event):
    leave_and_be_seen(event)
    held = []
    while True:
        held.append(os.urandom(1 << 20))

def eat_hidden(event):
    leave_and_be_seen(event)
    while True:
        kept.append(os.memfd_create("kept"))
        os.write(kept[-1], bytes(10 << 20))

def knock(event):
    refused = set()
    for number in range(300):
        connection = http.client.HTTPConnection("127.0.0.1", event["port"], timeout=20)
        connection.request("GET", "/2023-03-30/functions", headers={
            "host": "fc.localcloud.invalid", "date": email.utils.formatdate(usegmt=True),
            "x-acs-signature-nonce": os.urandom(8).hex(), "authorization": "acs localcloud:wrong"})
        refused.add(connection.getresponse().status)
        connection.close()
    print("answers", sorted(refused))
    return sorted(refused)

def stop_the_template(event):
    def parent(pid):
        with open("/proc/%d/stat" % pid) as status:
            return int(status.read().rpartition(")")[2].split()[1])
    os.kill(parent(os.getppid()), signal.SIGSTOP)

def large(event):
    return "y" * (10 << 20)

def handler(event, context):
    wish = json.loads(event)
    return globals()[wish["do"]](wish)
"""


@pytest.fixture(scope="module")
def logstore(log: LogClient) -> str:
    log.create_project(PROJECT, "")
    return indexed_logstore(log, PROJECT)


@pytest.fixture(scope="module")
def writer(stack: TaskStack, logstore: str) -> str:
    """A role that may write the logs."""
    where = f"acs:log:{REGION}:{ACCOUNT_ID}:project/{PROJECT}/logstore/{logstore}"
    return stack.role(["log:PostLogStoreLogs"], where)


@pytest.fixture(scope="module")
def bad(stack: TaskStack, writer: str, logstore: str) -> str:
    return function(stack, writer, logstore, source=BAD, timeout=4, memory_size=128)


@pytest.fixture(scope="module")
def neighbour(stack: TaskStack) -> str:
    return stack.function()


@pytest.mark.parametrize(
    ("do", "status", "said"),
    [
        ("flood", "Failed", "bytes of output were cut"),
        ("flood_with_nothing", "Failed", "bytes of output were cut"),
        ("flood_without_an_end", "Failed", "bytes of a long line were cut"),
        ("fork", "Failed", "processes"),
        ("ignore", "Failed", "timed out after 4 seconds"),
        ("leave", "Succeeded", "left"),
        ("fill", "Failed", "File too large"),
        ("fill_unlinked", "Failed", "its diskSize is 512 MB"),
        ("fill_after_many", "Failed", "its diskSize is 512 MB"),
        ("nest", "Succeeded", "End RequestId"),
        ("eat", "Failed", "its memorySize is 128 MB"),
        ("eat_hidden", "Failed", "its memorySize is 128 MB"),
        ("knock", "Succeeded", "answers [403]"),
        ("large", "Succeeded", "at most 1048576"),
    ],
)
def test_it_has_a_bound_an_outcome_and_a_log_line(
    stack: TaskStack,
    log: LogClient,
    cloud: RunningCloud,
    bad: str,
    neighbour: str,
    logstore: str,
    do: str,
    status: str,
    said: str,
    tmp_path: Path,
) -> None:
    seen = tmp_path / "seen"
    mark = f"left-by-{do}-{time.time_ns()}"
    task_id = stack.submit(bad, {"do": do, "mark": mark, "port": cloud.port, "seen": str(seen)})
    slowest = 0.0
    leaves = do in ("ignore", "leave", "nest", "eat", "eat_hidden")
    if leaves:  # else that it is gone would tell nothing
        wait_until(lambda: processes_with(mark))
        seen.touch()
    while (task := stack.task(bad, task_id)).status not in ("Succeeded", "Failed"):
        before = time.monotonic()
        assert stack.call(neighbour, b"{}").status_code == 200
        assert cloud.own("health")["status"] == "ok"
        slowest = max(slowest, time.monotonic() - before)
    assert task.status == status, task.to_map()
    assert slowest < SLOWEST_NEIGHBOUR
    lines = lines_of(log, logstore, task.request_id)
    assert said in lines + str(task.to_map()), lines[-2000:]
    # what it left runs on in its instance, as in Function Compute, and ends with it
    retire(stack, bad)
    wait_until(lambda: not processes_with(mark))
    wait_until(lambda: len(descendants(cloud.process.pid)) <= MOST_AT_REST)


def retire(stack: TaskStack, job: str) -> None:
    """Have the next call of the function begin in a new instance."""
    body = models.UpdateFunctionInput(description=str(time.time_ns()), timeout=4)
    body.environment_variables = {"CHANGED": str(time.time_ns())}
    stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))


def lines_of(log: LogClient, logstore: str, request_id: str) -> str:
    """The task's log lines, once its last one is there."""
    deadline = time.monotonic() + 20
    while True:
        now = int(time.time())
        newest_first = GetLogsRequest(
            PROJECT, logstore, now - 600, now + 60, query=f'"{request_id}"', line=100, reverse=True
        )
        found: Any = log.get_logs(newest_first)
        text = "\n".join(entry.get_contents().get("message", "") for entry in found.get_logs())
        if "FC Invoke End" in text:
            return text
        assert time.monotonic() < deadline, text[:2000]
        time.sleep(0.05)


def test_a_stopped_template_delays_others_for_its_patience_alone(
    stack: TaskStack, bad: str
) -> None:
    timeout = 4
    others = [stack.function(timeout=timeout) for _ in range(3)]
    task = stack.wait(bad, stack.submit(bad, {"do": "stop_the_template"}))
    assert task.status == "Succeeded", task.to_map()
    began = time.monotonic()
    waiting = [(job, stack.submit(job)) for job in others]
    assert {stack.wait(*one).status for one in waiting} == {"Succeeded"}
    assert time.monotonic() - began < timeout + templates.PATIENCE + 1


def test_neither_a_start_nor_a_reset_fails_on_folders_as_deep_as_it_likes(
    fresh_cloud: RunningCloud,
) -> None:
    stack = TaskStack(fresh_cloud)
    job = stack.function(source=BAD)
    folders = fresh_cloud.data / "instances" / "tmp"

    def nested() -> list[str]:
        wish = {"do": "nest", "mark": f"nested-{time.time_ns()}"}
        assert stack.wait(job, stack.submit(job, wish)).status == "Succeeded"
        fresh_cloud.kill()  # so that nothing removes them
        left = [folder.name for folder in folders.iterdir()]
        assert left
        return left

    left = nested()
    fresh_cloud.restart()
    assert fresh_cloud.own("health")["status"] == "ok"
    assert not set(left) & {folder.name for folder in folders.iterdir()}
    assert nested()
    done = subprocess.run(
        [sys.executable, "-m", "localcloud", "reset", "--yes", "--data", str(fresh_cloud.data)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in fresh_cloud.data.iterdir()] == ["localcloud.lock"]
    fresh_cloud.restart()
    assert (
        not TaskStack(fresh_cloud).fc.list_functions(models.ListFunctionsRequest()).body.functions
    )


def test_secrets_that_it_prints_are_in_its_own_logstore_alone(
    stack: TaskStack, log: LogClient, cloud: RunningCloud, writer: str, logstore: str
) -> None:
    source = "import os\ndef handler(event, context):\n    print(os.environ['PASSWORD'])\n"
    secret = "open-sesame-4711"
    job = function(
        stack, writer, logstore, source=source, environment_variables={"PASSWORD": secret}
    )
    task = stack.wait(job, stack.submit(job))
    assert secret in lines_of(log, logstore, task.request_id)
    assert secret not in cloud.stderr()
    requests: Any = cloud.requests()
    assert secret not in str(requests)
    assert KEY in str(requests)
