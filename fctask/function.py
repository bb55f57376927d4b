"""The function's own configuration: whether its invocations are tasks, its queue, its logstore."""

import re
from dataclasses import dataclass
from typing import Any

from fctask.calling import calling
from fctask.clients import Clients
from fctask.errors import FctaskError, NoSuchLogs, NoSuchQueue

_QUEUE_ARN = re.compile(r"acs:mns:[^:]*:[^:]*:/queues/([^/]+)/messages")
_FUNCTION_ARN = re.compile(r"(?:acs:fc:[^:]*:[^:]*:)?functions/([^/]+)(?:/.*)?")


@dataclass(frozen=True)
class AsyncConfiguration:
    """What is set for asynchronous invocations. Destinations are ARNs, or ""."""

    async_task: bool
    on_success: str
    on_failure: str
    retries: int | None
    event_age: int | None


@dataclass(frozen=True)
class Settings:
    """How the function runs. `timeout` in seconds, `memory` in MB; "" and None where unset."""

    runtime: str
    handler: str
    memory: int | None
    timeout: int | None
    role: str
    log_project: str
    logstore: str


def settings(clients: Clients) -> Settings:
    """The function's own settings. Raises NoSuchFunction."""
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import GetFunctionRequest

    with calling("fc:GetFunction", name):
        answer: Any = fc.get_function(name, GetFunctionRequest())
    body = answer.body
    logs = body.log_config
    return Settings(
        runtime=body.runtime or "",
        handler=body.handler or "",
        memory=body.memory_size,
        timeout=body.timeout,
        role=body.role or "",
        log_project=(logs.project or "") if logs else "",
        logstore=(logs.logstore or "") if logs else "",
    )


def async_configuration(clients: Clients) -> AsyncConfiguration:
    """The configuration in force for LATEST; all unset where there is none.

    Raises NoSuchFunction.
    """
    fc, name = clients.fc, clients.target.function_name
    from alibabacloud_fc20230330.models import GetAsyncInvokeConfigRequest

    try:
        with calling("fc:GetAsyncInvokeConfig", name):
            answer: Any = fc.get_async_invoke_config(name, GetAsyncInvokeConfigRequest())
    except FctaskError as refused:
        if not str(refused.details.get("code", "")).startswith("AsyncConfigNotExist"):
            raise
        return AsyncConfiguration(False, "", "", None, None)
    body = answer.body
    destinations = body.destination_config

    def arn(side: str) -> str:
        of_side = getattr(destinations, side, None)
        return (of_side.destination or "") if of_side else ""

    return AsyncConfiguration(
        async_task=bool(body.async_task),
        on_success=arn("on_success"),
        on_failure=arn("on_failure"),
        retries=body.max_async_retry_attempts,
        event_age=body.max_async_event_age_in_seconds,
    )


def queue_name(clients: Clients) -> str:
    """The queue that results go to: the target's, or the one of the failure or success destination.

    Raises NoSuchQueue where results go to no queue.
    """
    if clients.target.queue_name:
        return clients.target.queue_name
    configuration = async_configuration(clients)
    for arn in (configuration.on_failure, configuration.on_success):
        if found := _QUEUE_ARN.fullmatch(arn):
            return found[1]
    raise NoSuchQueue(
        f"results of {clients.target.function_name} go to no queue: set onFailure in the stack, or "
        "name a queue (--queue)."
    )


def log_names(clients: Clients) -> tuple[str, str]:
    """Project and logstore of the function's logs. Raises NoSuchLogs where it writes none."""
    target = clients.target
    if target.log_project and target.logstore:
        return target.log_project, target.logstore
    found = settings(clients)
    if not found.log_project or not found.logstore:
        raise NoSuchLogs(
            f"{target.function_name} writes no logs: its logConfig names no project and logstore."
        )
    return found.log_project, found.logstore


def function_of_arn(arn: str) -> str:
    """The function's name in acs:fc:<region>:<account>:functions/<name>[/<qualifier>], or ""."""
    found = _FUNCTION_ARN.fullmatch(arn)
    return found[1] if found else ""
