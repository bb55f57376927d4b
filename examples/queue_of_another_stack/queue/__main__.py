"""The stack of one team: a queue, and the destination ARN that other stacks send to."""

import pulumi
from fc_async_tasks import TaskQueue

keep_data = pulumi.Config().require_bool("keepData")
queue = TaskQueue("example-team-results", {"visibility_timeout": 60, "keep_data": keep_data})

pulumi.export("queueName", queue.queue_name)
pulumi.export("destinationArn", queue.destination_arn)
