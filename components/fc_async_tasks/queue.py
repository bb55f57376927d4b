"""TaskQueue: the SMQ queue that a task's results are sent to."""

from collections.abc import Mapping
from typing import Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .account import current_account, current_region
from .arguments import checked
from .destination import queue_destination
from .kept_data import child_with_data


class TaskQueueArgs(TypedDict, total=False):
    """What a TaskQueue is made of."""

    queue_name: pulumi.Input[str]
    """Name of the queue: 1 to 120 letters, digits and hyphens, beginning with a letter or a digit.
    Default: this component's name, with hyphens for what a queue's name cannot have."""
    message_retention_period: pulumi.Input[int]
    """Seconds that a message waits for its reader: 60 to 604800. Default: SMQ's, 345600 (4 days).
    """
    visibility_timeout: pulumi.Input[int]
    """Seconds that a received message is hidden from other readers: 1 to 43200. Default: SMQ's, 30.
    """
    polling_wait_seconds: pulumi.Input[int]
    """Seconds that a request for a message waits for one: 0 to 30. Default: SMQ's, 0."""
    keep_data: bool
    """Whether the queue and the log project that are made here stay in the account, with what they
    hold, when the stack no longer has them: after a rename, an `up` without them or a `destroy`.
    Default: true."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on the queue: up to 20."""


class TaskQueue(pulumi.ComponentResource):
    """A Simple Message Queue (formerly MNS) queue, as a destination of asynchronous invocations.

    Several tasks may share it: give them its `destination_arn`. Follows "CreateQueue" (API
    2022-01-19). Raises pulumi.RunError, with a sentence for each value that is refused.
    """

    queue_name: pulumi.Output[str]
    """Name of the queue."""
    destination_arn: pulumi.Output[str]
    """What Function Compute sends to: `acs:mns:<region>:<account>:/queues/<queue>/messages`."""

    def __init__(
        self, name: str, args: TaskQueueArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskQueue", name, None, opts)

        settings = checked(TaskQueueArgs, args)

        queue = alicloud.message.ServiceQueue(
            name,
            queue_name=settings.get("queue_name", queue_name_from(name)),
            message_retention_period=settings.get("message_retention_period"),
            visibility_timeout=settings.get("visibility_timeout"),
            polling_wait_seconds=settings.get("polling_wait_seconds"),
            tags=settings.get("tags"),
            opts=child_with_data(self, settings),
        )

        self.queue_name = queue.queue_name
        self.destination_arn = pulumi.Output.all(
            current_region(self), current_account(self), queue.queue_name
        ).apply(lambda known: queue_destination(*known))
        self.register_outputs(
            {"queueName": self.queue_name, "destinationArn": self.destination_arn}
        )


def queue_name_from(name: str) -> str:
    """Give a name that a queue may have for any text with a letter or digit in it."""
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)
    return plain.strip("-")[:120].rstrip("-") or "task"
