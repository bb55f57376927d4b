"""What invocations leave in their function's logstore, read with the official Log Service SDK."""

import json
import time
import uuid
from typing import Any

import pytest
from aliyun.log import GetLogsRequest, IndexConfig, LogClient

from tests.contract.function_packages import models
from tests.contract.task_stack import TaskStack, wait_until
from tests.running_cloud import ACCOUNT_ID, REGION

PROJECT = "task-logs"


@pytest.fixture(scope="module")
def project(log: LogClient) -> str:
    log.create_project(PROJECT, "")
    return PROJECT


@pytest.fixture
def logstore(log: LogClient, project: str) -> str:
    """A logstore of this test alone, with a full-text index."""
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
    job = function(stack, role, logstore, timeout=1)
    requests = {
        "Handled": stack.invoke(job, {"raise": "no"})["x-fc-request-id"],
        "Unhandled": stack.invoke(job, {"sleep": 9})["x-fc-request-id"],
    }
    for kind, request_id in requests.items():
        query = f"requestId:{request_id} and Duration"
        wait_until(lambda query=query: logs_of(log, logstore, query))
        lines = [line["message"] for line in logs_of(log, logstore, f"requestId:{request_id}")]
        assert f"FC Invoke End RequestId: {request_id}, Error: {kind} function error" in lines
        (report,) = logs_of(log, logstore, query)
        assert report["hasFunctionError"] == "true"
        expected = "FunctionUnhandledError" if kind == "Handled" else "FunctionTimeoutError"
        assert report["errorType"] == expected


def test_lines_of_a_running_invocation_can_be_read_before_it_ends(
    stack: TaskStack, log: LogClient, logstore: str
) -> None:
    job = function(stack, stack.role(["log:PostLogStoreLogs"], resource(logstore)), logstore)
    task_id = stack.submit(job, {"sleep": 5})
    wait_until(lambda: logs_of(log, logstore, "handling"), seconds=4)
    assert stack.task(job, task_id).status == "Running"


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
