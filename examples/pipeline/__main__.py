"""A pipeline by destination: what `extract` returns becomes a task of `load`.

A failure of either goes to the queue, and so does what `load` returns.
"""

import pulumi
from fc_async_tasks import AsyncTask, TaskLogs, TaskQueue

keep_data = pulumi.Config().require_bool("keepData")
queue = TaskQueue("example-pipeline", {"keep_data": keep_data})
logs = TaskLogs("example-pipeline", {"keep_data": keep_data})

load = AsyncTask(
    "example-load",
    {
        "code_path": "function_code",
        "handler": "load.handler",
        "runtime": "python3.12",
        "existing_queue": queue.destination_arn,
        "existing_log_project": logs.log_project,
        "existing_logstore": logs.logstore,
    },
)
extract = AsyncTask(
    "example-extract",
    {
        "code_path": "function_code",
        "handler": "extract.handler",
        "runtime": "python3.12",
        "on_success": load.function_arn,
        "on_failure": "queue",
        "existing_queue": queue.destination_arn,
        "existing_log_project": logs.log_project,
        "existing_logstore": logs.logstore,
    },
)

pulumi.export("accountId", extract.account_id)
pulumi.export("region", extract.region)
pulumi.export("functionName", extract.function_name)
pulumi.export("secondFunctionName", load.function_name)
pulumi.export("queueName", queue.queue_name)
pulumi.export("logProject", logs.log_project)
pulumi.export("logstore", logs.logstore)
