"""The nine resources of an AsyncTask, with the same properties, written by hand; so many times.

With the setting `components`, each nine are in five components as AsyncTask's are, which have
outputs and do nothing else: what the components themselves cost.
"""

import base64
import io
import json
import zipfile
from pathlib import Path

import pulumi
import pulumi_alicloud as alicloud

IN_COMPONENTS = pulumi.Config().get_bool("components") or False
REGION = pulumi.Config("alicloud").require("region")
ACCOUNT = alicloud.get_account_output().id
DELIMITERS = ", '\";=()[]{}?@&<>/:\n\t\r"
FIELDS = {
    "functionName": "text",
    "qualifier": "text",
    "versionId": "text",
    "requestId": "text",
    "instanceID": "text",
    "operation": "text",
    "invocationType": "text",
    "invocationStartTimestamp": "long",
    "durationMs": "double",
    "invokeFunctionLatencyMs": "double",
    "isColdStart": "text",
    "hasFunctionError": "text",
    "errorType": "text",
    "statusCode": "long",
    "memoryMB": "long",
    "memoryUsageMB": "double",
    "resourceMode": "text",
    "hostname": "text",
    "ipAddress": "text",
    "aggPeriodSeconds": "long",
    "concurrentRequests": "long",
    "cpuPercent": "double",
    "cpuQuotaPercent": "double",
    "memoryLimitMB": "double",
    "memoryUsagePercent": "double",
}


def archive(folder: Path) -> str:
    """The code as Function Compute takes it."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as zipped:
        for file in sorted(folder.glob("*.py")):
            zipped.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
    return base64.b64encode(data.getvalue()).decode()


class Component(pulumi.ComponentResource):
    """One of AsyncTask's parts, or the whole: a component that does nothing."""

    def __init__(self, kind: str, name: str, parent: "pulumi.Resource | None") -> None:
        opts = pulumi.ResourceOptions(parent=parent)
        super().__init__(f"by-hand:index:{kind}", name, None, opts)


def nine(name: str) -> None:
    """Role and policy, queue, logs, function."""
    whole = Component("AsyncTask", name, None) if IN_COMPONENTS else None
    parts = {
        part: Component(part, name, whole) if IN_COMPONENTS else None
        for part in ("TaskRole", "TaskQueue", "TaskLogs", "TaskFunction")
    }

    def in_(part: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=parts[part])

    role = alicloud.ram.Role(
        name,
        role_name=name,
        description="Runs an asynchronous task of Function Compute",
        assume_role_policy_document=json.dumps(
            {
                "Version": "1",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"Service": ["fc.aliyuncs.com"]},
                    }
                ],
            }
        ),
        opts=in_("TaskRole"),
    )
    queue = alicloud.message.ServiceQueue(name, queue_name=f"{name}-results", opts=in_("TaskQueue"))
    project = alicloud.log.Project(
        name,
        project_name=f"{name}-logs",
        description="Logs of asynchronous tasks of Function Compute",
        opts=in_("TaskLogs"),
    )
    store = alicloud.log.Store(
        name,
        project_name=project.project_name,
        logstore_name="function-logs",
        opts=in_("TaskLogs"),
    )
    alicloud.log.StoreIndex(
        name,
        project=project.project_name,
        logstore=store.logstore_name,
        full_text=alicloud.log.StoreIndexFullTextArgs(
            case_sensitive=False, include_chinese=True, token=DELIMITERS
        ),
        field_searches=[
            alicloud.log.StoreIndexFieldSearchArgs(
                name=field,
                type=kind,
                enable_analytics=True,
                case_sensitive=False if kind == "text" else None,
                token=DELIMITERS if kind == "text" else None,
            )
            for field, kind in FIELDS.items()
        ],
        opts=in_("TaskLogs"),
    )
    destination = pulumi.Output.concat(
        f"acs:mns:{REGION}:", ACCOUNT, ":/queues/", queue.queue_name, "/messages"
    )
    logstore = pulumi.Output.concat(
        f"acs:log:{REGION}:",
        ACCOUNT,
        ":project/",
        project.project_name,
        "/logstore/",
        store.logstore_name,
    )
    policy = alicloud.ram.Policy(
        name,
        policy_name=name,
        description="What an asynchronous task of Function Compute may do",
        policy_document=pulumi.Output.json_dumps(
            {
                "Version": "1",
                "Statement": [
                    {"Effect": "Allow", "Action": ["mns:SendMessage"], "Resource": [destination]},
                    {"Effect": "Allow", "Action": ["log:PostLogStoreLogs"], "Resource": [logstore]},
                ],
            }
        ),
        rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
        opts=in_("TaskRole"),
    )
    attachment = alicloud.ram.RolePolicyAttachment(
        name,
        role_name=role.role_name,
        policy_name=policy.policy_name,
        policy_type=policy.type,
        opts=in_("TaskRole"),
    )
    function = alicloud.fc.V3Function(
        name,
        function_name=name,
        handler="index.handler",
        runtime="python3",
        code=alicloud.fc.V3FunctionCodeArgs(zip_file=archive(Path("function_code"))),
        role=role.arn,
        memory_size=128,
        disk_size=512,
        timeout=60,
        instance_concurrency=1,
        internet_access=True,
        log_config=alicloud.fc.V3FunctionLogConfigArgs(
            project=project.project_name,
            logstore=store.logstore_name,
            enable_request_metrics=True,
            enable_instance_metrics=False,
            log_begin_rule="None",
        ),
        opts=pulumi.ResourceOptions(parent=parts["TaskFunction"], depends_on=[attachment]),
    )
    alicloud.fc.V3AsyncInvokeConfig(
        name,
        function_name=function.function_name,
        qualifier="LATEST",
        async_task=True,
        max_async_event_age_in_seconds=86400,
        max_async_retry_attempts=1,
        destination_config=alicloud.fc.V3AsyncInvokeConfigDestinationConfigArgs(
            on_success=alicloud.fc.V3AsyncInvokeConfigDestinationConfigOnSuccessArgs(
                destination=destination
            ),
            on_failure=alicloud.fc.V3AsyncInvokeConfigDestinationConfigOnFailureArgs(
                destination=destination
            ),
        ),
        opts=in_("TaskFunction"),
    )

    outputs: dict[str, dict[str, pulumi.Output[str]]] = {
        "TaskRole": {"roleArn": role.arn, "roleName": role.role_name},
        "TaskQueue": {"queueName": queue.queue_name, "destinationArn": destination},
        "TaskLogs": {"logProject": project.project_name, "logstore": store.logstore_name},
        "TaskFunction": {
            "functionName": function.function_name,
            "functionArn": function.function_arn,
        },
    }
    for part, made in parts.items():
        if made:
            made.register_outputs(outputs[part])
    if whole:
        together = {key: value for each in outputs.values() for key, value in each.items()}
        whole.register_outputs({"accountId": ACCOUNT, "region": REGION, **together})

    pulumi.export(f"{name}FunctionName", function.function_name)
    pulumi.export(f"{name}RoleArn", role.arn)
    pulumi.export(f"{name}QueueName", queue.queue_name)
    pulumi.export(f"{name}LogProject", project.project_name)


for number in range(pulumi.Config().get_int("tasks") or 1):
    nine(f"{'components' if IN_COMPONENTS else 'written'}{number}")
