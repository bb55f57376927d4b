"""Which policies are attached to which roles."""

from localcloud.ram.policies import PolicyInfo, policy_named
from localcloud.ram.roles import role_named
from localcloud.refusal import Refusal
from localcloud.store import policy_attachments as store
from localcloud.store.database import Transaction
from localcloud.store.roles import Role

MOST_ATTACHED = 20  # of each type on one role


def attach_policy_to_role(
    tx: Transaction, policy_type: str, policy_name: str, role_name: str, now: int
) -> None:
    """Attach a policy to a role.

    Raises Refusal EntityNotExist.Role, EntityNotExist.Policy, EntityAlreadyExists.Role.Policy,
    LimitExceeded.Role.Policy.
    """
    role = role_named(tx, role_name)
    policy_named(tx, policy_type, policy_name)
    attached = [
        one.policy_name
        for one in store.attachments_of_role(tx, role.key)
        if one.policy_type == policy_type
    ]
    if policy_name in attached:
        raise Refusal(
            "EntityAlreadyExists.Role.Policy",
            f"The policy {policy_name!r} is attached to the role {role_name!r} already.",
            409,
        )
    if len(attached) >= MOST_ATTACHED:
        raise Refusal(
            "LimitExceeded.Role.Policy",
            f"The role {role_name!r} has {MOST_ATTACHED} policies of type {policy_type}, which is"
            " the limit.",
            409,
        )
    store.attach(tx, role.key, policy_type, policy_name, now)


def detach_policy_from_role(
    tx: Transaction, policy_type: str, policy_name: str, role_name: str
) -> None:
    """Detach a policy. Raises Refusal EntityNotExist.Role, EntityNotExist.Role.Policy."""
    role = role_named(tx, role_name)
    if not store.detach(tx, role.key, policy_type, policy_name):
        raise Refusal(
            "EntityNotExist.Role.Policy",
            f"The policy {policy_name!r} is not attached to the role {role_name!r}.",
            404,
        )


def policies_for_role(tx: Transaction, role_name: str) -> list[tuple[PolicyInfo, int]]:
    """What is attached to a role, each with the time (ms). Raises Refusal EntityNotExist.Role."""
    role = role_named(tx, role_name)
    return [
        (policy_named(tx, one.policy_type, one.policy_name), one.attached)
        for one in store.attachments_of_role(tx, role.key)
    ]


def roles_for_policy(tx: Transaction, policy_type: str, policy_name: str) -> list[tuple[Role, int]]:
    """The roles a policy is on, each with the time (ms). Raises Refusal EntityNotExist.Policy."""
    policy_named(tx, policy_type, policy_name)
    return list(store.roles_with_policy(tx, policy_type, policy_name))
