"""Temporary credentials of a role, as STS gives them: made, stored, and looked up to sign by."""

import hmac
import secrets
from dataclasses import dataclass

from localcloud.account import (
    ACCESS_KEY_ID,
    ACCESS_KEY_SECRET,
    ACCOUNT_ID,
    ROOT,
    Caller,
)
from localcloud.ram.access import role_of
from localcloud.refusal import Refusal
from localcloud.store import temporary_credentials as store
from localcloud.store.database import Transaction

_EXPIRED_IN_A_STEP = 20  # each new session forgets up to so many old ones: no sweep ever stalls


@dataclass(frozen=True, slots=True)
class TemporaryCredentials:
    """What signs requests as a role until `expiration` (ms since 1970)."""

    access_key_id: str
    access_key_secret: str
    security_token: str
    expiration: int


def assume(
    tx: Transaction, role_arn: str, session: str, now: int, seconds: int
) -> TemporaryCredentials:
    """Make credentials of a role that last `seconds`.

    Who may have them is not asked here: see `access.trusts` and `access.trusts_caller`. Raises
    Refusal EntityNotExist.Role with status 404.
    """
    role = role_of(tx, role_arn)
    if role is None:
        raise Refusal("EntityNotExist.Role", f"The role {role_arn} does not exist.", 404)
    store.remove_expired_keys(tx, now, _EXPIRED_IN_A_STEP)
    made = TemporaryCredentials(
        access_key_id="STS." + secrets.token_hex(12),
        access_key_secret=secrets.token_urlsafe(32),
        security_token=secrets.token_urlsafe(96),
        expiration=now + seconds * 1000,
    )
    store.add_temporary_key(
        tx,
        made.access_key_id,
        made.access_key_secret,
        made.security_token,
        role,
        session,
        made.expiration,
    )
    return made


def secret_of(
    tx: Transaction, access_key_id: str, security_token: str | None, now: int
) -> tuple[str, Caller]:
    """The secret that a request with this access key id must be signed with, and who it is.

    The account's own key is known without the database. Raises Refusal with the codes of
    https://www.alibabacloud.com/help/en/ram/support/faq-about-sts-tokens:
    InvalidAccessKeyId.NotFound (404) for a key that does not exist or whose role was deleted,
    InvalidSecurityToken.Expired and InvalidSecurityToken.MismatchWithAccessKey (400),
    MissingSecurityToken (400).
    """
    if access_key_id == ACCESS_KEY_ID:
        return ACCESS_KEY_SECRET, ROOT
    key = store.find_temporary_key(tx, access_key_id)
    if key is None or key.role_name is None:
        raise Refusal(
            "InvalidAccessKeyId.NotFound",
            f"The access key id {access_key_id!r} is not found. localcloud knows its own"
            f" ({ACCESS_KEY_ID!r}) and the temporary ones of roles that still exist.",
            404,
        )
    if not security_token:
        raise Refusal(
            "MissingSecurityToken",
            f"The access key id {access_key_id!r} is temporary: it needs its security token.",
        )
    if not hmac.compare_digest(key.security_token.encode(), security_token.encode()):
        raise Refusal(
            "InvalidSecurityToken.MismatchWithAccessKey",
            f"The security token does not belong to the access key id {access_key_id!r}.",
        )
    if key.expiration <= now:
        raise Refusal("InvalidSecurityToken.Expired", "The security token has expired.")
    return key.access_key_secret, Caller(
        access_key_id=access_key_id,
        arn=f"acs:ram::{ACCOUNT_ID}:assumed-role/{key.role_name.lower()}/{key.session}",
        principal_id=f"{key.role_id}:{key.session}",
        role_arn=f"acs:ram::{ACCOUNT_ID}:role/{key.role_name.lower()}",
    )
