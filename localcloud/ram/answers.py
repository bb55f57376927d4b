"""Roles and policies as RAM's answers show them."""

from datetime import datetime, timezone
from typing import Any

from localcloud.ram.policies import PolicyInfo
from localcloud.ram.roles import role_arn
from localcloud.store.policies import PolicyVersion
from localcloud.store.roles import Role


def shown_time(ms: int) -> str:
    """A time as `2026-01-31T23:59:59Z`."""
    return datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def shown_role(role: Role) -> dict[str, Any]:
    """A role without its trust policy, as lists have it."""
    return {
        "RoleId": role.role_id,
        "RoleName": role.name,
        "Arn": role_arn(role.name),
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
        "CreateDate": shown_time(role.created),
        "UpdateDate": shown_time(role.updated),
    }


def shown_whole_role(role: Role) -> dict[str, Any]:
    """A role with its trust policy, as text just as it was set."""
    return {**shown_role(role), "AssumeRolePolicyDocument": role.trust_document}


def shown_policy(policy: PolicyInfo) -> dict[str, Any]:
    """A policy without its document."""
    return {
        "PolicyName": policy.name,
        "PolicyType": policy.policy_type,
        "Description": policy.description,
        "DefaultVersion": f"v{policy.default_version}",
        "AttachmentCount": policy.attachment_count,
        "CreateDate": shown_time(policy.created),
        "UpdateDate": shown_time(policy.updated),
    }


def shown_version(version: PolicyVersion, default: int) -> dict[str, Any]:
    """A policy's version with its document, as text just as it was set."""
    return {
        "VersionId": f"v{version.version}",
        "IsDefaultVersion": version.version == default,
        "PolicyDocument": version.document,
        "CreateDate": shown_time(version.created),
    }
