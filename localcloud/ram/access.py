"""May a role do this? Trust policies and attached policies, evaluated as RAM does.

The order of https://www.alibabacloud.com/help/en/ram/user-guide/policy-evaluation-process: a Deny
wins, then an Allow, and what nobody allowed is denied.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from localcloud.account import ACCOUNT_ID, Caller
from localcloud.ram.policy_document import Statement, parse_policy, parse_trust_policy
from localcloud.ram.system_policies import SYSTEM_POLICIES
from localcloud.refusal import Refusal
from localcloud.store import policy_attachments, roles
from localcloud.store.database import Transaction

_ROLE_ARN_START = f"acs:ram::{ACCOUNT_ID}:role/"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, and a sentence that says why, naming role, action and resource."""

    allowed: bool
    reason: str


def role_of(tx: Transaction, role_arn: str) -> roles.Role | None:
    """The role of this account that an ARN names."""
    if not role_arn.lower().startswith(_ROLE_ARN_START):
        return None
    return roles.find_role(tx, role_arn[len(_ROLE_ARN_START) :])


def may(tx: Transaction, role_arn: str, action: str, resource: str) -> Decision:
    """Whether the role's attached policies let it do `action` (`mns:SendMessage`) to `resource`.

    `resource` is a whole ARN, such as
    `acs:mns:cn-hangzhou:1234567890123456:/queues/orders/messages`.
    """
    deed = f"{action} on {resource}"
    role = role_of(tx, role_arn)
    if role is None:
        return Decision(False, f"{role_arn} may not do {deed}: the role does not exist")
    allowed_by = ""
    ignored = ""
    for attachment in policy_attachments.attachments_of_role(tx, role.key):
        name = attachment.policy_name
        for statement in parse_policy(_document(attachment)):
            if not statement.speaks_of(action, resource):
                continue
            if not statement.allows:
                return Decision(False, f"{role_arn} may not do {deed}: policy {name} denies it")
            if statement.conditional:
                ignored = name
            else:
                allowed_by = allowed_by or name
    if allowed_by:
        return Decision(True, f"{role_arn} may do {deed}: policy {allowed_by} allows it")
    why = "no attached policy allows it"
    if ignored:
        why += (
            f" (policy {ignored} does under a Condition, which localcloud does not evaluate"
            " and takes as not met)"
        )
    return Decision(False, f"{role_arn} may not do {deed}: {why}")


def require(tx: Transaction, caller: Caller, action: str, resource: str) -> None:
    """Let the account itself pass, and a role session whose role may; refuse any other.

    Raises Refusal NoPermission with status 403.
    """
    if caller.role_arn is None:
        return
    decision = may(tx, caller.role_arn, action, resource)
    if not decision.allowed:
        raise Refusal("NoPermission", decision.reason, 403)


def trusts(tx: Transaction, role_arn: str, service: str = "fc.aliyuncs.com") -> Decision:
    """Whether a role's trust policy lets a service of Alibaba Cloud assume it."""
    return _trust(tx, role_arn, "Service", (service.lower(),), service)


def trusts_caller(tx: Transaction, role_arn: str, caller: Caller) -> Decision:
    """Whether a role's trust policy lets this caller assume it.

    The account's root as principal stands for everyone in the account, as in RAM: a role session
    then still needs sts:AssumeRole from its own policies.
    """
    names = [f"acs:ram::{ACCOUNT_ID}:root", ACCOUNT_ID, "*"]
    if caller.role_arn is not None:
        names.append(caller.role_arn.lower())
    return _trust(tx, role_arn, "RAM", names, caller.arn)


def _trust(tx: Transaction, role_arn: str, kind: str, names: Iterable[str], who: str) -> Decision:
    role = role_of(tx, role_arn)
    if role is None:
        return Decision(False, f"{who} may not assume {role_arn}: the role does not exist")
    allowed = False
    ignored = False
    for statement in parse_trust_policy(role.trust_document):
        if not statement.speaks_of("sts:AssumeRole", "*") or not _names(statement, kind, names):
            continue
        if not statement.allows:
            return Decision(False, f"{who} may not assume {role_arn}: its trust policy denies it")
        if statement.conditional:
            ignored = True
        else:
            allowed = True
    if allowed:
        return Decision(True, f"{who} may assume {role_arn}: its trust policy names it")
    why = "its trust policy does not name it"
    if ignored:
        why = (
            "its trust policy names it under a Condition, which localcloud does not evaluate"
            " and takes as not met"
        )
    return Decision(False, f"{who} may not assume {role_arn}: {why}")


def _names(statement: Statement, kind: str, names: Iterable[str]) -> bool:
    principals = (statement.principals or {}).get(kind, ())
    return any(principal.lower() in names for principal in principals)


def _document(attachment: policy_attachments.Attachment) -> str:
    if attachment.document is not None:
        return attachment.document
    return SYSTEM_POLICIES[attachment.policy_name].document
