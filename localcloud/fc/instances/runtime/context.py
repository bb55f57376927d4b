"""The context object that a Python handler gets.

https://www.alibabacloud.com/help/en/functioncompute/fc/context-1: Python 3.12 has no `credentials`
and no `service`; what was in `service` moved to the function and to the context itself.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import logging
from typing import Any, Dict


class Credentials:
    """Temporary credentials of the function's role; empty strings without a role."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.security_token = security_token


class ServiceMeta:
    """What FC 2.0 called the service; FC 3.0 leaves the name empty."""

    def __init__(
        self, name: str, log_project: str, log_store: str, qualifier: str, version_id: str
    ) -> None:
        self.name = name
        self.log_project = log_project
        self.log_store = log_store
        self.qualifier = qualifier
        self.version_id = version_id


class FunctionMeta:
    """The function: `memory` in MB, `timeout` in seconds, both int."""

    def __init__(self, name: str, handler: str, memory: int, timeout: int) -> None:
        self.name = name
        self.handler = handler
        self.memory = memory
        self.timeout = timeout


class FCContext:
    """One call's context. `logger` is None until `getLogger()` is called, as on FC."""

    def __init__(
        self, request_id: str, function: FunctionMeta, region: str, account_id: str
    ) -> None:
        self.request_id = request_id
        self.requestId = request_id
        self.function = function
        self.region = region
        self.account_id = account_id
        self.logger: Any = None

    def getLogger(self) -> logging.Logger:  # noqa: N802 - FC's name
        """The logger whose lines carry this call's request id."""
        if self.logger is None:
            self.logger = logging.getLogger()
        return self.logger


def make(order: Dict[str, Any], call: Dict[str, Any]) -> FCContext:
    """The context of one call in the shape of the function's runtime."""
    function: Any = FunctionMeta(
        order["function_name"], order["handler"], order["memory_size"], order["timeout"]
    )  # type: Any
    made: Any = FCContext(call["request_id"], function, order["region"], order["account_id"])
    if order["context_of_3_12"]:
        function.version_id = order["version"]
        function.qualifier = call["qualifier"]
        made.log_project = order["log_project"]
        made.log_store = order["logstore"]
    else:
        made.credentials = Credentials(*(call.get("credentials") or ("", "", "")))
        made.service = ServiceMeta(
            "", order["log_project"], order["logstore"], call["qualifier"], order["version"]
        )
    return made
