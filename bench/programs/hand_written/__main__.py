"""The nine resources of an AsyncTask, with the same properties, written by hand; so many times."""

import base64
import io
import json
import zipfile
from pathlib import Path

import pulumi
import pulumi_alicloud as alicloud

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


def nine(name: str) -> None:
    """Role and policy, queue, logs, function."""
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
    )
    queue = alicloud.message.ServiceQueue(name, queue_name=f"{name}-results")
    project = alicloud.log.Project(
        name,
        project_name=f"{name}-logs",
        description="Logs of asynchronous tasks of Function Compute",
    )
    store = alicloud.log.Store(
        name, project_name=project.project_name, logstore_name="function-logs"
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
    )
    attachment = alicloud.ram.RolePolicyAttachment(
        name, role_name=role.role_name, policy_name=policy.policy_name, policy_type=policy.type
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
        opts=pulumi.ResourceOptions(depends_on=[attachment]),
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
    )

    pulumi.export(f"{name}FunctionName", function.function_name)
    pulumi.export(f"{name}RoleArn", role.arn)
    pulumi.export(f"{name}QueueName", queue.queue_name)
    pulumi.export(f"{name}LogProject", project.project_name)


for number in range(pulumi.Config().get_int("tasks") or 1):
    nine(f"written{number}")
