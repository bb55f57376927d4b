"""RAM 2015-05-01, STS 2015-04-01 and the one call of ECS: their calls and settings."""

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
        acts("Action", "with * and ?"),
        acts("Resource", "with * and ?"),
        acts("Principal", "of a trust policy: Service and RAM"),
        recorded(
            "Condition",
            "conditions are not evaluated: an Allow under one does not count, a "
            "Deny under one does",
        ),
    ),
)

TABLES = (RAM_CALLS, STS_CALLS, ECS_CALLS, POLICIES)
