"""Results on their way, through the official SDKs: where to, in whose name, and if it fails."""

import json
from typing import Any

import pytest
from mns.account import Account
from mns.queue import QueueMeta
from mns.subscription import SubscriptionMeta
from mns.topic import TopicMeta

from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.running_cloud import ACCOUNT_ID, REGION

SIDES = {"success": {"n": 5}, "failure": {"raise": "no"}}
"""For each destination an event whose task ends there."""
CONDITIONS = {"success": "", "failure": "InvocationError"}


@pytest.fixture(scope="module")
def role(stack: TaskStack) -> str:
    """A role with the guide's policy."""
    return stack.role(GUIDE_POLICY)


def ended(stack: TaskStack, job: str, event: Any = None) -> Any:
    return stack.wait(job, stack.submit(job, event))


def function_arn(name: str) -> str:
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{name}"


def test_a_success_carries_its_answer_and_no_condition(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, success=queue_arn(queue))
    ended(stack, job, {"n": 1})
    (message,) = stack.messages(queue, 1)
    assert list(message) == [
        "timestamp",
        "requestContext",
        "requestPayload",
        "responseContext",
        "responsePayload",
    ]
    assert list(message["requestContext"]) == [
        "requestId",
        "functionArn",
        "condition",
        "approximateInvokeCount",
    ]
    assert message["requestContext"]["condition"] == ""
    assert message["responseContext"] == {"statusCode": 200, "functionError": ""}
    assert json.loads(message["requestPayload"]) == json.loads(message["responsePayload"])


def one_sided(stack: TaskStack, role: str, side: str, arn: str) -> str:
    """A function with a destination for one kind of end alone."""
    if side == "success":
        return stack.function(role=role, success=arn)
    return stack.function(role=role, failure=arn)


@pytest.mark.parametrize("side", ["success", "failure"])
def test_one_side_alone_gets_only_its_own(stack: TaskStack, role: str, side: str) -> None:
    queue = stack.queue()
    arn = queue_arn(queue)
    job = one_sided(stack, role, side, arn)
    good = ended(stack, job, {})
    bad = ended(stack, job, {"raise": "no"})
    (message,) = stack.messages(queue, 1)
    expected = good if side == "success" else bad
    other = bad if side == "success" else good
    assert message["requestContext"]["requestId"] == expected.request_id
    assert (expected.destination_status, other.destination_status) == ("Succeeded", None)


def test_an_arn_without_region_and_account(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, success=f"acs:mns:::/queues/{queue}/messages")
    assert ended(stack, job).destination_status == "Succeeded"
    stack.messages(queue, 1)


@pytest.mark.parametrize("side", ["success", "failure"])
def test_a_topic_passes_it_on_to_its_queue(
    stack: TaskStack, smq: Account, role: str, side: str
) -> None:
    queue = stack.queue()
    topic = smq.get_topic(f"news-{queue}")
    topic.create(TopicMeta())
    endpoint = f"acs:mns:{REGION}:{ACCOUNT_ID}:queues/{queue}"
    smq.get_subscription(topic.topic_name, "sub").subscribe(
        SubscriptionMeta(endpoint, notify_content_format="SIMPLIFIED")
    )
    arn = f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/{topic.topic_name}/messages"
    job = one_sided(stack, role, side, arn)
    tasks = {name: ended(stack, job, event) for name, event in SIDES.items()}
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == tasks[side].request_id
    assert message["requestContext"]["condition"] == CONDITIONS[side]
    statuses = {name: task.destination_status for name, task in tasks.items()}
    assert statuses == {**dict.fromkeys(SIDES), side: "Succeeded"}


@pytest.mark.parametrize("side", ["success", "failure"])
def test_another_function_is_invoked_with_it(stack: TaskStack, role: str, side: str) -> None:
    second = stack.function()
    first = one_sided(stack, role, side, function_arn(second))
    tasks = {name: ended(stack, first, event) for name, event in SIDES.items()}
    wait_until(lambda: stack.tasks(second).tasks)
    (passed,) = stack.tasks(second, include_payload=True).tasks
    message = json.loads(passed.task_payload)
    assert message["requestContext"]["requestId"] == tasks[side].request_id
    assert message["requestContext"]["condition"] == CONDITIONS[side]
    assert stack.wait(second, passed.task_id).status == "Succeeded"


def test_a_function_that_is_its_own_destination_comes_to_an_end(
    stack: TaskStack, role: str
) -> None:
    """The message about a message about a message ... grows until it is too large, or too deep."""
    source = "def handler(event, context):\n    return ''\n"
    job = stack.function(source=source, role=role)
    destination = models.Destination(destination=function_arn(job))
    body = models.PutAsyncInvokeConfigInput(
        async_task=True, destination_config=models.DestinationConfig(on_success=destination)
    )
    stack.fc.put_async_invoke_config(job, models.PutAsyncInvokeConfigRequest(body=body))
    stack.submit(job)

    def last() -> Any:
        return stack.tasks(job, limit=1).tasks[0]

    wait_until(lambda: (last().destination_status or "").startswith("Failed: "))
    assert len(stack.tasks(job, limit=100).tasks) <= 17


def test_without_the_permission_the_task_ends_as_it_ends_and_tells_the_denial(
    stack: TaskStack,
) -> None:
    queue = stack.queue()
    role = stack.role(["mns:PublishMessage", "fc:InvokeFunction", "log:*"])
    job = stack.function(role=role, success=queue_arn(queue), failure=queue_arn(queue))
    for event, status in (({}, "Succeeded"), ({"raise": "x"}, "Failed")):
        task = ended(stack, job, event)
        assert task.status == status
        for part in ("AccessDenied", "mns:SendMessage", queue_arn(queue), role):
            assert part in task.destination_status
    assert "not sent to" in stack.cloud.stderr()


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("queue", "mns:SendMessage"),
        ("topic", "mns:PublishMessage"),
        ("function", "fc:InvokeFunction"),
    ],
)
def test_each_kind_needs_its_own_permission(stack: TaskStack, kind: str, action: str) -> None:
    name = stack.queue() if kind == "queue" else f"x-{kind}"
    if kind == "topic":
        stack.smq.get_topic(name).create(TopicMeta())
    if kind == "function":
        name = stack.function()
    arn = {
        "queue": queue_arn(name),
        "topic": f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/{name}/messages",
        "function": function_arn(name),
    }[kind]
    others = [one for one in GUIDE_POLICY if one != action]
    denied = ended(stack, stack.function(role=stack.role(others), success=arn))
    assert action in denied.destination_status
    allowed = ended(stack, stack.function(role=stack.role([action]), success=arn))
    assert allowed.destination_status == "Succeeded"


def test_least_privilege_for_one_queue_is_enough_and_reaches_no_other(stack: TaskStack) -> None:
    mine, other = stack.queue(), stack.queue()
    role = stack.role(["mns:SendMessage"], queue_arn(mine))
    assert ended(stack, stack.function(role=role, success=queue_arn(mine))).destination_status == (
        "Succeeded"
    )
    denied = ended(stack, stack.function(role=role, success=queue_arn(other)))
    assert "AccessDenied" in denied.destination_status


def test_a_queue_deleted_under_a_running_task(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, success=queue_arn(queue))
    task_id = stack.submit(job, {"sleep": 1})
    stack.wait(job, task_id, ("Running",))
    stack.smq.get_queue(queue).delete()
    task = stack.wait(job, task_id)
    assert task.status == "Succeeded"
    assert task.destination_status.startswith("Retrying: QueueNotExist: ")
    stack.smq.get_queue(queue).create(QueueMeta())  # made again in time, as an update would
    (message,) = stack.messages(queue, 1)
    assert message["requestContext"]["requestId"] == task.request_id
    wait_until(lambda: stack.task(job, task_id).destination_status == "Succeeded")


def test_a_result_too_large_for_smq_is_told_and_kept(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, success=queue_arn(queue))
    task = ended(stack, job, {"answer": 70_000})
    assert task.status == "Succeeded"
    assert task.destination_status.startswith("Failed: ")
    assert "65536" in task.destination_status
    assert len(task.return_payload) >= 70_000
    assert task.request_id in stack.cloud.stderr()


def test_without_async_task_results_are_sent_all_the_same(stack: TaskStack, role: str) -> None:
    queue = stack.queue()
    job = stack.function(role=role, task=False, success=queue_arn(queue), failure=queue_arn(queue))
    requests = [stack.invoke(job, event)["x-fc-request-id"] for event in ({}, {"raise": "x"})]
    messages = stack.messages(queue, 2)
    assert sorted(m["requestContext"]["requestId"] for m in messages) == sorted(requests)
