"""Whether a role session may do something, in Log Service's own words."""

from localcloud.account import Caller
from localcloud.ram.access import may
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction


def permit(tx: Transaction, caller: Caller, action: str, resource: str) -> None:
    """Let the account itself pass, and a role session whose role may `log:<action>`.

    Raises Refusal Unauthorized (401), as
    https://www.alibabacloud.com/help/en/sls/developer-reference/error-codes has it.
    """
    if caller.role_arn is None:
        return
    decision = may(tx, caller.role_arn, f"log:{action}", resource)
    if not decision.allowed:
        raise Refusal(
            "Unauthorized",
            f"denied by sts or ram, action: log:{action}, resource: {resource} ({decision.reason})",
            401,
        )
