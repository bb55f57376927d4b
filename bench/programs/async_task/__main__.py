"""The guide's stack as one AsyncTask, all of which goes with the stack."""

import pulumi
from fc_async_tasks import AsyncTask

task = AsyncTask(
    "measured",
    {"code_path": "function_code", "max_async_event_age_in_seconds": 86400, "keep_data": False},
)

pulumi.export("functionName", task.function_name)
pulumi.export("roleArn", task.role_arn)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
