"""A task with every name set, so that it can be renamed, protected and kept."""

import pulumi
import pulumi_alicloud as alicloud
from fc_async_tasks import AsyncTask

config = pulumi.Config()
cloud = pulumi.Config("alicloud")
explicit = alicloud.Provider(
    "explicit",
    region=cloud.require("region"),
    account_id=cloud.require("accountId"),
    account_type=cloud.require("accountType"),
    protocol=cloud.require("protocol"),
    endpoints=cloud.require_object("endpoints"),
)
formerly = config.get("formerly")
task = AsyncTask(
    config.require("name"),
    {
        "code_path": "code",
        "function_name": "kept",
        "runtime": "python3.12",
        "role_name": "kept-role",
        "queue_name": "kept-results",
        "log_project_name": "kept-logs",
        "keep_data": False,
        "max_async_event_age_in_seconds": 3600,
    },
    pulumi.ResourceOptions(
        provider=explicit,
        protect=config.get_bool("protect"),
        retain_on_delete=config.get_bool("retain"),
        aliases=[pulumi.Alias(name=formerly)] if formerly else None,
    ),
)
pulumi.export("queueName", task.queue_name)
