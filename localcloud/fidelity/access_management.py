"""RAM 2015-05-01, STS 2015-04-01 and the one call of ECS: their calls and settings."""

from localcloud.account import REGION
from localcloud.fidelity import Table, acts, recorded, refused

RAM_CALLS = Table(
    "RAM: calls",
    (
        acts("CreateRole"),
        acts("GetRole"),
        acts("ListRoles"),
        acts("UpdateRole"),
        acts("DeleteRole", "refused while policies are attached, as at RAM"),
        acts("CreatePolicy"),
        acts("GetPolicy", "AliyunFCDefaultRolePolicy and other system policies too"),
        acts("ListPolicies"),
        acts("UpdatePolicyDescription"),
        acts("DeletePolicy"),
        acts("CreatePolicyVersion"),
        acts("GetPolicyVersion"),
        acts("ListPolicyVersions"),
        acts("SetDefaultPolicyVersion"),
        acts("DeletePolicyVersion"),
        acts("AttachPolicyToRole"),
        acts("DetachPolicyFromRole"),
        acts("ListPoliciesForRole"),
        acts("ListEntitiesForPolicy", "roles; there are no users and no groups"),
        acts("TagResources"),
        acts("UntagResources"),
        acts("ListTagResources"),
        refused("every other call", "there are no users, groups, keys or login profiles"),
    ),
)

STS_CALLS = Table(
    "STS: calls",
    (
        acts("AssumeRole", "where the role's trust policy allows it"),
        acts("GetCallerIdentity"),
        refused("every other call", "there is no federation"),
    ),
)

ECS_CALLS = Table(
    "ECS: calls",
    (
        acts("DescribeRegions", "the one region"),
        refused("every other call", "there are no machines"),
    ),
)

POLICIES = Table(
    "RAM: policy documents",
    (
        acts("Effect", "Allow and Deny; a Deny wins"),
        acts("Version", "1; every other one is refused, as at RAM"),
        acts("Action", "with * and ?"),
        acts("NotAction"),
        acts("Resource", "with * and ?"),
        acts("NotResource"),
        acts("Principal.Service", "of a trust policy"),
        acts("Principal.RAM", "of a trust policy"),
        recorded("Principal.Federated", "there is no federation: such a statement lets nobody in"),
        recorded(
            "Condition",
            "conditions are not evaluated: an Allow under one does not count, a "
            "Deny under one does",
        ),
    ),
)

ANY_CALL = (
    recorded("*.ClientToken", "a call that is sent again is a second call"),
    recorded("*.SourceIp", "no policy asks where a call comes from"),
    recorded("*.SecureTransport", "no policy asks how a call comes"),
    recorded("*.RegionId", "there is one region, whatever it is called", harmless=(REGION,)),
)
"""What clients add to any call of an RPC service."""

_NO_CONSOLE = "there is no console to log in to"
_NO_GROUPS = "policies are attached in the whole account: there are no resource groups"

PARAMETERS = Table(
    "RAM, STS and ECS: parameters that do not act",
    (
        *ANY_CALL,
        recorded("DescribeRegions.AcceptLanguage", "the one region has one name"),
        recorded("DescribeRegions.InstanceChargeType", "there are no machines"),
        recorded("DescribeRegions.ResourceType", "there are no machines"),
        refused("CreateRole.AllowConsoleLogin", _NO_CONSOLE),
        refused("UpdateRole.NewAllowConsoleLogin", _NO_CONSOLE),
        refused("ListRoles.Tag", "a list is of all roles"),
        refused("ListPolicies.Tag", "a list is of all policies"),
        refused("AttachPolicyToRole.ResourceGroupId", _NO_GROUPS),
        refused("DetachPolicyFromRole.ResourceGroupId", _NO_GROUPS),
        refused("AssumeRole.Policy", "a session may do what its role may, and cannot be narrowed"),
        refused(
            "AssumeRole.ExternalId", "it is for a Condition of a trust policy; none is evaluated"
        ),
        refused("AssumeRole.SourceIdentity", "nothing here keeps records of who did what"),
    ),
)

TABLES = (RAM_CALLS, STS_CALLS, ECS_CALLS, PARAMETERS, POLICIES)
