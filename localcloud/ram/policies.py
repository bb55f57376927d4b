"""RAM policies, custom and system, and the versions of custom ones.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createpolicy
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from localcloud.ram.policy_document import LONGEST_DOCUMENT, MalformedDocument, parse_policy
from localcloud.ram.roles import checked_description
from localcloud.ram.system_policies import CREATED, SYSTEM_POLICIES
from localcloud.refusal import Refusal
from localcloud.store import policies as store
from localcloud.store import policy_attachments, ram_tags
from localcloud.store.database import Transaction
from localcloud.store.policies import PolicyVersion

MOST_POLICIES = 1500
MOST_VERSIONS = 5
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"

_NAME = re.compile(r"[A-Za-z0-9\-]+")
_VERSION = re.compile(r"v([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class PolicyInfo:
    """A policy of either type. `created` and `updated` in ms."""

    name: str
    policy_type: str
    description: str
    default_version: int
    attachment_count: int
    created: int
    updated: int


def create_policy(
    tx: Transaction,
    name: str,
    document: str,
    now: int,
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> PolicyInfo:
    """Make a custom policy with version v1.

    Raises Refusal EntityAlreadyExists.Policy (a system policy's name is taken too),
    InvalidParameter.*, MalformedPolicyDocument, LimitExceeded.Policy.
    """
    if len(name) > 128 or not _NAME.fullmatch(name):
        raise Refusal(
            "InvalidParameter.PolicyName.Length"
            if len(name) > 128
            else "InvalidParameter.PolicyName.InvalidChars",
            f"PolicyName {name!r} is not valid: 1 to 128 letters, digits and '-'.",
        )
    if name in SYSTEM_POLICIES or store.find_policy(tx, name) is not None:
        raise Refusal("EntityAlreadyExists.Policy", f"The policy {name!r} already exists.", 409)
    if store.count_policies(tx) >= MOST_POLICIES:
        raise Refusal(
            "LimitExceeded.Policy",
            f"The account has {MOST_POLICIES} custom policies, which is the limit.",
            409,
        )
    store.add_policy(tx, name, checked_description(description), _checked(document), now)
    for key, value in (tags or {}).items():
        ram_tags.set_tag(tx, "policy", name, key, value)
    return policy_named(tx, "Custom", name)


def policy_named(tx: Transaction, policy_type: str, name: str) -> PolicyInfo:
    """A policy of type Custom or System. Raises Refusal EntityNotExist.Policy."""
    if policy_type == "System":
        system = SYSTEM_POLICIES.get(name)
        if system is None:
            raise Refusal(
                "EntityNotExist.Policy",
                f"localcloud has no system policy {name!r}; it has {', '.join(SYSTEM_POLICIES)}.",
                404,
            )
        attached = policy_attachments.count_attachments(tx, "System", name)
        return PolicyInfo(name, "System", system.description, 1, attached, CREATED, CREATED)
    policy = store.find_policy(tx, name)
    if policy is None:
        raise Refusal("EntityNotExist.Policy", f"The policy {name!r} does not exist.", 404)
    return PolicyInfo(
        name,
        "Custom",
        policy.description,
        policy.default_version,
        policy_attachments.count_attachments(tx, "Custom", name),
        policy.created,
        policy.updated,
    )


def list_policies(
    tx: Transaction, policy_type: str | None, after: str, most: int
) -> list[PolicyInfo]:
    """Up to `most` policies behind the marker `after`: custom ones by name, then system ones.

    The marker of a policy is its type and name with a slash between, "" is the beginning.
    """
    found: list[PolicyInfo] = []
    kind, _, last = after.partition("/")
    if policy_type != "System" and kind != "System":
        found += [
            policy_named(tx, "Custom", policy.name)
            for policy in store.list_policies(tx, last, most)
        ]
        last = ""
    if policy_type != "Custom" and len(found) < most:
        names = sorted(name for name in SYSTEM_POLICIES if name > last)
        found += [policy_named(tx, "System", name) for name in names[: most - len(found)]]
    return found


def update_policy_description(tx: Transaction, name: str, description: str, now: int) -> None:
    """Change a custom policy's description. Raises Refusal EntityNotExist.Policy."""
    policy_named(tx, "Custom", name)
    store.change_policy_description(tx, name, checked_description(description), now)


def delete_policy(tx: Transaction, name: str, cascading: bool) -> None:
    """Delete a custom policy; with `cascading` its versions other than the default go with it.

    Raises Refusal EntityNotExist.Policy, DeleteConflict.Role.Policy while it is attached,
    DeleteConflict.Policy.Version.
    """
    policy = policy_named(tx, "Custom", name)
    if policy.attachment_count:
        roles = [role.name for role, _ in policy_attachments.roles_with_policy(tx, "Custom", name)]
        raise Refusal(
            "DeleteConflict.Role.Policy",
            f"The policy {name!r} is attached to roles: detach it from {', '.join(roles)} first.",
            409,
        )
    if not cascading and len(store.list_versions(tx, name)) > 1:
        raise Refusal(
            "DeleteConflict.Policy.Version",
            f"The policy {name!r} has versions beside the default one: delete them first, or use"
            " CascadingDelete.",
            409,
        )
    store.remove_policy(tx, name)


def create_version(
    tx: Transaction,
    name: str,
    document: str,
    now: int,
    set_as_default: bool = False,
    rotate_strategy: str = "None",
) -> PolicyVersion:
    """Add a version to a custom policy.

    A policy has up to 5; the sixth is refused with LimitExceeded.Policy.Version, unless
    `rotate_strategy` lets the oldest one that is not the default go for it.
    """
    policy = policy_named(tx, "Custom", name)
    if rotate_strategy not in ("None", ROTATE):
        raise Refusal(
            "InvalidParameter.RotateStrategy",
            f"RotateStrategy is {rotate_strategy!r}; None and {ROTATE} are allowed.",
        )
    checked = _checked(document)
    versions = store.list_versions(tx, name)
    if len(versions) >= MOST_VERSIONS:
        if rotate_strategy == "None":
            raise Refusal(
                "LimitExceeded.Policy.Version",
                f"The policy {name!r} has {MOST_VERSIONS} versions, which is the limit: delete one"
                f" first, or use RotateStrategy {ROTATE}.",
                409,
            )
        oldest = next(one for one in versions if one.version != policy.default_version)
        store.remove_version(tx, name, oldest.version)
    version = store.add_version(tx, name, checked, now)
    if set_as_default:
        store.set_default_version(tx, name, version.version, now)
    return version


def version_named(tx: Transaction, policy_type: str, name: str, version_id: str) -> PolicyVersion:
    """One version (`v1`). Raises Refusal EntityNotExist.Policy, EntityNotExist.Policy.Version."""
    policy_named(tx, policy_type, name)
    for version in versions_of(tx, policy_type, name):
        if version.version == _number(version_id):
            return version
    raise Refusal(
        "EntityNotExist.Policy.Version",
        f"The policy {name!r} has no version {version_id!r}.",
        404,
    )


def versions_of(tx: Transaction, policy_type: str, name: str) -> list[PolicyVersion]:
    """Every version of a policy. Raises Refusal EntityNotExist.Policy."""
    policy_named(tx, policy_type, name)
    if policy_type == "System":
        return [PolicyVersion(name, 1, SYSTEM_POLICIES[name].document, CREATED)]
    return store.list_versions(tx, name)


def delete_version(tx: Transaction, name: str, version_id: str) -> None:
    """Delete a version. Raises DeleteConflict.Policy.Version.Default for the default one."""
    version = version_named(tx, "Custom", name, version_id)
    if version.version == policy_named(tx, "Custom", name).default_version:
        raise Refusal(
            "DeleteConflict.Policy.Version.Default",
            f"{version_id} is the default version of the policy {name!r}: make another one the"
            " default first.",
            409,
        )
    store.remove_version(tx, name, version.version)


def set_default_version(tx: Transaction, name: str, version_id: str, now: int) -> None:
    """Make a version the one that counts. Raises EntityNotExist.Policy.Version."""
    version = version_named(tx, "Custom", name, version_id)
    store.set_default_version(tx, name, version.version, now)


def _number(version_id: str) -> int:
    found = _VERSION.fullmatch(version_id)
    if found is None:
        raise Refusal(
            "InvalidParameter.VersionId.InvalidChars",
            f"VersionId is {version_id!r}; it must be 'v' and a number, such as v1.",
        )
    return int(found[1])


def _checked(document: str) -> str:
    if len(document) > LONGEST_DOCUMENT:
        raise Refusal(
            "InvalidParameter.PolicyDocument.Length",
            f"PolicyDocument has {len(document)} characters; {LONGEST_DOCUMENT} are allowed.",
        )
    try:
        parse_policy(document)
    except MalformedDocument as error:
        raise Refusal("MalformedPolicyDocument", f"PolicyDocument is not valid: {error}.") from None
    return document
