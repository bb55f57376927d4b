"""InvokeFunction of FC 2023-03-30, synchronous and asynchronous.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-invokefunction
"""

import base64
from collections.abc import Mapping

from localcloud.fc import attempts, submissions
from localcloud.fc.arns import function_arn
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.permissions import permit
from localcloud.fc.submissions import Submission, Submitter
from localcloud.refusal import Refusal
from localcloud.store.database import Database
from localcloud.wire.exchange import Answer, Call, Route

MAX_SYNC_PAYLOAD = 32 * 1024 * 1024  # bytes


class InvokeApi:
    """The route of invocations."""

    def __init__(self, database: Database, dispatcher: Dispatcher, submitter: Submitter) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._submitter = submitter
        template = "/2023-03-30/functions/{functionName}/invocations"
        self.routes: list[Route] = [Route("POST", template, "InvokeFunction", self.invoke)]

    async def invoke(self, call: Call) -> Answer:
        """Synchronously unless X-Fc-Invocation-Type is Async: then 202 once it is durable."""
        function = call.variables["functionName"]
        qualifier = call.query.get("qualifier", "")
        require(self._database, call, "fc:InvokeFunction", function)
        kind = call.headers.get("x-fc-invocation-type", "Sync").lower()
        if kind == "async":
            return await self._invoke_async(call, function, qualifier)
        if kind == "sync":
            return await self._invoke_sync(call, function, qualifier)
        raise invalid("X-Fc-Invocation-Type", kind, "Sync or Async")

    async def _invoke_async(self, call: Call, function: str, qualifier: str) -> Answer:
        task_id = call.headers.get("x-fc-async-task-id") or None
        if task_id is not None:
            submissions.check_task_id(task_id)
        submissions.check_payload(call.body)
        accepted = await self._submitter.submit(
            Submission(
                function=function,
                qualifier=qualifier,
                payload=call.body,
                request_id=call.request_id,
                task_id=task_id,
                delay=_delay(call.headers),
            )
        )
        headers = {"x-fc-request-id": accepted.request_id}
        if accepted.task_id is not None:
            headers["X-Fc-Async-Task-Id"] = accepted.task_id
        return Answer(202, headers=headers)

    async def _invoke_sync(self, call: Call, function: str, qualifier: str) -> Answer:
        if len(call.body) > MAX_SYNC_PAYLOAD:
            raise Refusal(
                "EntityTooLarge",
                f"payload size exceeds maximum allowed size ({len(call.body)} bytes; a synchronous"
                f" invocation may carry {MAX_SYNC_PAYLOAD})",
                413,
            )
        for header in ("x-fc-async-task-id", "x-fc-async-delay"):
            if header in call.headers:
                raise Refusal(
                    "InvalidArgument", f"{header} is for X-Fc-Invocation-Type: Async only"
                )
        log_type = call.headers.get("x-fc-log-type", "None")
        if log_type.lower() not in ("none", "tail"):
            raise invalid("X-Fc-Log-Type", log_type, "None or Tail")
        request_id = call.request_id
        tail = log_type.lower() == "tail"
        called = await self._dispatcher.call(function, qualifier, call.body, request_id, tail=tail)
        outcome = called.outcome
        if outcome.ending in attempts.SYSTEM_ENDINGS:
            raise Refusal("ResourceExhausted", attempts.error_message(outcome), 429)
        headers = {
            "x-fc-request-id": request_id,
            "X-Fc-Instance-Id": outcome.instance_id,
            "X-Fc-Invocation-Service-Version": called.function.version,
            "X-Fc-Code-Checksum": called.function.code_checksum,
            "X-Fc-Invocation-Duration": str(outcome.duration),
            "X-Fc-Max-Memory-Usage": f"{outcome.peak_memory:.2f}",
        }
        if tail:
            headers["X-Fc-Log-Result"] = base64.b64encode(called.tail).decode()
        error = attempts.error_type(outcome)
        if error:
            headers["X-Fc-Error-Type"] = error
        kind = "application/json" if error else "application/octet-stream"
        return Answer(200, outcome.payload, kind, headers)


def require(database: Database, call: Call, action: str, function: str) -> None:
    """Refuse a role session whose role may not do `action`; the account itself may everything.

    Only fc:InvokeFunction can be scoped to a function. Raises Refusal AccessDenied (403).
    """
    if call.caller.role_arn is None:
        return
    resource = function_arn(function) if action == "fc:InvokeFunction" else "*"
    database.read(lambda tx: permit(tx, call.caller, action, resource))


def _delay(headers: Mapping[str, str]) -> float:
    text = headers.get("x-fc-async-delay", "")
    if not text:
        return 0
    try:
        delay = float(text)
    except ValueError:
        delay = -1
    if not 0 < delay < submissions.MAX_DELAY_SECONDS:
        raise invalid(
            "X-Fc-Async-Delay", text, f"seconds between 0 and {submissions.MAX_DELAY_SECONDS}"
        )
    return delay


def invalid(name: str, value: str, allowed: str) -> Refusal:
    """A parameter that is not one of what is allowed."""
    return Refusal("InvalidArgument", f"{name} is {value[:200]!r}; allowed: {allowed}")
