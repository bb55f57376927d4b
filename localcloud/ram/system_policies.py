"""The policies of type System that exist without being made, as far as localcloud's services go."""

import json
from dataclasses import dataclass
from typing import Any

CREATED = 1446552000000  # ms; RAM's own are as old as RAM
VERSION = 1


@dataclass(frozen=True, slots=True)
class SystemPolicy:
    """A policy that Alibaba Cloud maintains: it can be attached and read, not changed."""

    name: str
    description: str
    document: str


def _policy(name: str, description: str, *statements: dict[str, Any]) -> SystemPolicy:
    document = {"Version": "1", "Statement": list(statements)}
    return SystemPolicy(name, description, json.dumps(document, indent=2))


def _allow(*actions: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions[0] if len(actions) == 1 else list(actions),
        "Resource": "*",
    }


# No document that was found gives the whole text of AliyunFCDefaultRolePolicy. This is what the
# guide has it stand in for (invoking, sending, publishing, logs), and FC's own for VPC and images.
_FC_DEFAULT_ROLE = (
    _allow("fc:InvokeFunction"),
    _allow("mns:SendMessage", "mns:PublishMessage"),
    _allow("eventbridge:PutEvents"),
    _allow("log:*"),
    _allow(
        "vpc:DescribeVSwitchAttributes",
        "vpc:DescribeVpcAttribute",
        "vpc:DescribeVSwitches",
    ),
    _allow(
        "ecs:CreateNetworkInterface",
        "ecs:DeleteNetworkInterface",
        "ecs:DescribeNetworkInterfaces",
        "ecs:CreateNetworkInterfacePermission",
        "ecs:DescribeNetworkInterfacePermissions",
        "ecs:DeleteNetworkInterfacePermission",
    ),
    _allow(
        "cr:GetRepository", "cr:GetRepositoryTag", "cr:GetAuthorizationToken", "cr:PullRepository"
    ),
)

_PASS_ROLE_TO_FC = _allow("ram:PassRole") | {
    "Condition": {"StringEquals": {"acs:Service": "fc.aliyuncs.com"}}
}

SYSTEM_POLICIES: dict[str, SystemPolicy] = {
    policy.name: policy
    for policy in (
        _policy("AdministratorAccess", "Manage every resource of the account", _allow("*")),
        _policy("AliyunFCDefaultRolePolicy", "What Function Compute needs", *_FC_DEFAULT_ROLE),
        _policy("AliyunFCFullAccess", "Manage functions", _allow("fc:*"), _PASS_ROLE_TO_FC),
        _policy("AliyunFCInvocationAccess", "Invoke functions", _allow("fc:InvokeFunction")),
        _policy("AliyunFCReadOnlyAccess", "Read functions", _allow("fc:Get*", "fc:List*")),
        _policy("AliyunLogFullAccess", "Manage Log Service", _allow("log:*")),
        _policy("AliyunLogReadOnlyAccess", "Read logs", _allow("log:Get*", "log:List*")),
        _policy("AliyunMNSFullAccess", "Manage queues and topics", _allow("mns:*")),
        _policy(
            "AliyunMNSReadOnlyAccess", "Read queues and topics", _allow("mns:Get*", "mns:List*")
        ),
        _policy("AliyunRAMFullAccess", "Manage RAM", _allow("ram:*")),
        _policy("AliyunRAMReadOnlyAccess", "Read RAM", _allow("ram:Get*", "ram:List*")),
        _policy("AliyunSTSAssumeRoleAccess", "Assume roles", _allow("sts:AssumeRole")),
        _policy("ReadOnlyAccess", "Read everything", _allow("*:Describe*", "*:List*", "*:Get*")),
    )
}
