"""AsyncTask: the whole of the guide, and what is brought along in place of being made."""

from typing import Any, cast

import pulumi
import pulumi_alicloud as alicloud
from fc_async_tasks import AsyncTask, AsyncTaskArgs

from tests.unit.components.deployment import ACCOUNT, Deploy
from tests.unit.components.function_settings import (
    FUNCTION_INPUTS,
    LOG_CONFIG,
    OTHERS,
    SETTINGS,
)
from tests.unit.components.whole_task import OF_THE_JOB, arguments, outputs, statements, task

NINE = [
    "Policy",
    "Project",
    "Role",
    "RolePolicyAttachment",
    "ServiceQueue",
    "Store",
    "StoreIndex",
    "V3AsyncInvokeConfig",
    "V3Function",
]


def test_the_guides_task_is_nine_resources_and_nine_outputs(deploy: Deploy) -> None:
    deployment = deploy(lambda: outputs(task()))

    assert deployment.in_the_cloud() == NINE
    role = deployment.inputs("Role")["roleName"]
    project = deployment.inputs("Project")["projectName"]
    assert role.startswith("my-fc-job-")
    assert project.startswith("my-fc-job-")
    assert deployment.returned == {
        "account_id": ACCOUNT,
        "region": "cn-hangzhou",
        "function_name": "my-fc-job",
        "function_arn": f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/my-fc-job",
        "role_arn": f"acs:ram::{ACCOUNT}:role/{role}",
        "queue_name": "my-fc-job-results",
        "log_project": project,
        "logstore": "function-logs",
        "version_id": "",
    }
    function = deployment.inputs("V3Function")
    assert function["role"] == f"acs:ram::{ACCOUNT}:role/{role}"
    assert function["logConfig"] == {
        "project": project,
        "logstore": "function-logs",
        "enableRequestMetrics": True,
        "enableInstanceMetrics": False,
        "logBeginRule": "None",
    }
    assert deployment.inputs("V3AsyncInvokeConfig") == {
        "functionName": "my-fc-job",
        "qualifier": "LATEST",
        "asyncTask": True,
        "maxAsyncEventAgeInSeconds": 172800,
        "maxAsyncRetryAttempts": 1,
        "destinationConfig": {
            "onSuccess": {"destination": OF_THE_JOB},
            "onFailure": {"destination": OF_THE_JOB},
        },
    }
    assert statements(deployment) == [
        {"Effect": "Allow", "Action": ["mns:SendMessage"], "Resource": [OF_THE_JOB]},
        {
            "Effect": "Allow",
            "Action": ["log:PostLogStoreLogs"],
            "Resource": [f"acs:log:cn-hangzhou:{ACCOUNT}:project/{project}/logstore/function-logs"],
        },
    ]


def test_everything_is_a_child_of_its_part_and_each_part_of_the_task(deploy: Deploy) -> None:
    deployment = deploy(task)

    parts = {each.type: each.parent for each in deployment.resources}
    whole = "fc-async-tasks:index:AsyncTask"
    for part in ("TaskRole", "TaskQueue", "TaskLogs", "TaskFunction"):
        assert parts[f"fc-async-tasks:index:{part}"].endswith(f"{whole}::task")
    assert parts["alicloud:ram/role:Role"].endswith(f"{whole}$fc-async-tasks:index:TaskRole::task")
    cloud = [each for each in deployment.resources if each.type.startswith("alicloud:")]
    assert all(f"{whole}$fc-async-tasks:index:Task" in each.parent for each in cloud)


def test_every_argument_of_what_is_made_arrives(deploy: Deploy) -> None:
    args: dict[str, Any] = {
        **SETTINGS,
        "on_success": "acs:fc:::functions/next",
        "on_failure": "queue",
        "role_name": "runs",
        "policy": "least",
        "queue_name": "failures",
        "message_retention_period": 600,
        "log_project_name": "my-logs",
        "logstore_name": "lines",
        "log_retention_days": 3,
        "logging": True,
        "keep_data": True,
    }
    existing = {"role_arn", "existing_queue", "existing_log_project", "existing_logstore"}
    assert args.keys() == AsyncTaskArgs.__annotations__.keys() - existing - OTHERS

    deployment = deploy(lambda: outputs(AsyncTask("task", cast(AsyncTaskArgs, args))))

    function = dict(deployment.inputs("V3Function"))
    del function["code"]
    assert function == {
        **FUNCTION_INPUTS,
        "role": f"acs:ram::{ACCOUNT}:role/runs",
        "logConfig": {**LOG_CONFIG, "project": "my-logs", "logstore": "lines"},
    }
    assert deployment.inputs("V3Alias")["aliasName"] == "prod"
    assert deployment.inputs("V3ConcurrencyConfig")["reservedConcurrency"] == 5
    assert deployment.returned["version_id"] == "1"
    failures = f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/failures/messages"
    assert deployment.inputs("V3AsyncInvokeConfig") == {
        "functionName": "my-fc-job",
        "qualifier": "LATEST",
        "asyncTask": False,
        "maxAsyncEventAgeInSeconds": 3600,
        "maxAsyncRetryAttempts": 0,
        "destinationConfig": {
            "onSuccess": {"destination": "acs:fc:::functions/next"},
            "onFailure": {"destination": failures},
        },
    }
    assert deployment.inputs("ServiceQueue") == {
        "queueName": "failures",
        "messageRetentionPeriod": 600,
        "tags": {"team": "media"},
    }
    assert deployment.inputs("Store")["retentionPeriod"] == 3
    assert [each["Resource"] for each in statements(deployment)] == [
        [f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/next"],
        [failures],
        [f"acs:log:cn-hangzhou:{ACCOUNT}:project/my-logs/logstore/lines"],
        ["acs:oss:*:*:films", "acs:oss:*:*:films/raw/*"],
    ]
    for tagged in ("Role", "Policy", "ServiceQueue", "Project", "V3Function"):
        assert deployment.inputs(tagged)["tags"] == {"team": "media"}


def test_without_logging_there_are_no_logs_and_no_permission_for_them(deploy: Deploy) -> None:
    deployment = deploy(lambda: outputs(task(logging=False)))

    assert deployment.in_the_cloud() == sorted({*NINE} - {"Project", "Store", "StoreIndex"})
    assert "logConfig" not in deployment.inputs("V3Function")
    assert [each["Action"] for each in statements(deployment)] == [["mns:SendMessage"]]
    assert (deployment.returned["log_project"], deployment.returned["logstore"]) == ("", "")


def test_failure_only_sends_and_allows_one_side(deploy: Deploy) -> None:
    deployment = deploy(lambda: task(on_success="none"))

    assert deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"] == {
        "onFailure": {"destination": OF_THE_JOB}
    }
    assert statements(deployment)[0]["Resource"] == [OF_THE_JOB]


def test_a_queue_that_neither_side_goes_to_is_not_made(deploy: Deploy) -> None:
    topic = "acs:mns:::/topics/failures/messages"
    deployment = deploy(lambda: task(on_success="none", on_failure=topic).queue_name)

    assert deployment.of("ServiceQueue") == []
    assert deployment.returned == ""
    assert statements(deployment)[0]["Action"] == ["mns:PublishMessage"]


def test_policy_guide_and_system(deploy: Deploy) -> None:
    assert statements(deploy(lambda: task(policy="guide")))[0]["Resource"] == "*"
    assert deploy(lambda: task(policy="system")).in_the_cloud() == NINE[1:]


def test_an_explicit_provider_is_everybodys_and_asked_for_region_and_account(
    deploy: Deploy,
) -> None:
    def program() -> AsyncTask:
        provider = alicloud.Provider("elsewhere", region="cn-beijing")
        return AsyncTask("task", arguments(), pulumi.ResourceOptions(provider=provider))

    deployment = deploy(program, region="cn-beijing")

    cloud = [each for each in deployment.resources if each.type.startswith("alicloud:")]
    assert len(cloud) == 9
    assert all("::elsewhere::" in each.provider for each in cloud)
    assert deployment.calls
    assert all("::elsewhere::" in call.provider for call in deployment.calls)
    (queue,) = deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]["onFailure"].values()
    assert queue == f"acs:mns:cn-beijing:{ACCOUNT}:/queues/my-fc-job-results/messages"
    for statement in statements(deployment):
        assert statement["Resource"][0].split(":")[2:4] == ["cn-beijing", ACCOUNT]


def test_mounts_that_are_known_later_are_allowed_too(deploy: Deploy) -> None:
    def program() -> AsyncTask:
        mount = {"bucket_name": "films", "endpoint": "http://oss.example", "mount_dir": "/mnt/a"}
        return task(oss_mount_config=pulumi.Output.from_input({"mount_points": [mount]}))

    deployment = deploy(program)

    assert deployment.inputs("V3Function")["ossMountConfig"]["mountPoints"][0] == {
        "bucketName": "films",
        "endpoint": "http://oss.example",
        "mountDir": "/mnt/a",
    }
    *_, mounts = statements(deployment)
    assert mounts["Resource"] == ["acs:oss:*:*:films", "acs:oss:*:*:films/*"]
    assert "oss:PutObject" in mounts["Action"]


def test_a_first_preview_knows_everything_but_the_arns(deploy: Deploy) -> None:
    unknown = deploy(lambda: task().role_arn, preview=True)
    deployment = deploy(lambda: task().queue_name, preview=True)

    assert deployment.in_the_cloud() == NINE
    assert unknown.returned is None
    assert deployment.returned == "my-fc-job-results"
    assert OF_THE_JOB in deployment.inputs("Policy")["policyDocument"]
    assert deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]["onFailure"] == {
        "destination": OF_THE_JOB
    }


def test_a_name_that_is_known_later_names_everything(deploy: Deploy) -> None:
    deployment = deploy(lambda: task(function_name=pulumi.Output.from_input("later_job")))

    assert deployment.inputs("ServiceQueue")["queueName"] == "later-job-results"
    assert deployment.inputs("Role")["roleName"].startswith("later-job-")
    assert deployment.inputs("Project")["projectName"].startswith("later-job-")


def test_a_side_that_is_known_later_may_be_the_queue(deploy: Deploy) -> None:
    deployment = deploy(
        lambda: task(on_success="none", on_failure=pulumi.Output.from_input("queue"))
    )

    assert deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"] == {
        "onFailure": {"destination": OF_THE_JOB}
    }
