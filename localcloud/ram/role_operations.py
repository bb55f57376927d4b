"""RAM's operations on roles, and on the tags of roles and policies."""

from typing import Any

from localcloud.account import ACCOUNT_ID
from localcloud.ram import attachments, roles, tags
from localcloud.ram.answers import shown_policy, shown_role, shown_time, shown_whole_role
from localcloud.ram.paging import PAGE, next_page, page_size
from localcloud.ram.recorded_settings import warn_of_trust_policy
from localcloud.store import ram_tags
from localcloud.store import roles as store
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters


def role_resource(parameters: RpcParameters) -> tuple[str, ...]:
    """The ARN of the role that a request names."""
    return (roles.role_arn(parameters.text("RoleName")),)


def _all_roles(_parameters: RpcParameters) -> tuple[str, ...]:
    return (f"acs:ram::{ACCOUNT_ID}:role/*",)


def _tagged(parameters: RpcParameters) -> tuple[str, ...]:
    kind = _kind(parameters)
    names = parameters.texts("ResourceNames") or ["*"]
    return tuple(
        roles.role_arn(name) if kind == "role" else f"acs:ram::{ACCOUNT_ID}:policy/{name}"
        for name in names
    )


def _create_role(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    role = roles.create_role(
        asked.tx,
        parameters.text("RoleName"),
        parameters.text("AssumeRolePolicyDocument"),
        asked.now,
        parameters.maybe("Description") or "",
        parameters.whole_number("MaxSessionDuration"),
        parameters.tags(),
    )
    warn_of_trust_policy(asked.tx, role.name, role.trust_document)
    return {"Role": shown_whole_role(role)}


def _get_role(asked: Asked) -> dict[str, Any]:
    role = roles.role_named(asked.tx, asked.parameters.text("RoleName"))
    return {"Role": shown_whole_role(role)}


def _update_role(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    role = roles.update_role(
        asked.tx,
        parameters.text("RoleName"),
        asked.now,
        parameters.maybe("NewAssumeRolePolicyDocument"),
        parameters.maybe("NewDescription"),
        parameters.whole_number("NewMaxSessionDuration"),
    )
    warn_of_trust_policy(asked.tx, role.name, role.trust_document)
    return {"Role": shown_whole_role(role)}


def _delete_role(asked: Asked) -> dict[str, Any]:
    roles.delete_role(asked.tx, asked.parameters.text("RoleName"))
    return {}


def _list_roles(asked: Asked) -> dict[str, Any]:
    size = page_size(asked.parameters)
    marker = asked.parameters.maybe("Marker") or ""
    found = store.list_roles(asked.tx, marker, size + 1)
    shown = [
        {**shown_role(role), "Tags": {"Tag": _shown_tags(asked, role.key)}} for role in found[:size]
    ]
    return {"Roles": {"Role": shown}, **next_page([role.key for role in found], size)}


def _shown_tags(asked: Asked, key: str) -> list[dict[str, str]]:
    own = ram_tags.tags_of(asked.tx, "role", key)
    return [{"TagKey": tag_key, "TagValue": value} for tag_key, value in own.items()]


def _list_policies_for_role(asked: Asked) -> dict[str, Any]:
    found = attachments.policies_for_role(asked.tx, asked.parameters.text("RoleName"))
    shown = [
        {**shown_policy(policy), "AttachDate": shown_time(attached)} for policy, attached in found
    ]
    for one in shown:
        del one["AttachmentCount"], one["CreateDate"], one["UpdateDate"]
    return {"Policies": {"Policy": shown}}


def _tag_resources(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    given = parameters.tags()
    if not given:
        raise parameters.invalid("Tag", "at least one tag is needed")
    tags.tag_resources(asked.tx, _kind(parameters), _names(parameters), given)
    return {}


def _untag_resources(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    # The provider sends the keys twice, as TagKey.N and as TagKeys in JSON.
    keys = parameters.texts("TagKeys") or parameters.texts("TagKey")
    tags.untag_resources(
        asked.tx,
        _kind(parameters),
        _names(parameters),
        None if parameters.flag("All") else keys,
    )
    return {}


def _list_tag_resources(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    kind = _kind(parameters)
    found = tags.list_tag_resources(
        asked.tx, kind, parameters.texts("ResourceNames"), parameters.tags()
    )
    size = page_size(parameters, "PageSize")
    begin = max(parameters.whole_number("NextToken") or 0, 0)
    listed = [
        {"ResourceType": kind, "ResourceName": name, "TagKey": key, "TagValue": value}
        for name, key, value in found[begin : begin + size]
    ]
    more = {"NextToken": str(begin + size)} if len(found) > begin + size else {}
    return {"TagResources": listed, **more}


def _kind(parameters: RpcParameters) -> str:
    kind = parameters.text("ResourceType")
    if kind not in tags.KINDS:
        raise parameters.invalid("ResourceType", f"it is {kind!r}, {tags.KINDS} are allowed")
    return kind


def _names(parameters: RpcParameters) -> list[str]:
    names = parameters.texts("ResourceNames")
    if not 1 <= len(names) <= 50:
        raise parameters.invalid("ResourceNames", f"{len(names)} are given, 1 to 50 are allowed")
    return names


_TAGGED = ("ResourceType", "ResourceNames")

OPERATIONS: dict[str, Operation] = {
    "CreateRole": Operation(
        ("RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tag"),
        role_resource,
        _create_role,
    ),
    "GetRole": Operation(("RoleName",), role_resource, _get_role, reads=True),
    "UpdateRole": Operation(
        ("RoleName", "NewAssumeRolePolicyDocument", "NewDescription", "NewMaxSessionDuration"),
        role_resource,
        _update_role,
    ),
    "DeleteRole": Operation(("RoleName",), role_resource, _delete_role),
    "ListRoles": Operation(PAGE, _all_roles, _list_roles, reads=True),
    "ListPoliciesForRole": Operation(
        ("RoleName",), role_resource, _list_policies_for_role, reads=True
    ),
    "TagResources": Operation((*_TAGGED, "Tag"), _tagged, _tag_resources),
    "UntagResources": Operation((*_TAGGED, "TagKeys", "TagKey", "All"), _tagged, _untag_resources),
    "ListTagResources": Operation(
        (*_TAGGED, "Tag", "NextToken", "PageSize"), _tagged, _list_tag_resources, reads=True
    ),
}
