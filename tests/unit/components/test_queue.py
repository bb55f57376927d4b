"""TaskQueue: the queue, and the destination that Function Compute sends to."""

import pulumi
import pytest
from fc_async_tasks import TaskQueue, TaskQueueArgs

from tests.unit.components.deployment import Deploy


def test_every_argument_reaches_the_queue(deploy: Deploy) -> None:
    args: TaskQueueArgs = {
        "queue_name": "results",
        "message_retention_period": 600,
        "visibility_timeout": 60,
        "polling_wait_seconds": 30,
        "keep_data": False,
        "tags": {"team": "media"},
    }
    assert args.keys() == TaskQueueArgs.__annotations__.keys()

    deployment = deploy(lambda: TaskQueue("queue", args).destination_arn)

    assert deployment.inputs("ServiceQueue") == {
        "queueName": "results",
        "messageRetentionPeriod": 600,
        "visibilityTimeout": 60,
        "pollingWaitSeconds": 30,
        "tags": {"team": "media"},
    }
    assert deployment.returned == "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"


def test_unset_arguments_are_left_to_the_service(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskQueue("my_task.queue", {}).queue_name)

    assert deployment.inputs("ServiceQueue") == {"queueName": "my-task-queue"}
    assert deployment.returned == "my-task-queue"


def test_the_destination_is_known_in_a_preview(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskQueue("results", {}).destination_arn, preview=True)

    assert deployment.returned == "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"


def test_the_region_is_that_of_the_provider(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskQueue("q", {}).destination_arn, region="cn-beijing")

    assert deployment.returned == "acs:mns:cn-beijing:1234567890123456:/queues/q/messages"


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            {"queue_name": "my_queue"},
            "queueName is 'my_queue': it must be 1 to 120 letters, digits and hyphens, beginning "
            "with a letter or a digit.",
        ),
        (
            {"message_retention_period": 59},
            "messageRetentionPeriod is 59 seconds: it must be a whole number from 60 to 604800 "
            "seconds.",
        ),
        (
            {"visibility_timeout": 0},
            "visibilityTimeout is 0 seconds: it must be a whole number from 1 to 43200 seconds.",
        ),
        (
            {"polling_wait_seconds": 31},
            "pollingWaitSeconds is 31 seconds: it must be a whole number from 0 to 30 seconds.",
        ),
    ],
)
def test_what_is_refused(deploy: Deploy, args: TaskQueueArgs, sentence: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: TaskQueue("queue", args))

    assert str(refused.value) == sentence


@pytest.mark.parametrize(("args", "kept"), [({}, True), ({"keep_data": False}, False)])
def test_it_is_kept_unless_it_is_said_otherwise(
    deploy: Deploy, args: TaskQueueArgs, kept: bool
) -> None:
    deployment = deploy(lambda: TaskQueue("data", args))

    for kind in ("ServiceQueue",):
        assert [each.kept for each in deployment.of(kind)] == [kept], kind
