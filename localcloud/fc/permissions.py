"""What callers may do, and what FC may do in the name of a function's role."""

from collections.abc import Mapping

from localcloud.account import ACCOUNT_ID, REGION, Caller
from localcloud.fc.arns import function_arn
from localcloud.ram import access
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction


def permit(tx: Transaction, caller: Caller, action: str, resource: str) -> None:
    """Let the account itself pass, and a role session whose role may do `action` (`fc:...`).

    Raises Refusal AccessDenied (403), FC's own code and words, and the reason.
    """
    if caller.role_arn is None:
        return
    decision = access.may(tx, caller.role_arn, action, resource)
    if not decision.allowed:
        raise Refusal(
            "AccessDenied",
            f"the caller is not authorized to perform '{action}' on resource '{resource}':"
            f" {decision.reason}",
            403,
        )


class Denied(Exception):
    """FC may not do it; the message is a sentence with role, action and resource."""


class Permissions:
    """What roles let FC do, each thing asked once in a transaction: nothing changes within it.

    `known` are answers of an earlier time that are to count now: the reason why not, or "", for
    role, action and resource.
    """

    def __init__(
        self, tx: Transaction, known: Mapping[tuple[str, str, str], str] | None = None
    ) -> None:
        self._tx = tx
        self._answers = dict(known or {})

    def require(self, role: str, action: str, resource: str) -> None:
        """Return when FC can assume `role` and that role may do it; else raise Denied."""
        reason = self.why_not(role, action, resource)
        if reason:
            raise Denied(reason)

    def why_not(self, role: str, action: str, resource: str) -> str:
        """What `require` would say, or "" where it would return."""
        question = (role, action, resource)
        reason = self._answers.get(question)
        if reason is None:
            reason = self._answers[question] = self._why_not(role, action, resource)
        return reason

    def _why_not(self, role: str, action: str, resource: str) -> str:
        if not role:
            return f"the function has no role, so it may not do {action} on {resource}"
        trusted = access.trusts(self._tx, role)
        if not trusted.allowed:
            return f"{trusted.reason}, so it may not do {action} on {resource}"
        decision = access.may(self._tx, role, action, resource)
        return "" if decision.allowed else decision.reason


def queue_resource(name: str) -> str:
    """What mns:SendMessage is asked for."""
    return f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/{name}/messages"


def topic_resource(name: str) -> str:
    """What mns:PublishMessage is asked for."""
    return f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/{name}/messages"


def function_resource(name: str) -> str:
    """What fc:InvokeFunction is asked for."""
    return function_arn(name)


def logstore_resource(project: str, logstore: str) -> str:
    """What log:PostLogStoreLogs is asked for."""
    return f"acs:log:{REGION}:{ACCOUNT_ID}:project/{project}/logstore/{logstore}"
