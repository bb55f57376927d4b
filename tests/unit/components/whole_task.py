"""The guide's AsyncTask, and what is looked at in it."""

import json
from typing import Any, cast

import pulumi
from fc_async_tasks import AsyncTask, AsyncTaskArgs

from tests.unit.components.deployment import ACCOUNT, Deployment

OF_THE_JOB = f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/my-fc-job-results/messages"


def task(**others: Any) -> AsyncTask:
    return AsyncTask("task", arguments(**others))


def arguments(**others: Any) -> AsyncTaskArgs:
    return cast(AsyncTaskArgs, {"code_path": "code", "function_name": "my-fc-job", **others})


def outputs(of: AsyncTask) -> "dict[str, pulumi.Output[str]]":
    return {name: getattr(of, name) for name in AsyncTask.__annotations__}


def statements(deployment: Deployment) -> "list[dict[str, Any]]":
    return json.loads(deployment.inputs("Policy")["policyDocument"])["Statement"]
