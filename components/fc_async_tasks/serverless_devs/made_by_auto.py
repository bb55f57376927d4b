"""What `auto` of Serverless Devs makes, by the names that it gives.

Follows devsapp/fc3: `auto`, or `auto|name=value|...`, for role, logConfig, vpcConfig, nasConfig and
ossMountConfig.
"""

import hashlib
import uuid

from .composed import Account, Composed
from .marked import Place
from .refusal import CannotConvert

LOGSTORE = "default-logs"
"""Logstore of `logConfig: auto`."""


def is_auto(text: str) -> bool:
    """Say whether a property leaves the matter to Serverless Devs."""
    return text.split("|")[0].strip().lower() == "auto"


def auto_settings(text: str) -> "dict[str, str]":
    """Give what stands behind `auto|`, by name."""
    pairs = [each.partition("=") for each in text.split("|")[1:]]
    return {name.strip(): value.strip() for name, _, value in pairs}


def log_project(account: str, region: str) -> str:
    """Give the project of `logConfig: auto`: one for an account in a region."""
    digest = hashlib.sha1(account.encode(), usedforsecurity=False).digest()
    return f"serverless-{region}-{uuid.UUID(bytes=digest[:16], version=5)}"[:63]


def role_arn(account: "str | None") -> "str | Composed":
    """Give the role of `role: auto`, as fc3 sends it: in small letters."""
    name = "aliyunfcdefaultrole"
    if account:
        return f"acs:ram::{account}:role/{name}"
    return Composed(("acs:ram::", Account(), f":role/{name}"))


def known_account(account: "str | None", place: Place) -> str:
    """Give the account's id; raises CannotConvert with a sentence where it is not known."""
    if account:
        return account
    raise CannotConvert(
        f"{place}: the log project of `auto` is named by the account's id: give it with --account."
    )
