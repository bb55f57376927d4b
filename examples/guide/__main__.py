"""The guide, "Asynchronous tasks": a task that is tried twice and tells a queue how it ended."""

import pulumi
from fc_async_tasks import AsyncTask

task = AsyncTask(
    "guide",
    {
        "function_name": "example-guide",
        "description": "this is test",
        "code_path": "function_code",
        "handler": "index.handler",
        "runtime": "python3",
        "memory_size": 128,
        "timeout": pulumi.Config().require_int("timeout"),
        "instance_concurrency": 1,
        "internet_access": True,
        "async_task": True,
        "max_async_event_age_in_seconds": 172800,
        "max_async_retry_attempts": 1,
        "on_success": "queue",
        "on_failure": "queue",
        "keep_data": pulumi.Config().require_bool("keepData"),
    },
)

pulumi.export("accountId", task.account_id)
pulumi.export("region", task.region)
pulumi.export("functionName", task.function_name)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
pulumi.export("logstore", task.logstore)
