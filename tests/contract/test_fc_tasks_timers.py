"""Timers of a function that has an asynchronous configuration, through the official SDK."""

import json
import time
from datetime import datetime, timezone

from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, trail, wait_until

SOURCE = """
def handler(event, context):
    raise ValueError("every night")
"""


def test_a_timer_makes_a_task_with_the_retries_and_the_destination_of_its_qualifier(
    stack: TaskStack,
) -> None:
    queue = stack.queue()
    role = stack.role(GUIDE_POLICY)
    job = stack.function(source=SOURCE, role=role, failure=queue_arn(queue), retries=1)
    at = datetime.fromtimestamp(int(time.time() + 2), timezone.utc)
    config = {
        "cronExpression": f"{at.second} {at.minute} {at.hour} * * *",
        "enable": True,
        "payload": "tidy up",
    }
    body = models.CreateTriggerInput(
        trigger_name="nightly",
        trigger_type="timer",
        qualifier="LATEST",
        trigger_config=json.dumps(config),
    )
    stack.fc.create_trigger(job, models.CreateTriggerRequest(body=body))
    wait_until(lambda: stack.tasks(job, status="Failed").tasks)
    (task,) = stack.tasks(job, include_payload=True).tasks
    assert json.loads(task.task_payload) == {
        "triggerTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "triggerName": "nightly",
        "payload": "tidy up",
    }
    assert trail(task) == [
        *("Enqueued", "Dequeued", "Running", "Retrying"),
        *("Dequeued", "Running", "Failed"),
    ]
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == task.request_id
    assert message["requestContext"]["approximateInvokeCount"] == 2
    assert json.loads(message["requestPayload"])["triggerName"] == "nightly"
