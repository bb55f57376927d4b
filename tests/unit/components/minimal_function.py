"""The fewest arguments that a TaskFunction takes."""

from typing import Any, cast

from fc_async_tasks import TaskFunctionArgs

ROLE = "acs:ram::1234567890123456:role/runs"


def minimal(**others: Any) -> TaskFunctionArgs:
    return cast(TaskFunctionArgs, {"code_path": "code", "role_arn": ROLE, **others})
