"""The stack of another team: a task whose results go to the first team's queue."""

import pulumi
from fc_async_tasks import AsyncTask

team = pulumi.StackReference(pulumi.Config().require("queueStack"))
task = AsyncTask(
    "example-report",
    {
        "code_path": "function_code",
        "runtime": "python3.12",
        "existing_queue": team.require_output("destinationArn"),
        "keep_data": pulumi.Config().require_bool("keepData"),
    },
)

pulumi.export("accountId", task.account_id)
pulumi.export("region", task.region)
pulumi.export("functionName", task.function_name)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
pulumi.export("logstore", task.logstore)
