"""What invocations leave in their function's logstore, read with the official Log Service SDK."""

import json
import time
import uuid
from typing import Any

import pytest
from aliyun.log import GetLogsRequest, IndexConfig, LogClient

from tests.contract.function_packages import models
from tests.contract.task_stack import TaskStack, wait_until
from tests.running_cloud import ACCOUNT_ID, KEY, REGION, RunningCloud

PROJECT = "task-logs"


@pytest.fixture(scope="module")
def project(log: LogClient) -> str:
    log.create_project(PROJECT, "")
    return PROJECT


@pytest.fixture
def logstore(log: LogClient, project: str) -> str:
    """A logstore of this test alone, with a full-text index."""
    return indexed_logstore(log, project)


def indexed_logstore(log: LogClient, project: str) -> str:
    """The name of a new logstore with a full-text index."""
    name = f"store-{uuid.uuid4().hex[:8]}"
    log.create_logstore(project, name, 7, 1)
    index: Any = IndexConfig()
    index.from_json(
        {
            "line": {"token": [" ", ",", ":"], "caseSensitive": False},
            "keys": {
                "requestId": {"type": "text", "token": [], "caseSensitive": True},
                "functionName": {"type": "text", "token": [], "caseSensitive": True},
            },
        }
    )
    log.create_index(project, name, index)
    return name


def client_of(cloud: RunningCloud) -> LogClient:
    """The official client for a localcloud of a test's own."""
    client: Any = LogClient(cloud.url, KEY, KEY, source="127.0.0.1")
    client._isRowIp = True  # the project goes into the Host header, the connection to 127.0.0.1
    return client


def resource(logstore: str) -> str:
    return f"acs:log:{REGION}:{ACCOUNT_ID}:project/{PROJECT}/logstore/{logstore}"


def function(stack: TaskStack, role: str, logstore: str, **more: Any) -> str:
    config = models.LogConfig(project=PROJECT, logstore=logstore)
    return stack.function(role=role, log_config=config, **more)


def logs_of(log: LogClient, logstore: str, query: str) -> list[dict[str, str]]:
    now = int(time.time())
    request = GetLogsRequest(PROJECT, logstore, now - 600, now + 60, query=query, line=100)
    found: Any = log.get_logs(request)
    return [entry.get_contents() for entry in found.get_logs()]


@pytest.mark.parametrize("kind", ["Async", "Sync"])
def test_start_own_lines_end_and_report_are_found_by_the_request_id(
    stack: TaskStack, log: LogClient, logstore: str, kind: str
) -> None:
    job = function(stack, stack.role(["log:PostLogStoreLogs"], resource(logstore)), logstore)
    if kind == "Async":
        headers = stack.invoke(job)
    else:
        answer = stack.call(job)
        headers = {name.lower(): value for name, value in answer.headers.items()}
    request_id = headers["x-fc-request-id"]
    query = f"requestId:{request_id}"
    wait_until(lambda: len(logs_of(log, logstore, query)) >= 4)
    lines = logs_of(log, logstore, query)
    assert {line["message"].split(":")[0] for line in lines} >= {
        "FC Invoke Start RequestId",
        "FC Invoke End RequestId",
        "Duration",
    }
    assert f"handling {request_id}" in [line["message"] for line in lines]
    for line in lines:
        assert line["functionName"] == job
        assert (line["qualifier"], line["versionId"]) == ("LATEST", "LATEST")
        assert line["__topic__"] == f"FCLogs:{job}"
    (report,) = [line for line in lines if line["message"].startswith("Duration")]
    assert (report["invocationType"], report["hasFunctionError"]) == (kind, "false")
    assert float(report["memoryUsageMB"]) > 1
    assert report["memoryMB"] == "512"
    assert report["instanceID"]


def test_an_error_is_named_in_the_end_line_and_the_report(
    stack: TaskStack, log: LogClient, logstore: str
) -> None:
    role = stack.role(["log:PostLogStoreLogs"], resource(logstore))
    job = function(stack, role, logstore, timeout=2, memory_size=128)
    requests = {
        "FunctionUnhandledError": stack.invoke(job, {"raise": "no"})["x-fc-request-id"],
        "FunctionTimeoutError": stack.invoke(job, {"sleep": 9})["x-fc-request-id"],
        "FunctionOOMError": stack.invoke(job, {"allocate": 200})["x-fc-request-id"],
    }
    for kind, request_id in requests.items():
        query = f"requestId:{request_id} and Duration"
        wait_until(lambda query=query: logs_of(log, logstore, query))
        lines = [line["message"] for line in logs_of(log, logstore, f"requestId:{request_id}")]
        assert f"FC Invoke End RequestId: {request_id}, Error: Unhandled function error" in lines
        (report,) = logs_of(log, logstore, query)
        assert report["hasFunctionError"] == "true"
        assert report["errorType"] == kind


def test_lines_of_a_running_invocation_can_be_read_before_it_ends(
    stack: TaskStack, log: LogClient, logstore: str
) -> None:
    job = function(stack, stack.role(["log:PostLogStoreLogs"], resource(logstore)), logstore)
    task_id = stack.submit(job, {"sleep": 5})
    wait_until(lambda: logs_of(log, logstore, "handling"), seconds=4)
    assert stack.task(job, task_id).status == "Running"


HOOKS = """
import os
def initialize(context):
    print("hello from the initializer")
def goodbye(context):
    print("goodbye from the pre-stop hook")
def handler(event, context):
    return os.environ["FC_INSTANCE_ID"]
"""


def with_hooks(stack: TaskStack, role: str, logstore: str) -> str:
    hook = models.LifecycleHook
    hooks = models.InstanceLifecycleConfig(
        initializer=hook(handler="index.initialize", timeout=5),
        pre_stop=hook(handler="index.goodbye", timeout=5),
    )
    return function(stack, role, logstore, source=HOOKS, instance_lifecycle_config=hooks)


def lines_of_hook(log: LogClient, logstore: str, name: str) -> list[dict[str, str]]:
    """All lines of the request in which that hook ran."""
    starts = [
        line
        for line in logs_of(log, logstore, name)
        if line["message"].startswith(f"FC {name} Start RequestId: ")
    ]
    if not starts:
        return []
    return logs_of(log, logstore, f"requestId:{starts[0]['requestId']}")


@pytest.mark.parametrize("end", ["update", "stop of localcloud"])
def test_lines_of_both_hooks_are_in_the_functions_logstore(
    fresh_cloud: RunningCloud, end: str
) -> None:
    stack = TaskStack(fresh_cloud)
    log = client_of(fresh_cloud)
    log.create_project(PROJECT, "")
    logstore = indexed_logstore(log, PROJECT)
    role = stack.role(["log:PostLogStoreLogs"], resource(logstore))
    job = with_hooks(stack, role, logstore)
    instance = stack.call(job).body.read().decode()
    if end == "update":
        body = models.UpdateFunctionInput(description="another")
        stack.fc.update_function(job, models.UpdateFunctionRequest(body=body))
    else:
        assert fresh_cloud.stop() == 0
        fresh_cloud.restart()
    wait_until(lambda: len(lines_of_hook(log, logstore, "PreStop")) >= 3)
    lines = lines_of_hook(log, logstore, "PreStop")
    request_id = lines[0]["requestId"]
    assert [line["message"] for line in lines] == [
        f"FC PreStop Start RequestId: {request_id}",
        "goodbye from the pre-stop hook",
        f"FC PreStop End RequestId: {request_id}",
    ]
    for line in lines:
        assert (line["functionName"], line["instanceID"]) == (job, instance)
        assert line["__topic__"] == f"FCLogs:{job}"
    first = [line["message"] for line in lines_of_hook(log, logstore, "Initialize")]
    assert "hello from the initializer" in first


def test_without_the_permission_the_task_runs_and_the_denial_is_told(
    stack: TaskStack, log: LogClient, logstore: str
) -> None:
    job = function(stack, stack.role(["mns:SendMessage"]), logstore)
    task = stack.wait(job, stack.submit(job))
    assert task.status == "Succeeded"
    told = json.loads(task.events[-1].event_detail)["LogError"]
    for part in ("log:PostLogStoreLogs", resource(logstore), "may not"):
        assert part in told
    assert logs_of(log, logstore, "handling") == []
    stack.wait(job, stack.submit(job))
    assert stack.cloud.stderr().count(resource(logstore)) == 1  # once, not for every invocation


def test_a_deleted_logstore_does_not_stop_the_tasks(
    stack: TaskStack, log: LogClient, logstore: str
) -> None:
    job = function(stack, stack.role(["log:*"]), logstore)
    log.delete_logstore(PROJECT, logstore)
    task = stack.wait(job, stack.submit(job))
    assert task.status == "Succeeded"
    assert "LogStoreNotExist" in json.loads(task.events[-1].event_detail)["LogError"]
