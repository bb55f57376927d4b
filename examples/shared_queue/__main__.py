"""Two tasks that share a queue and a logstore: whoever reads the queue serves both."""

import pulumi
from fc_async_tasks import AsyncTask, TaskLogs, TaskQueue

keep_data = pulumi.Config().require_bool("keepData")
queue = TaskQueue("example-results", {"message_retention_period": 86400, "keep_data": keep_data})
logs = TaskLogs("example-jobs", {"log_retention_days": 7, "keep_data": keep_data})


def job(name: str, handler: str) -> AsyncTask:
    """Make a task of this project's code that shares what there is to share."""
    return AsyncTask(
        name,
        {
            "code_path": "function_code",
            "handler": handler,
            "runtime": "python3.12",
            "existing_queue": queue.destination_arn,
            "existing_log_project": logs.log_project,
            "existing_logstore": logs.logstore,
        },
    )


invoices = job("example-invoices", "invoices.handler")
thumbnails = job("example-thumbnails", "thumbnails.handler")

pulumi.export("accountId", invoices.account_id)
pulumi.export("region", invoices.region)
pulumi.export("functionName", invoices.function_name)
pulumi.export("otherFunctionName", thumbnails.function_name)
pulumi.export("queueName", queue.queue_name)
pulumi.export("logProject", logs.log_project)
pulumi.export("logstore", logs.logstore)
