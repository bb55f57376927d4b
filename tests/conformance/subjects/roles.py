"""Roles, policies and who is calling: RAM and STS."""

import json
from typing import Any

from alibabacloud_ram20150501 import models

from tests.conformance.run import Run

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Action": "sts:AssumeRole",
                "Effect": "Allow",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
    }
)
"""The trust policy of a function's role."""


def make_role(run: Run, name: str) -> Any:
    """CreateRole of a role that Function Compute may assume; it is removed at the end."""
    run.make(
        f"role {name}",
        lambda: run.side.ram.delete_role(models.DeleteRoleRequest(role_name=name)),
    )
    return run.side.ram.create_role(
        models.CreateRoleRequest(role_name=name, assume_role_policy_document=TRUST)
    )


def make_policy(run: Run, name: str, actions: list[str], resource: str = "*") -> Any:
    """CreatePolicy of a policy with one statement; it is removed at the end."""
    run.make(
        f"policy {name}",
        lambda: run.side.ram.delete_policy(models.DeletePolicyRequest(policy_name=name)),
    )
    statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return run.side.ram.create_policy(
        models.CreatePolicyRequest(
            policy_name=name, policy_document=json.dumps({"Version": "1", "Statement": [statement]})
        )
    )


def attach(run: Run, role: str, policy: str) -> Any:
    """AttachPolicyToRole; detached at the end."""
    three = {"policy_type": "Custom", "policy_name": policy, "role_name": role}
    run.make(
        f"attachment of {policy}",
        lambda: run.side.ram.detach_policy_from_role(models.DetachPolicyFromRoleRequest(**three)),
    )
    return run.side.ram.attach_policy_to_role(models.AttachPolicyToRoleRequest(**three))


def roles(run: Run) -> None:
    """Make, read, refuse and list, as RAM tells it."""
    ram, role, policy = run.side.ram, run.name("role"), run.name("policy")
    get = models.GetRoleRequest(role_name=role)
    run.see("GetCallerIdentity", run.side.sts.get_caller_identity)
    run.see("GetRole of none", lambda: ram.get_role(get))
    run.need("CreateRole", lambda: make_role(run, role))
    run.see("CreateRole again", lambda: make_role(run, role))
    run.see("GetRole", lambda: ram.get_role(get))
    run.see(
        "CreateRole with a trust policy that is none",
        lambda: ram.create_role(
            models.CreateRoleRequest(role_name=run.name("bad"), assume_role_policy_document="{}")
        ),
    )
    run.need("CreatePolicy", lambda: make_policy(run, policy, ["mns:SendMessage"]))
    run.see("CreatePolicy again", lambda: make_policy(run, policy, ["mns:SendMessage"]))
    run.see(
        "CreatePolicy that is none",
        lambda: ram.create_policy(
            models.CreatePolicyRequest(policy_name=run.name("bad"), policy_document="{}")
        ),
    )
    run.see(
        "GetPolicy",
        lambda: ram.get_policy(models.GetPolicyRequest(policy_name=policy, policy_type="Custom")),
    )
    run.need("AttachPolicyToRole", lambda: attach(run, role, policy))
    run.see("AttachPolicyToRole again", lambda: attach(run, role, policy))
    run.see(
        "ListPoliciesForRole",
        lambda: ram.list_policies_for_role(models.ListPoliciesForRoleRequest(role_name=role)),
    )
    run.see(
        "DeleteRole with a policy attached",
        lambda: ram.delete_role(models.DeleteRoleRequest(role_name=role)),
    )
    run.see(
        "DeletePolicy that is attached",
        lambda: ram.delete_policy(models.DeletePolicyRequest(policy_name=policy)),
    )
