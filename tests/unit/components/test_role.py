"""TaskRole: who may assume the role, and what it may do."""

import json
import re

import pulumi
import pytest
from fc_async_tasks import OssMountPoint, TaskRole, TaskRoleArgs
from fc_async_tasks.role import least_policy

from tests.unit.components.deployment import Deploy

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"


def make(args: TaskRoleArgs) -> TaskRole:
    return TaskRole("role", args)


def test_function_compute_alone_may_assume_the_role(deploy: Deploy) -> None:
    deployment = deploy(lambda: make({"destinations": [QUEUE]}).role_arn)

    role = deployment.inputs("Role")
    assert json.loads(role["assumeRolePolicyDocument"]) == {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
    }
    assert deployment.returned == f"acs:ram::1234567890123456:role/{role['roleName']}"


def test_least_allows_this_queue_and_this_logstore_and_nothing_else(deploy: Deploy) -> None:
    def program() -> object:
        args: TaskRoleArgs = {
            "role_name": "runs.my-job",
            "destinations": [pulumi.Output.from_input(QUEUE), "none", QUEUE],
            "log_project": "logs",
            "logstore": "lines",
            "tags": {"team": "media"},
        }
        return make(args).role_name

    deployment = deploy(program)

    policy = deployment.inputs("Policy")
    assert json.loads(policy["policyDocument"]) == {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": ["mns:SendMessage"], "Resource": [QUEUE]},
            {
                "Effect": "Allow",
                "Action": ["log:PostLogStoreLogs"],
                "Resource": ["acs:log:cn-hangzhou:1234567890123456:project/logs/logstore/lines"],
            },
        ],
    }
    name = policy["policyName"]  # no dots, as a policy's name has none
    assert re.fullmatch(r"runs-my-job-[0-9a-f]{8}", name)
    assert policy["rotateStrategy"] == "DeleteOldestNonDefaultVersionWhenLimitExceeded"
    assert policy["tags"] == deployment.inputs("Role")["tags"] == {"team": "media"}
    assert deployment.inputs("RolePolicyAttachment") == {
        "roleName": "runs.my-job",
        "policyName": name,
        "policyType": "Custom",
    }
    assert deployment.in_the_cloud() == ["Policy", "Role", "RolePolicyAttachment"]
    assert deployment.returned == "runs.my-job"


@pytest.mark.parametrize(
    ("destination", "action", "resource"),
    [
        ("acs:mns:::/queues/q/messages", "mns:SendMessage", "acs:mns:r:1:/queues/q/messages"),
        ("acs:mns:x:2:/topics/t/messages", "mns:PublishMessage", "acs:mns:x:2:/topics/t/messages"),
        ("acs:fc:::functions/f", "fc:InvokeFunction", "acs:fc:r:1:functions/f"),
    ],
)
def test_each_kind_of_destination_has_its_action(
    destination: str, action: str, resource: str
) -> None:
    assert least_policy("r", "1", [destination])["Statement"] == [
        {"Effect": "Allow", "Action": [action], "Resource": [resource]}
    ]


def test_guide_is_the_text_of_the_guide(deploy: Deploy) -> None:
    deployment = deploy(lambda: make({"policy": "guide"}))

    assert json.loads(deployment.inputs("Policy")["policyDocument"]) == {
        "Version": "1",
        "Statement": [
            {
                "Action": [
                    "fc:InvokeFunction",
                    "mns:SendMessage",
                    "mns:PublishMessage",
                    "log:*",
                ],
                "Resource": "*",
                "Effect": "Allow",
            }
        ],
    }


def test_system_attaches_the_system_policy_and_makes_none(deploy: Deploy) -> None:
    deployment = deploy(lambda: make({"policy": "system", "role_name": "r"}))

    assert deployment.in_the_cloud() == ["Role", "RolePolicyAttachment"]
    assert deployment.inputs("RolePolicyAttachment") == {
        "roleName": "r",
        "policyName": "AliyunFCDefaultRolePolicy",
        "policyType": "System",
    }


def test_the_default_name_is_told_apart_by_stack_and_region_and_stays_the_same(
    deploy: Deploy,
) -> None:
    def name(stack: str, region: str) -> str:
        program = lambda: make({"policy": "system"}).role_name  # noqa: E731
        return deploy(program, stack=stack, region=region).returned

    names = {name("dev", "cn-hangzhou"), name("prod", "cn-hangzhou"), name("dev", "cn-beijing")}
    assert len(names) == 3
    assert all(each.startswith("role-") and len(each) <= 64 for each in names)
    assert name("dev", "cn-hangzhou") in names


def test_the_arn_waits_for_the_attachment(deploy: Deploy) -> None:
    async def dependencies(role: TaskRole) -> "set[str]":
        resources = await role.role_arn.resources()
        return {type(each).__name__ for each in resources}

    deployment = deploy(lambda: dependencies(make({"policy": "system"})))

    assert "RolePolicyAttachment" in deployment.returned


def test_a_preview_knows_the_policy_and_not_the_arn(deploy: Deploy) -> None:
    deployment = deploy(lambda: make({"destinations": [QUEUE]}).role_arn, preview=True)

    assert QUEUE in deployment.inputs("Policy")["policyDocument"]
    assert deployment.returned is None


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            {"policy": "most"},
            "policy is 'most': it must be one of least, guide, system.",
        ),
        (
            {"role_name": "my role"},
            "roleName is 'my role': it must be 1 to 64 letters, digits, . and -.",
        ),
        (
            {"log_project": "logs"},
            "logProject and logstore belong together: set both of them, or neither.",
        ),
        (
            {"destinations": ["none"]},
            "policy is 'least' with neither a destination nor a logstore, which allows nothing: "
            "set destinations, or logProject and logstore, or another policy.",
        ),
        (
            {"destinations": ["results"]},
            "'results' is no destination: it must be "
            "acs:mns:<region>:<account>:/queues/<queue>/messages, "
            "acs:mns:<region>:<account>:/topics/<topic>/messages or "
            "acs:fc:<region>:<account>:functions/<function>.",
        ),
        (
            {"polices": "least"},
            "'polices' is no argument of TaskRoleArgs: 'policy' is.",
        ),
    ],
)
def test_what_is_refused(deploy: Deploy, args: TaskRoleArgs, sentence: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: make(args))

    assert str(refused.value) == sentence


def test_mounts_of_oss_are_read_and_written_unless_they_are_read_only(deploy: Deploy) -> None:
    mount: OssMountPoint = {
        "bucket_name": "films",
        "bucket_path": "/raw/",
        "endpoint": "http://oss.example",
        "mount_dir": "/mnt/films",
    }
    args: TaskRoleArgs = {
        "oss_mount_points": [mount, {**mount, "bucket_name": "old", "read_only": True}]
    }
    deployment = deploy(lambda: make(args))

    policy = json.loads(deployment.inputs("Policy")["policyDocument"])
    reads = ["oss:ListObjects", "oss:GetObject"]
    writes = ["oss:PutObject", "oss:DeleteObject", "oss:ListParts", "oss:AbortMultipartUpload"]
    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": [*reads, *writes],
            "Resource": ["acs:oss:*:*:films", "acs:oss:*:*:films/raw/*"],
        },
        {
            "Effect": "Allow",
            "Action": reads,
            "Resource": ["acs:oss:*:*:old", "acs:oss:*:*:old/raw/*"],
        },
    ]


def test_a_policy_that_is_known_only_later_is_refused(deploy: Deploy) -> None:
    # Not for Python's type checker to find, where the arguments come from another language.
    def program() -> TaskRole:
        return make({"policy": pulumi.Output.from_input("least")})  # pyright: ignore

    with pytest.raises(pulumi.RunError, match=r"^policy is an output: it must be known when"):
        deploy(program)


def test_another_document_is_another_policy_and_the_same_one_the_same(deploy: Deploy) -> None:
    def name(queue: str) -> str:
        return deploy(lambda: make({"destinations": [queue]})).inputs("Policy")["policyName"]

    assert name(QUEUE) == name(QUEUE) != name(QUEUE.replace("results", "others"))
