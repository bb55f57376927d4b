"""A nightly task: a timer submits it, a failure is tried again, and the queue has how it ended."""

import json

import pulumi
from fc_async_tasks import AsyncTask, TaskTimer

task = AsyncTask(
    "example-nightly",
    {
        "code_path": "function_code",
        "runtime": "python3.12",
        "timeout": 3600,
        "max_async_retry_attempts": 2,
        "keep_data": pulumi.Config().require_bool("keepData"),
    },
)
TaskTimer(
    "nightly",
    {
        "function_name": task.function_name,
        "cron_expression": pulumi.Config().require("schedule"),
        "payload": json.dumps({"report": "sales"}),
    },
)

pulumi.export("accountId", task.account_id)
pulumi.export("region", task.region)
pulumi.export("functionName", task.function_name)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
pulumi.export("logstore", task.logstore)
