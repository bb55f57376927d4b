"""Bring your own role: the team writes role and policy itself, and the task runs as that role.

A role that exists already is given in the same way: `"role_arn": "acs:ram::<account>:role/<role>"`.
"""

from pathlib import Path

import pulumi
import pulumi_alicloud as alicloud
from fc_async_tasks import AsyncTask

role = alicloud.ram.Role(
    "team",
    role_name="example-team-tasks",
    assume_role_policy_document=Path("trust.json").read_text(encoding="utf-8"),
)
policy = alicloud.ram.Policy(
    "team",
    policy_name="example-team-tasks",
    policy_document=Path("policy.json").read_text(encoding="utf-8"),
)
attachment = alicloud.ram.RolePolicyAttachment(
    "team",
    role_name=role.role_name,
    policy_name=policy.policy_name,
    policy_type=policy.type,
)

task = AsyncTask(
    "example-own-role",
    {
        "code_path": "function_code",
        "runtime": "python3.12",
        # Not before the role may do what the function needs.
        "role_arn": pulumi.Output.all(role.arn, attachment.id).apply(lambda known: known[0]),
        "keep_data": pulumi.Config().require_bool("keepData"),
    },
)

pulumi.export("accountId", task.account_id)
pulumi.export("region", task.region)
pulumi.export("functionName", task.function_name)
pulumi.export("roleArn", task.role_arn)
pulumi.export("queueName", task.queue_name)
pulumi.export("logProject", task.log_project)
pulumi.export("logstore", task.logstore)
