"""STS: who is calling, and temporary credentials of a role.

https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerole
"""

import re
from typing import Any

from localcloud.account import ACCOUNT_ID
from localcloud.ram.access import may, role_of, trusts_caller
from localcloud.ram.answers import shown_time
from localcloud.ram.credentials import assume
from localcloud.refusal import Refusal
from localcloud.wire.rpc_operations import Asked, Operation
from localcloud.wire.rpc_parameters import RpcParameters

SHORTEST_SESSION = 900  # seconds
_SESSION = re.compile(r"[A-Za-z0-9.@\-_]{2,64}")


def _free(_parameters: RpcParameters) -> tuple[str, ...]:
    return ()


def _get_caller_identity(asked: Asked) -> dict[str, Any]:
    caller = asked.caller
    who = {"AccountId": ACCOUNT_ID, "Arn": caller.arn, "PrincipalId": caller.principal_id}
    if caller.role_arn is None:
        return {**who, "IdentityType": "Account", "UserId": ACCOUNT_ID}
    role_id = caller.principal_id.partition(":")[0]
    return {**who, "IdentityType": "AssumedRoleUser", "RoleId": role_id}


def _assume_role(asked: Asked) -> dict[str, Any]:
    parameters = asked.parameters
    role_arn = parameters.text("RoleArn")
    session = parameters.text("RoleSessionName")
    if not _SESSION.fullmatch(session):
        raise parameters.invalid(
            "RoleSessionName", f"it is {session!r}; 2 to 64 letters, digits, '.', '@', '-', '_'"
        )
    role = role_of(asked.tx, role_arn)
    if role is None:
        raise Refusal("EntityNotExist.Role", f"The role {role_arn} does not exist.", 404)
    seconds = parameters.whole_number("DurationSeconds") or 3600
    if not SHORTEST_SESSION <= seconds <= role.max_session_duration:
        raise parameters.invalid(
            "DurationSeconds",
            f"it is {seconds}; {SHORTEST_SESSION} to {role.max_session_duration} (the role's"
            " MaxSessionDuration) are allowed",
        )
    trusted = trusts_caller(asked.tx, role_arn, asked.caller)
    if not trusted.allowed:
        raise Refusal("NoPermission", trusted.reason, 403)
    if asked.caller.role_arn is not None:
        allowed = may(asked.tx, asked.caller.role_arn, "sts:AssumeRole", role_arn)
        if not allowed.allowed:
            raise Refusal("NoPermission", allowed.reason, 403)
    made = assume(asked.tx, role_arn, session, asked.now, seconds)
    return {
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{ACCOUNT_ID}:role/{role.key}/{session}",
            "AssumedRoleId": f"{role.role_id}:{session}",
        },
        "Credentials": {
            "AccessKeyId": made.access_key_id,
            "AccessKeySecret": made.access_key_secret,
            "SecurityToken": made.security_token,
            "Expiration": shown_time(made.expiration),
        },
    }


OPERATIONS: dict[str, Operation] = {
    "GetCallerIdentity": Operation((), _free, _get_caller_identity, reads=True),
    "AssumeRole": Operation(("RoleArn", "RoleSessionName", "DurationSeconds"), _free, _assume_role),
}
