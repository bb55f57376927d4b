"""RAM's operations on policies, their versions and attachments."""

from typing import Any

from localcloud.account import ACCOUNT_ID
from localcloud.ram import attachments, policies
from localcloud.ram.answers import shown_policy, shown_role, shown_time, shown_version
from localcloud.ram.paging import PAGE, next_page, page_size
from localcloud.ram.recorded_settings import warn_of_policy
from localcloud.ram.role_operations import role_resource
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters


def _policy(parameters: RpcParameters) -> tuple[str, ...]:
    owner = "system" if parameters.maybe("PolicyType") == "System" else ACCOUNT_ID
    return (f"acs:ram::{owner}:policy/{parameters.text('PolicyName')}",)


def _policy_and_role(parameters: RpcParameters) -> tuple[str, ...]:
    return (*_policy(parameters), *role_resource(parameters))


def _all_policies(_parameters: RpcParameters) -> tuple[str, ...]:
    return (f"acs:ram::{ACCOUNT_ID}:policy/*",)


def _create_policy(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    policy = policies.create_policy(
        asked.tx,
        parameters.text("PolicyName"),
        parameters.text("PolicyDocument"),
        asked.now,
        parameters.maybe("Description") or "",
        parameters.tags(),
    )
    warn_of_policy(asked.tx, policy.name, parameters.text("PolicyDocument"))
    return {"Policy": shown_policy(policy)}


def _get_policy(asked: Asked) -> dict[str, Any]:
    kind = _type(asked.parameters)
    policy = policies.policy_named(asked.tx, kind, asked.parameters.text("PolicyName"))
    default = f"v{policy.default_version}"
    version = policies.version_named(asked.tx, kind, policy.name, default)
    return {
        "Policy": shown_policy(policy),
        "DefaultPolicyVersion": shown_version(version, policy.default_version),
    }


def _list_policies(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    kind = parameters.maybe("PolicyType") or None
    if kind is not None:
        kind = _type(parameters)
    size = page_size(parameters)
    found = policies.list_policies(asked.tx, kind, parameters.maybe("Marker") or "", size + 1)
    markers = [f"{policy.policy_type}/{policy.name}" for policy in found]
    return {
        "Policies": {"Policy": [shown_policy(policy) for policy in found[:size]]},
        **next_page(markers, size),
    }


def _update_description(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    name = parameters.text("PolicyName")
    description = parameters.maybe("NewDescription") or ""
    policies.update_policy_description(asked.tx, name, description, asked.now)
    return {"Policy": shown_policy(policies.policy_named(asked.tx, "Custom", name))}


def _delete_policy(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    cascading = bool(parameters.flag("CascadingDelete"))
    policies.delete_policy(asked.tx, parameters.text("PolicyName"), cascading)
    return {}


def _create_version(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    name = parameters.text("PolicyName")
    version = policies.create_version(
        asked.tx,
        name,
        parameters.text("PolicyDocument"),
        asked.now,
        bool(parameters.flag("SetAsDefault")),
        parameters.maybe("RotateStrategy") or "None",
    )
    warn_of_policy(asked.tx, name, parameters.text("PolicyDocument"))
    return {"PolicyVersion": shown_version(version, _default(asked, "Custom", name))}


def _get_version(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    kind, name = _type(parameters), parameters.text("PolicyName")
    version = policies.version_named(asked.tx, kind, name, parameters.text("VersionId"))
    return {"PolicyVersion": shown_version(version, _default(asked, kind, name))}


def _list_versions(asked: Asked) -> dict[str, Any]:
    kind, name = _type(asked.parameters), asked.parameters.text("PolicyName")
    default = _default(asked, kind, name)
    shown = [shown_version(one, default) for one in policies.versions_of(asked.tx, kind, name)]
    return {"PolicyVersions": {"PolicyVersion": shown}}


def _delete_version(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    policies.delete_version(asked.tx, parameters.text("PolicyName"), parameters.text("VersionId"))
    return {}


def _set_default_version(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    policies.set_default_version(
        asked.tx, parameters.text("PolicyName"), parameters.text("VersionId"), asked.now
    )
    return {}


def _attach(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    attachments.attach_policy_to_role(
        asked.tx,
        _type(parameters),
        parameters.text("PolicyName"),
        parameters.text("RoleName"),
        asked.now,
    )
    return {}


def _detach(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    attachments.detach_policy_from_role(
        asked.tx, _type(parameters), parameters.text("PolicyName"), parameters.text("RoleName")
    )
    return {}


def _list_entities(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    found = attachments.roles_for_policy(asked.tx, _type(parameters), parameters.text("PolicyName"))
    shown = [{**shown_role(role), "AttachDate": shown_time(attached)} for role, attached in found]
    return {"Users": {"User": []}, "Groups": {"Group": []}, "Roles": {"Role": shown}}


def _default(asked: Asked, kind: str, name: str) -> int:
    return policies.policy_named(asked.tx, kind, name).default_version


def _type(parameters: RpcParameters) -> str:
    kind = parameters.text("PolicyType")
    if kind not in ("Custom", "System"):
        raise parameters.invalid("PolicyType", f"it is {kind!r}, Custom and System are allowed")
    return kind


_TYPED = ("PolicyType", "PolicyName")
_VERSIONED = ("PolicyName", "VersionId")

OPERATIONS: dict[str, Operation] = {
    "CreatePolicy": Operation(
        ("PolicyName", "PolicyDocument", "Description", "Tag"), _policy, _create_policy
    ),
    "GetPolicy": Operation(_TYPED, _policy, _get_policy, reads=True),
    "ListPolicies": Operation(("PolicyType", *PAGE), _all_policies, _list_policies, reads=True),
    "UpdatePolicyDescription": Operation(
        ("PolicyName", "NewDescription"), _policy, _update_description
    ),
    "DeletePolicy": Operation(("PolicyName", "CascadingDelete"), _policy, _delete_policy),
    "CreatePolicyVersion": Operation(
        ("PolicyName", "PolicyDocument", "SetAsDefault", "RotateStrategy"), _policy, _create_version
    ),
    "GetPolicyVersion": Operation((*_TYPED, "VersionId"), _policy, _get_version, reads=True),
    "ListPolicyVersions": Operation(_TYPED, _policy, _list_versions, reads=True),
    "DeletePolicyVersion": Operation(_VERSIONED, _policy, _delete_version),
    "SetDefaultPolicyVersion": Operation(_VERSIONED, _policy, _set_default_version),
    "AttachPolicyToRole": Operation((*_TYPED, "RoleName"), _policy_and_role, _attach),
    "DetachPolicyFromRole": Operation((*_TYPED, "RoleName"), _policy_and_role, _detach),
    "ListEntitiesForPolicy": Operation(_TYPED, _policy, _list_entities, reads=True),
}
