"""A role, a queue and task functions on a running localcloud, made with the official SDKs."""

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from darabonba.runtime import RuntimeOptions
from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import QueueMeta

from tests.contract.function_packages import (
    code_with,
    create_request,
    function_client,
    models,
)
from tests.running_cloud import ACCOUNT_ID, KEY, REGION, RunningCloud

GUIDE_POLICY = ["fc:InvokeFunction", "mns:SendMessage", "mns:PublishMessage", "log:*"]
FINAL = ("Succeeded", "Failed", "Stopped", "Expired", "Invalid")

SWITCH = """
import json, logging, os, subprocess, sys, time
def handler(event, context):
    wish = json.loads(event or b"{}")
    print("handling", context.request_id)
    if "note" in wish:
        with open(wish["note"], "a") as notes:
            notes.write(context.request_id + "\\n")
    if "sleep" in wish:
        time.sleep(wish["sleep"])
    if "note_at_the_end" in wish:
        with open(wish["note_at_the_end"], "a") as notes:
            notes.write(context.request_id + "\\n")
    if "children" in wish:
        script = "import os, time; os.setsid(); print(os.getpid(), flush=True); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        pid = child.stdout.readline().strip()
        with open(wish["children"], "wb") as file:
            file.write(pid)
        time.sleep(600)
    if wish.get("raise"):
        raise ValueError(wish["raise"])
    if "exit" in wish:
        os._exit(wish["exit"])
    if "allocate" in wish:
        held = bytearray(wish["allocate"] * 1024 * 1024)
        for place in range(0, len(held), 4096):
            held[place] = 1
    if "answer" in wish:
        return "x" * wish["answer"]
    return wish
"""
"""A handler that does what its event says."""


def queue_arn(queue: str) -> str:
    return f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/{queue}/messages"


class TaskStack:
    """Clients of one localcloud, and the calls that tests of tasks make again and again."""

    def __init__(self, cloud: RunningCloud) -> None:
        self.cloud = cloud
        self.fc: Any = function_client(cloud.config())
        self.ram: Any = RamClient(cloud.config())
        self.smq = Account(cloud.url, KEY, KEY)

    def role(self, actions: list[str], resource: str = "*") -> str:
        """The ARN of a new role that FC may assume and that may do this."""
        name = f"role-{uuid.uuid4().hex[:10]}"
        trust = {
            "Version": "1",
            "Statement": [
                {
                    "Action": "sts:AssumeRole",
                    "Effect": "Allow",
                    "Principal": {"Service": ["fc.aliyuncs.com"]},
                }
            ],
        }
        request = ram_models.CreateRoleRequest(
            role_name=name, assume_role_policy_document=json.dumps(trust)
        )
        arn: str = self.ram.create_role(request).body.role.arn
        if actions:
            statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
            document = json.dumps({"Version": "1", "Statement": [statement]})
            self.ram.create_policy(
                ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)
            )
            self.ram.attach_policy_to_role(
                ram_models.AttachPolicyToRoleRequest(
                    policy_type="Custom", policy_name=name, role_name=name
                )
            )
        return arn

    def queue(self) -> str:
        """The name of a new queue."""
        name = f"results-{uuid.uuid4().hex[:10]}"
        self.smq.get_queue(name).create(QueueMeta())
        return name

    def function(
        self,
        *,
        source: str = SWITCH,
        file: str = "index.py",
        role: str = "",
        success: str = "",
        failure: str = "",
        task: bool = True,
        retries: int = 0,
        age: int = 3600,
        **settings: Any,
    ) -> str:
        """The name of a new function with an asynchronous configuration; `source` is its file."""
        name = f"job-{uuid.uuid4().hex[:10]}"
        if role:
            settings["role"] = role
        self.fc.create_function(create_request(name, code=code_with({file: source}), **settings))
        destinations = models.DestinationConfig()
        if success:
            destinations.on_success = models.Destination(destination=success)
        if failure:
            destinations.on_failure = models.Destination(destination=failure)
        body = models.PutAsyncInvokeConfigInput(
            async_task=task,
            max_async_retry_attempts=retries,
            max_async_event_age_in_seconds=age,
            destination_config=destinations if success or failure else None,
        )
        self.fc.put_async_invoke_config(name, models.PutAsyncInvokeConfigRequest(body=body))
        return name

    def invoke(self, function: str, event: Any = None, **headers: Any) -> Any:
        """Invoke asynchronously; the answer's headers, with lower-case names."""
        answer = self.call(
            function,
            json.dumps(event or {}).encode() if not isinstance(event, bytes) else event,
            x_fc_invocation_type="Async",
            **headers,
        )
        assert answer.status_code == 202
        return {name.lower(): value for name, value in answer.headers.items()}

    def call(
        self,
        function: str,
        event: bytes = b"",
        qualifier: str | None = None,
        seconds: float = 60,
        **headers: Any,
    ) -> Any:
        """InvokeFunction with these headers; the SDK waits so many seconds for the answer."""
        return self.fc.invoke_function_with_options(
            function,
            models.InvokeFunctionRequest(body=event, qualifier=qualifier),
            models.InvokeFunctionHeaders(**headers),
            RuntimeOptions(read_timeout=int(seconds * 1000), autoretry=False),
        )

    def submit(self, function: str, event: Any = None, **headers: Any) -> str:
        """Invoke asynchronously; the task's id."""
        return self.invoke(function, event, **headers)["x-fc-async-task-id"]

    def task(self, function: str, task_id: str) -> Any:
        return self.fc.get_async_task(function, task_id, models.GetAsyncTaskRequest()).body

    def tasks(self, function: str, **filters: Any) -> Any:
        return self.fc.list_async_tasks(function, models.ListAsyncTasksRequest(**filters)).body

    def stop(self, function: str, task_id: str) -> Any:
        return self.fc.stop_async_task(function, task_id, models.StopAsyncTaskRequest())

    def wait(
        self, function: str, task_id: str, statuses: tuple[str, ...] = FINAL, seconds: float = 20
    ) -> Any:
        """The task, once it has one of these statuses."""
        task: Any = None

        def there() -> bool:
            nonlocal task
            task = self.task(function, task_id)
            return task.status in statuses

        wait_until(there, seconds, lambda: f"{task.to_map()}")
        return task

    def messages(self, queue: str, count: int, seconds: int = 20) -> list[dict[str, Any]]:
        """So many messages of a queue, received and deleted as the official client does."""
        found: list[dict[str, Any]] = []
        handle = self.smq.get_queue(queue)
        deadline = time.monotonic() + seconds
        while len(found) < count:
            assert time.monotonic() < deadline, f"only {len(found)} of {count} messages came"
            try:
                received = handle.batch_receive_message(16, 5)
            except MNSServerException as error:
                if error.type != "MessageNotExist":
                    raise
                continue
            handle.batch_delete_message([message.receipt_handle for message in received])
            found += [json.loads(message.message_body) for message in received]
        return found


def trail(task: Any) -> list[str]:
    """The statuses of a task's events, in order."""
    assert [event.event_id for event in task.events] == list(range(1, len(task.events) + 1))
    return [event.status for event in task.events]


def wait_until(
    condition: Callable[[], object],
    seconds: float = 20,
    tell: Callable[[], str] = lambda: "it did not happen",
) -> None:
    """Look again and again whether it holds: another process gives no event to wait for."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {tell()}")
        time.sleep(0.02)
