"""Whether a role session may do something on the data plane, in SMQ's own words."""

from localcloud.account import Caller
from localcloud.ram.access import may
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction


def permit(tx: Transaction, caller: Caller, action: str, resource: str) -> None:
    """Let the account itself pass, and a role session whose role may `mns:<action>`.

    Raises Refusal AccessDenied (403).
    """
    if caller.role_arn is None:
        return
    decision = may(tx, caller.role_arn, f"mns:{action}", resource)
    if not decision.allowed:
        raise Refusal("AccessDenied", decision.reason, 403)
