"""RAM roles.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-ram-2015-05-01-createrole
"""

import re
import secrets
from collections.abc import Mapping

from localcloud.account import ACCOUNT_ID
from localcloud.ram.policy_document import (
    LONGEST_DOCUMENT,
    MalformedDocument,
    parse_trust_policy,
)
from localcloud.refusal import Refusal
from localcloud.store import policy_attachments, ram_tags
from localcloud.store import roles as store
from localcloud.store.database import Transaction
from localcloud.store.roles import Role

MOST_ROLES = 1000
LONGEST_DESCRIPTION = 1024
SHORTEST_SESSION = 3600  # seconds, and what a role has where it is not set
LONGEST_SESSION = 43200

_NAME = re.compile(r"[A-Za-z0-9.\-_]{1,64}")


def role_arn(name: str) -> str:
    """The ARN of a role, with its name in lower case as RAM writes it."""
    return f"acs:ram::{ACCOUNT_ID}:role/{name.lower()}"


def role_named(tx: Transaction, name: str) -> Role:
    """The role of this name. Raises Refusal EntityNotExist.Role."""
    role = store.find_role(tx, name)
    if role is None:
        raise Refusal("EntityNotExist.Role", f"The role {name!r} does not exist.", 404)
    return role


def create_role(
    tx: Transaction,
    name: str,
    trust_document: str,
    now: int,
    description: str = "",
    max_session_duration: int | None = None,
    tags: Mapping[str, str] | None = None,
) -> Role:
    """Make a role. `max_session_duration` 3600..43200 seconds.

    Raises Refusal EntityAlreadyExists.Role (names that differ only in case are one name),
    InvalidParameter.*, MalformedPolicyDocument, LimitExceeded.Role.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(
            "InvalidParameter.RoleName.InvalidChars"
            if len(name) <= 64
            else "InvalidParameter.RoleName.Length",
            f"RoleName {name!r} is not valid: 1 to 64 letters, digits, '.', '-' and '_'.",
        )
    if store.find_role(tx, name) is not None:
        raise Refusal("EntityAlreadyExists.Role", f"The role {name!r} already exists.", 409)
    if store.count_roles(tx) >= MOST_ROLES:
        raise Refusal(
            "LimitExceeded.Role", f"The account has {MOST_ROLES} roles, which is the limit.", 409
        )
    role = Role(
        key=store.role_key(name),
        name=name,
        role_id=f"3{secrets.randbelow(10**17):017}",
        trust_document=_checked_trust(trust_document),
        description=checked_description(description),
        max_session_duration=_checked_session(max_session_duration or SHORTEST_SESSION),
        created=now,
        updated=now,
    )
    store.add_role(tx, role)
    for key, value in (tags or {}).items():
        ram_tags.set_tag(tx, "role", role.key, key, value)
    return role


def update_role(
    tx: Transaction,
    name: str,
    now: int,
    trust_document: str | None = None,
    description: str | None = None,
    max_session_duration: int | None = None,
) -> Role:
    """Change what is not None. Raises as `create_role`, and EntityNotExist.Role."""
    role = role_named(tx, name)
    store.change_role(
        tx,
        role.key,
        role.trust_document if trust_document is None else _checked_trust(trust_document),
        role.description if description is None else checked_description(description),
        role.max_session_duration
        if max_session_duration is None
        else _checked_session(max_session_duration),
        now,
    )
    return role_named(tx, name)


def delete_role(tx: Transaction, name: str) -> None:
    """Delete a role; its temporary credentials sign nothing from now on.

    Raises Refusal EntityNotExist.Role, DeleteConflict.Role.Policy while policies are attached.
    """
    role = role_named(tx, name)
    attached = policy_attachments.attachments_of_role(tx, role.key)
    if attached:
        raise Refusal(
            "DeleteConflict.Role.Policy",
            f"The role {name!r} has policies attached: detach"
            f" {', '.join(one.policy_name for one in attached)} first.",
            409,
        )
    store.remove_role(tx, role.key)


def checked_description(description: str) -> str:
    """A description. Raises Refusal InvalidParameter.Description.Length."""
    if len(description) > LONGEST_DESCRIPTION:
        raise Refusal(
            "InvalidParameter.Description.Length",
            f"Description has {len(description)} characters; {LONGEST_DESCRIPTION} are allowed.",
        )
    return description


def _checked_trust(document: str) -> str:
    if len(document) > LONGEST_DOCUMENT:
        raise Refusal(
            "InvalidParameter.AssumeRolePolicyDocument.Length",
            f"AssumeRolePolicyDocument has {len(document)} characters; {LONGEST_DOCUMENT} are"
            " allowed.",
        )
    try:
        parse_trust_policy(document)
    except MalformedDocument as error:
        raise Refusal(
            "MalformedPolicyDocument", f"AssumeRolePolicyDocument is not valid: {error}."
        ) from None
    return document


def _checked_session(seconds: int) -> int:
    if not SHORTEST_SESSION <= seconds <= LONGEST_SESSION:
        raise Refusal(
            "InvalidParameter.MaxSessionDuration",
            f"MaxSessionDuration is {seconds}; {SHORTEST_SESSION} to {LONGEST_SESSION} seconds are"
            " allowed.",
        )
    return seconds
