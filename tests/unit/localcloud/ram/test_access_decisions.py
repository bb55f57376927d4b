"""May a role do it? What its attached policies say, taken together."""

import json
from typing import Any

import pytest

from localcloud.account import ROOT, Caller
from localcloud.ram import attachments, policies, roles
from localcloud.ram.access import may, require, trusts, trusts_caller
from localcloud.ram.system_policies import SYSTEM_POLICIES
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/orders/messages"
ROLE = "acs:ram::1234567890123456:role/job"


def trust(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    principal = {"Service": ["fc.aliyuncs.com"]}
    return {"Effect": effect, "Action": "sts:AssumeRole", "Principal": principal, **more}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


@pytest.fixture(autouse=True)
def _role(tx: Transaction) -> None:  # pyright: ignore[reportUnusedFunction]
    roles.create_role(tx, "Job", document(trust()), 0)


def attach(tx: Transaction, name: str, *statements: dict[str, Any]) -> None:
    policies.create_policy(tx, name, document(*statements), 0)
    attachments.attach_policy_to_role(tx, "Custom", name, "job", 0)


CONDITION = {"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([allow("mns:SendMessage", QUEUE)], True),
        ([allow("mns:*")], True),
        ([allow("*")], True),
        ([allow("mns:SendMessage", QUEUE + "2")], False),
        ([allow("mns:ReceiveMessage", QUEUE)], False),
        ([allow("mns:*"), deny("mns:SendMessage", QUEUE)], False),
        ([deny("mns:SendMessage", QUEUE), allow("mns:*")], False),
        ([allow("mns:*"), deny("mns:DeleteMessage")], True),
        ([allow("mns:*", Condition=CONDITION)], False),
        ([allow("mns:*", Condition=CONDITION), allow("mns:SendMessage")], True),
        ([allow("mns:*"), deny("mns:*", Condition=CONDITION)], False),
        ([allow("mns:*", Condition={})], True),
    ],
)
def test_a_deny_wins_then_an_allow_and_the_rest_is_denied(
    tx: Transaction, statements: list[dict[str, Any]], allowed: bool
) -> None:
    for number, statement in enumerate(statements):
        attach(tx, f"policy-{number}", statement)
    assert may(tx, ROLE, "mns:SendMessage", QUEUE).allowed is allowed


def test_the_reason_names_role_action_resource_and_policy(tx: Transaction) -> None:
    attach(tx, "allowing", allow("mns:*"))
    attach(tx, "denying", deny("mns:DeleteQueue"))
    for action, policy in (("mns:SendMessage", "allowing"), ("mns:DeleteQueue", "denying")):
        reason = may(tx, ROLE, action, QUEUE).reason
        for part in (ROLE, action, QUEUE, policy):
            assert part in reason


def test_an_ignored_condition_is_told(tx: Transaction) -> None:
    attach(tx, "conditional", allow("mns:*", Condition=CONDITION))
    reason = may(tx, ROLE, "mns:SendMessage", QUEUE).reason
    assert "conditional" in reason
    assert "Condition" in reason


def test_the_default_version_counts(tx: Transaction) -> None:
    attach(tx, "versioned", allow("log:*"))
    version = policies.create_version(tx, "versioned", document(allow("mns:*")), 0)
    assert not may(tx, ROLE, "mns:SendMessage", QUEUE).allowed
    policies.set_default_version(tx, "versioned", f"v{version.version}", 0)
    assert may(tx, ROLE, "mns:SendMessage", QUEUE).allowed


def test_a_detached_policy_no_longer_counts(tx: Transaction) -> None:
    attach(tx, "detached", allow("mns:*"))
    attachments.detach_policy_from_role(tx, "Custom", "detached", "job")
    assert not may(tx, ROLE, "mns:SendMessage", QUEUE).allowed


@pytest.mark.parametrize(
    ("policy", "action", "allowed"),
    [
        ("AliyunFCDefaultRolePolicy", "mns:SendMessage", True),
        ("AliyunFCDefaultRolePolicy", "mns:PublishMessage", True),
        ("AliyunFCDefaultRolePolicy", "fc:InvokeFunction", True),
        ("AliyunFCDefaultRolePolicy", "log:PostLogStoreLogs", True),
        ("AliyunFCDefaultRolePolicy", "mns:DeleteQueue", False),
        ("AliyunMNSFullAccess", "mns:DeleteQueue", True),
        ("AliyunMNSFullAccess", "log:PostLogStoreLogs", False),
        ("AliyunLogFullAccess", "log:PostLogStoreLogs", True),
        ("AliyunFCFullAccess", "fc:InvokeFunction", True),
        ("AdministratorAccess", "anything:AtAll", True),
        ("ReadOnlyAccess", "mns:GetQueueAttributes", True),
        ("ReadOnlyAccess", "mns:SendMessage", False),
    ],
)
def test_system_policies_count_as_they_say(
    tx: Transaction, policy: str, action: str, allowed: bool
) -> None:
    attachments.attach_policy_to_role(tx, "System", policy, "job", 0)
    assert may(tx, ROLE, action, QUEUE).allowed is allowed


def test_every_system_policy_is_a_valid_document(tx: Transaction) -> None:
    for name in SYSTEM_POLICIES:
        attachments.attach_policy_to_role(tx, "System", name, "job", 0)
    assert may(tx, ROLE, "mns:SendMessage", QUEUE).allowed


@pytest.mark.parametrize(
    "arn",
    [
        "acs:ram::1234567890123456:role/nobody",
        "acs:ram::9999999999999999:role/job",
        "acs:ram::1234567890123456:user/job",
        "job",
        "",
    ],
)
def test_a_role_that_does_not_exist_may_do_nothing_and_trusts_nobody(
    tx: Transaction, arn: str
) -> None:
    assert not may(tx, arn, "mns:SendMessage", QUEUE).allowed
    assert not trusts(tx, arn).allowed


def test_an_arn_is_read_without_regard_to_case(tx: Transaction) -> None:
    attach(tx, "any", allow("mns:*"))
    assert may(tx, "acs:ram::1234567890123456:role/JOB", "mns:SendMessage", QUEUE).allowed


def test_the_account_passes_and_a_session_is_asked(tx: Transaction) -> None:
    require(tx, ROOT, "mns:SendMessage", QUEUE)
    session = Caller("STS.x", "acs:ram::1234567890123456:assumed-role/job/s", "3:s", ROLE)
    with pytest.raises(Refusal) as raised:
        require(tx, session, "mns:SendMessage", QUEUE)
    assert (raised.value.code, raised.value.status) == ("NoPermission", 403)
    attach(tx, "send", allow("mns:SendMessage", QUEUE))
    require(tx, session, "mns:SendMessage", QUEUE)


@pytest.mark.parametrize(
    ("statements", "trusted"),
    [
        ([trust()], True),
        ([trust(Principal={"Service": "FC.aliyuncs.com"})], True),
        ([trust(Principal={"Service": ["log.aliyuncs.com"]})], False),
        ([trust(Principal={"RAM": ["acs:ram::1234567890123456:root"]})], False),
        ([trust(Action="sts:GetCallerIdentity")], False),
        ([trust(Action="*")], True),
        ([trust(), trust("Deny")], False),
        ([trust(Condition={"StringEquals": {"sts:ExternalId": "x"}})], False),
        ([trust(Principal={"Service": ["log.aliyuncs.com", "fc.aliyuncs.com"]})], True),
    ],
)
def test_a_service_may_assume_the_roles_that_trust_it(
    tx: Transaction, statements: list[dict[str, Any]], trusted: bool
) -> None:
    roles.update_role(tx, "job", 0, trust_document=document(*statements))
    decision = trusts(tx, ROLE, "fc.aliyuncs.com")
    assert decision.allowed is trusted
    assert ROLE in decision.reason


def test_a_role_that_trusts_a_service_does_not_trust_the_account(tx: Transaction) -> None:
    assert not trusts_caller(tx, ROLE, ROOT).allowed
