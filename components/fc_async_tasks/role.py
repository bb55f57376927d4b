"""TaskRole: the RAM role that a function runs as, its policy, and the two attached."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .account import current_account, current_region, unique_role_name
from .arguments import checked, half_a_logstore, refuse
from .destination import Statement, statement_for
from .mounts import OssMountPoint, oss_statements

SYSTEM_POLICY = "AliyunFCDefaultRolePolicy"
"""The policy that Alibaba Cloud keeps for functions: the guide's alternative to writing one."""


class TaskRoleArgs(TypedDict, total=False):
    """What a TaskRole is made of."""

    role_name: pulumi.Input[str]
    """Name of the role: 1 to 64 letters, digits, `.` and `-`. Default: this component's name and a
    hash of stack and region, as an account has one set of names for all regions."""
    policy: str
    """What the role may do. `least` (default): send to `destinations`, write to the logstore and
    use the mounts of OSS, nothing else; `guide`: the text of the guide, which has wildcards;
    `system`: the system policy AliyunFCDefaultRolePolicy."""
    destinations: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Destination ARNs (queue, topic or function) that `least` allows to send to; `none` allows
    nothing."""
    log_project: pulumi.Input[str]
    """Log Service project of the logstore that `least` allows to write to."""
    logstore: pulumi.Input[str]
    """Logstore that `least` allows to write to."""
    oss_mount_points: pulumi.Input[Sequence[pulumi.Input[OssMountPoint]]]
    """Mounts of OSS that `least` allows to read, and to write unless they are read-only: 1 to 5."""
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    """Tags on role and policy: up to 20."""


class TaskRole(pulumi.ComponentResource):
    """The RAM role of a task's function: Function Compute assumes it, one policy says for what.

    Follows "Grant Function Compute permissions to access other Alibaba Cloud services". Raises
    pulumi.RunError, with a sentence for each value that is refused.
    """

    role_arn: pulumi.Output[str]
    """ARN of the role. Whatever uses it waits until the policy is attached."""
    role_name: pulumi.Output[str]
    """Name of the role."""

    def __init__(
        self, name: str, args: TaskRoleArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskRole", name, None, opts)

        settings = checked(TaskRoleArgs, args, others=half_a_logstore(args))
        policy = settings.get("policy", "least")
        region = current_region(self)
        role_name = settings.get("role_name") or unique_role_name(region, name, name)
        tags = settings.get("tags")
        child = pulumi.ResourceOptions(parent=self)

        role = alicloud.ram.Role(
            name,
            role_name=role_name,
            description="Runs an asynchronous task of Function Compute",
            assume_role_policy_document=json.dumps(trust_policy()),
            tags=tags,
            opts=child,
        )
        if policy == "system":
            attachment = alicloud.ram.RolePolicyAttachment(
                name,
                role_name=role.role_name,
                policy_name=SYSTEM_POLICY,
                policy_type="System",
                opts=child,
            )
        else:
            document: pulumi.Output[str] = (
                pulumi.Output.from_input(json.dumps(guide_policy()))
                if policy == "guide"
                else self._least(settings, region)
            )
            written = alicloud.ram.Policy(
                name,
                policy_name=pulumi.Output.all(role.role_name, document).apply(
                    lambda known: policy_name(*known)
                ),
                description="What an asynchronous task of Function Compute may do",
                policy_document=document,
                # RAM keeps 5 versions of a policy and refuses a sixth change without this.
                rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded",
                tags=tags,
                opts=child,
            )
            attachment = alicloud.ram.RolePolicyAttachment(
                name,
                role_name=role.role_name,
                policy_name=written.policy_name,
                policy_type=written.type,
                opts=child,
            )

        # Not the attachment's id: a preview does not know it while another one is to be attached,
        # and would show a change of the function that is none.
        self.role_arn = pulumi.Output.all(role.arn, attachment.role_name).apply(
            lambda known: known[0]
        )
        self.role_name = role.role_name
        self.register_outputs({"roleArn": self.role_arn, "roleName": self.role_name})

    def _least(
        self, settings: Mapping[str, Any], region: "pulumi.Output[str]"
    ) -> "pulumi.Output[str]":
        destinations: pulumi.Output[list[str]] = pulumi.Output.from_input(
            settings.get("destinations", [])
        ).apply(lambda arns: pulumi.Output.all(*arns))
        known = pulumi.Output.all(
            region=region,
            account=current_account(self),
            destinations=destinations,
            log_project=settings.get("log_project"),
            logstore=settings.get("logstore"),
            oss_mount_points=settings.get("oss_mount_points", []),
        )
        return known.apply(lambda known: json.dumps(_least_policy_or_refuse(**known)))


def policy_name(role_name: str, document: str) -> str:
    """Give a policy its name: the role's, and 8 hexadecimal digits of the document's hash.

    So another document is another policy, attached before the former one is detached. Were it
    changed in place, a task that ends before the function's destinations are changed as well would
    be denied its former destination, and its message lost.
    """
    digits = hashlib.sha256(document.encode()).hexdigest()[:8]
    return f"{role_name.replace('.', '-')}-{digits}"


def trust_policy() -> "dict[str, object]":
    """Give the trust policy of a function's role: Function Compute may assume it."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["fc.aliyuncs.com"]},
    }
    return {"Version": "1", "Statement": [statement]}


def guide_policy() -> "dict[str, object]":
    """Give the policy of the guide, "Asynchronous tasks", word for word."""
    statement = {
        "Action": ["fc:InvokeFunction", "mns:SendMessage", "mns:PublishMessage", "log:*"],
        "Resource": "*",
        "Effect": "Allow",
    }
    return {"Version": "1", "Statement": [statement]}


def least_policy(
    region: str,
    account: str,
    destinations: Sequence[str],
    log_project: Optional[str] = None,
    logstore: Optional[str] = None,
    oss_mount_points: "Sequence[Mapping[str, Any]]" = (),
) -> "dict[str, object]":
    """Give the least that a task's function needs: to send its results, write its logs, use mounts.

    destinations are destination ARNs, of which `none` and repeated ones count for nothing. The
    action for logs is the one that the system policy has for them. Raises ValueError with one
    sentence for a destination that is none, and where nothing at all would be allowed.
    """
    to = dict.fromkeys(each for each in destinations if each != "none")
    statements = [statement_for(each, region, account) for each in to]
    if log_project and logstore:
        on = f"acs:log:{region}:{account}:project/{log_project}/logstore/{logstore}"
        writes: Statement = {
            "Effect": "Allow",
            "Action": ["log:PostLogStoreLogs"],
            "Resource": [on],
        }
        statements.append(writes)
    statements.extend(oss_statements(oss_mount_points))
    if not statements:
        raise ValueError(
            "policy is 'least' with neither a destination nor a logstore, which allows nothing: "
            "set destinations, or logProject and logstore, or another policy."
        )
    return {"Version": "1", "Statement": statements}


def _least_policy_or_refuse(
    region: str,
    account: str,
    destinations: Sequence[str],
    log_project: Optional[str],
    logstore: Optional[str],
    oss_mount_points: "Sequence[Mapping[str, Any]]",
) -> "dict[str, object]":
    try:
        return least_policy(region, account, destinations, log_project, logstore, oss_mount_points)
    except ValueError as error:
        refuse([str(error)])
        raise
