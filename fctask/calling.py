"""The official SDKs' exceptions, told apart and put into sentences.

`calling("fc:ListAsyncTasks", name)` goes around a call; the RAM action says which service is meant
and is what the caller lacks where permission is refused. Codes are those of
https://www.alibabacloud.com/help/en/functioncompute/fc-2-0/developer-reference/error-codes,
https://www.alibabacloud.com/help/en/mns/error-codes and
https://www.alibabacloud.com/help/en/sls/developer-reference/common-error-codes.
"""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fctask import errors
from fctask.errors import FctaskError

_KEY_CODES = re.compile(
    r"InvalidAccessKey\w*(\.\w+)?|Signature\w*|InvalidSecurityToken(\.\w+)?|SecurityToken\w*"
    r"|IncompleteSignature|RequestTimeTooSkewed|RequestTimeExpired|InvalidAuthorizationHeader"
    r"|MissingSecurityToken|InactiveAccessKey|AccessKeyIdNotFound"
)
_DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedByRamPolicy",  # SMQ's, in no list of its codes
        "Unauthorized",
        "NoPermission",
        "Forbidden",
        "Forbidden.RAM",
        "UserDisable",
    }
)
_THROTTLED_CODES = re.compile(
    r".*(Throttl|QpsLimit|TooManyRequests|ResourceExhausted|QuotaExceed).*"
)
_NOT_SENT = re.compile(
    r"connection refused|name or service not known|nodename nor servname|getaddrinfo|"
    r"name resolution|failed to resolve|no route to host|network is unreachable|"
    r"certificate verify failed|connect timeout|connecttimeout",
    re.IGNORECASE,
)
_ENDPOINT_VARIABLES = {
    "fc": ("FCTASK_FC_ENDPOINT", "Function Compute"),
    "mns": ("FCTASK_SMQ_ENDPOINT", "Simple Message Queue"),
    "log": ("FCTASK_LOG_ENDPOINT", "Log Service"),
}


@dataclass(frozen=True)
class Refusal:
    """What a service said: HTTP status (0 where the SDK keeps it to itself), code and message."""

    status: int
    code: str
    message: str
    request_id: str


@contextmanager
def calling(action: str, about: str) -> Generator[None]:
    """Turn what the SDKs raise inside into FctaskError. `about`: the function, task or queue."""
    try:
        yield
    except FctaskError:
        raise
    except Exception as error:
        told = _told(error, action, about)
        if told is None:
            raise
        raise told from error


def _told(error: Exception, action: str, about: str) -> FctaskError | None:
    service = action.partition(":")[0]
    read = {"fc": _read_fc, "mns": _read_smq, "log": _read_log}[service]
    found = read(error)
    if isinstance(found, str):
        return _unreachable(found, service)
    return None if found is None else explain(found, action, about)


def explain(refusal: Refusal, action: str, about: str) -> FctaskError:
    """The error for what a service said when `action` was asked of it."""
    details = {"code": refusal.code, "requestId": refusal.request_id}
    said = f"{refusal.message} ({refusal.code}, request {refusal.request_id or 'unknown'})"
    if _KEY_CODES.fullmatch(refusal.code):
        return errors.CredentialsRefused(
            f"the credentials are refused: {said}. They are those of "
            "ALIBABA_CLOUD_ACCESS_KEY_ID or ALICLOUD_ACCESS_KEY and their secrets.",
            **details,
        )
    if "is not enabled for current user" in refusal.message:
        return errors.ServiceRefused(
            f"{action} on {about} is refused: {said}. Nobody has activated the service for this "
            "account: its page in the cloud's console does.",
            **details,
        )
    if refusal.code in _DENIED_CODES or refusal.status == 403:
        return errors.PermissionMissing(
            f"permission missing: {action} on {about}. The service said: {said}. Allow the action "
            "in a RAM policy of the user or role whose key this is, and check that region and "
            "account are the resource's own.",
            action=action,
            **details,
        )
    missing = _missing(refusal, action, about, said)
    if missing is not None:
        missing.details.update(details)
        return missing
    if refusal.status == 429 or refusal.status >= 500 or _THROTTLED_CODES.match(refusal.code):
        return errors.Throttled(f"{action} on {about}, for now: {said}. Try again.", **details)
    kind = errors.AlreadyExists if refusal.status == 409 else errors.ServiceRefused
    return kind(f"{action} on {about} is refused: {said}", **details)


def _missing(refusal: Refusal, action: str, about: str, said: str) -> FctaskError | None:
    """The error for a thing that is not there, or None."""
    code = refusal.code
    if action.startswith("fc:"):
        if "AsyncTask" in action and refusal.status == 404 and not code.startswith("Function"):
            return errors.NoSuchTask(
                f"no such task: {about}. Tasks are kept for 7 days; `fctask list` shows them."
            )
        if code.startswith(("FunctionNotFound", "ServiceNotFound")):
            return errors.NoSuchFunction(f"no such function: {said}. Is the stack up?")
        return None
    if code == "QueueNotExist":
        return errors.NoSuchQueue(f"no such queue: {about}. Is the stack up?")
    if code in ("ReceiptHandleError", "MessageNotExist") and action != "mns:ReceiveMessage":
        return errors.HandleExpired(
            f"the receipt handle is not valid any more for {about}: the time that the message was "
            "kept from others is over, or it is removed. Receive it again."
        )
    if code in ("ProjectNotExist", "LogStoreNotExist", "IndexConfigNotExist"):
        return errors.NoSuchLogs(f"no such logs: {about}: {said}")
    return None


def not_a_task_function(function: str) -> errors.NotATaskFunction:
    """The error for a function whose asynchronous invocations are not tasks."""
    return errors.NotATaskFunction(
        f"{function} is not an async task function: asyncTask is not set in its asynchronous "
        "invocation configuration. Set asyncTask (`pulumi config set asyncTask true`, "
        "`pulumi up`); what was invoked before does not become a task."
    )


def _unreachable(reason: str, service: str) -> errors.Unreachable:
    variable, name = _ENDPOINT_VARIABLES[service]
    endpoint = os.environ.get(variable, "")
    sent = not _NOT_SENT.search(reason)
    if not endpoint:
        text = f"{name} gave no answer: {reason}. Are region and account right, and is there a way?"
    elif not sent and _is_local(endpoint):
        text = (
            f"nothing answers at {endpoint} ({variable}): the local cloud is not running. "
            "Start it with `localcloud serve`, and run this behind `localcloud exec --`."
        )
    else:
        text = f"{name} at {endpoint} ({variable}) gave no answer: {reason}."
    return errors.Unreachable(text, sent=sent, endpoint=endpoint)


def _is_local(endpoint: str) -> bool:
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".invalid")


def _read_fc(error: Exception) -> "Refusal | str | None":
    from darabonba.exceptions import RetryError
    from Tea.exceptions import TeaException, UnretryableException

    if isinstance(error, UnretryableException):
        inner = getattr(error, "inner_exception", None)
        return _innermost(str(inner or error))
    if isinstance(error, RetryError):
        return _innermost(str(error))
    if not isinstance(error, TeaException):
        return None
    known: Any = error
    data: dict[str, Any] = known.data if isinstance(known.data, dict) else {}
    status = getattr(known, "status_code", None) or data.get("statusCode") or 0
    message = str(known.message or "")
    # the SDK wraps what the service said: `code: 403, <message> request id: <id>`
    unwrapped = re.fullmatch(r"code: \d+, (.*?)(?: request id: (\S*))?", message, re.DOTALL)
    request_id = data.get("RequestId") or data.get("requestId") or ""
    if unwrapped:
        named = unwrapped[2] if unwrapped[2] != "None" else ""  # Python's word for nothing
        message, request_id = unwrapped[1], request_id or named or ""
    return Refusal(int(status), str(known.code or "Unknown"), message.strip(), str(request_id))


def _read_smq(error: Exception) -> "Refusal | str | None":
    from mns.mns_exception import (
        MNSClientException,
        MNSClientNetworkException,
        MNSServerException,
    )

    known: Any = error
    if isinstance(error, MNSClientNetworkException):
        return _innermost(str(known.message))
    if isinstance(error, MNSServerException):
        return Refusal(0, str(known.type), str(known.message), str(known.request_id or ""))
    if isinstance(error, MNSClientException):
        return Refusal(400, str(known.type), str(known.message), "")
    return None


def _read_log(error: Exception) -> "Refusal | str | None":
    from aliyun.log import LogException

    if not isinstance(error, LogException):
        return None
    known: Any = error
    code, message = str(known.get_error_code()), str(known.get_error_message())
    if code == "LogRequestError" and known.get_resp_status() == 200:  # the SDK's "no answer"
        return _innermost(message)
    status = int(known.get_resp_status())
    return Refusal(0 if status == 200 else status, code, message, str(known.get_request_id()))


def _innermost(reason: str) -> str:
    """The last cause of a chain as requests and urllib3 print it, on one line."""
    causes = r"\[Errno -?\d+\] [^'\")]+|Read timed out\.(?: \([^)]*\))?|timed out"
    found = re.findall(causes, reason)
    return " ".join((found[-1] if found else reason).split())[:300]
