"""TaskFunction: the function, and the configuration of its asynchronous invocations."""

import base64
import io
import zipfile
from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from fc_async_tasks import TaskFunction, TaskFunctionArgs

from tests.unit.components.deployment import Deploy
from tests.unit.components.function_settings import (
    FUNCTION_INPUTS,
    LOG_CONFIG,
    OTHERS,
    SETTINGS,
)
from tests.unit.components.minimal_function import ROLE, minimal

QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"

TOPIC = "acs:mns:::/topics/done/messages"


def test_every_argument_reaches_the_provider(deploy: Deploy) -> None:
    args: dict[str, Any] = {
        **SETTINGS,
        "role_arn": ROLE,
        "log_project": "my-logs",
        "logstore": "lines",
        "success_destination": TOPIC,
        "failure_destination": QUEUE,
    }
    assert args.keys() == TaskFunctionArgs.__annotations__.keys() - OTHERS

    def program() -> object:
        function = TaskFunction("job", cast(TaskFunctionArgs, args))
        return function.function_arn, function.version_id

    deployment = deploy(program)

    function = dict(deployment.inputs("V3Function"))
    assert list(function.pop("code")) == ["zipFile"]
    assert function == {
        **FUNCTION_INPUTS,
        "role": ROLE,
        "logConfig": {**LOG_CONFIG, "project": "my-logs", "logstore": "lines"},
    }
    assert deployment.inputs("V3AsyncInvokeConfig") == {
        "functionName": "my-fc-job",
        "qualifier": "LATEST",
        "asyncTask": False,
        "maxAsyncEventAgeInSeconds": 3600,
        "maxAsyncRetryAttempts": 0,
        "destinationConfig": {
            "onSuccess": {"destination": TOPIC},
            "onFailure": {"destination": QUEUE},
        },
    }
    assert deployment.inputs("V3ConcurrencyConfig") == {
        "functionName": "my-fc-job",
        "reservedConcurrency": 5,
    }
    assert deployment.inputs("V3FunctionVersion") == {"functionName": "my-fc-job"}
    (version,) = deployment.of("V3FunctionVersion")
    assert version.kept
    assert deployment.inputs("V3Alias") == {
        "functionName": "my-fc-job",
        "aliasName": "prod",
        "description": "for customers",
        "additionalVersionWeight": {"3": 0.05},
        "versionId": "1",
    }
    assert deployment.returned == (
        "acs:fc:cn-hangzhou:1234567890123456:functions/my-fc-job",
        "1",
    )


def test_code_in_oss_is_taken_from_there(deploy: Deploy) -> None:
    args = cast(
        TaskFunctionArgs,
        {
            "role_arn": ROLE,
            "code_from_oss": {"bucket_name": "code", "object_name": "a.zip", "checksum": "12"},
        },
    )
    deployment = deploy(lambda: TaskFunction("job", args))

    assert deployment.inputs("V3Function")["code"] == {
        "ossBucketName": "code",
        "ossObjectName": "a.zip",
        "checksum": "12",
    }


CHECK = {"http_get_url": "/health", "period_seconds": 3, "failure_threshold": 2}

CHECKED = {"httpGetUrl": "/health", "periodSeconds": 3, "failureThreshold": 2}


def test_a_custom_runtime_has_its_server(deploy: Deploy) -> None:
    config = {"commands": ["./run"], "args": ["-q"], "port": 80, "health_check_config": CHECK}
    deployment = deploy(
        lambda: TaskFunction("job", minimal(runtime="custom", custom_runtime_config=config))
    )

    function = deployment.inputs("V3Function")
    assert function["customRuntimeConfig"] == {
        "commands": ["./run"],
        "args": ["-q"],
        "port": 80,
        "healthCheckConfig": CHECKED,
    }
    assert function["code"]["zipFile"]


def test_a_container_has_its_image_and_no_code(deploy: Deploy) -> None:
    config = {
        "image": "registry.example/films:1",
        "entrypoints": ["run"],
        "commands": ["-q"],
        "port": 80,
        "health_check_config": CHECK,
    }
    args = {"role_arn": ROLE, "runtime": "custom-container", "custom_container_config": config}
    deployment = deploy(lambda: TaskFunction("job", cast(TaskFunctionArgs, args)))

    function = deployment.inputs("V3Function")
    assert "code" not in function
    assert function["customContainerConfig"] == {
        "image": "registry.example/films:1",
        "entrypoints": ["run"],
        "commands": ["-q"],
        "port": 80,
        "healthCheckConfig": CHECKED,
    }


def test_the_defaults_are_those_of_the_guide(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskFunction("my-fc-job", minimal()))

    function = dict(deployment.inputs("V3Function"))
    del function["code"]
    assert function == {
        "functionName": "my-fc-job",
        "handler": "index.handler",
        "runtime": "python3",
        "role": ROLE,
        "memorySize": 128,
        "diskSize": 512,
        "timeout": 60,
        "instanceConcurrency": 1,
        "internetAccess": True,
    }
    assert deployment.inputs("V3AsyncInvokeConfig") == {
        "functionName": "my-fc-job",
        "qualifier": "LATEST",
        "asyncTask": True,
        "maxAsyncEventAgeInSeconds": 172800,
        "maxAsyncRetryAttempts": 1,
    }


def test_the_code_is_the_archive_of_the_folder(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskFunction("job", minimal()))

    data = base64.b64decode(deployment.inputs("V3Function")["code"]["zipFile"], validate=True)
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["index.py"]


@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize(
    ("sides", "destinations"),
    [
        ({"failure_destination": QUEUE}, {"onFailure": {"destination": QUEUE}}),
        ({"success_destination": QUEUE}, {"onSuccess": {"destination": QUEUE}}),
        ({"success_destination": "none", "failure_destination": "none"}, None),
    ],
)
def test_only_the_sides_that_are_set_are_sent(
    deploy: Deploy, sides: "dict[str, str]", destinations: object, preview: bool
) -> None:
    deployment = deploy(lambda: TaskFunction("job", minimal(**sides)), preview=preview)

    assert deployment.inputs("V3AsyncInvokeConfig").get("destinationConfig") == destinations


def test_values_that_are_known_later_arrive(deploy: Deploy) -> None:
    def program() -> TaskFunction:
        later: Callable[[Any], pulumi.Output[Any]] = pulumi.Output.from_input
        return TaskFunction(
            "job",
            minimal(
                timeout=later(5),
                handler=later("index.handler"),
                cpu=later(0.1),
                environment_variables={"A": later("1"), "B": "2"},
                failure_destination=later(QUEUE),
            ),
        )

    function = deploy(program).inputs("V3Function")

    assert (function["timeout"], function["handler"], function["cpu"]) == (5, "index.handler", 0.1)
    assert function["environmentVariables"] == {"A": "1", "B": "2"}


def test_whatever_uses_the_function_waits_until_its_invocations_are_configured(
    deploy: Deploy,
) -> None:
    async def dependencies(function: TaskFunction) -> "list[set[str]]":
        outputs = (function.function_name, function.function_arn)
        return [{type(each).__name__ for each in await one.resources()} for one in outputs]

    deployment = deploy(lambda: dependencies(TaskFunction("job", minimal())))

    assert all("V3AsyncInvokeConfig" in each for each in deployment.returned)


def test_a_preview_knows_the_functions_name(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskFunction("job", minimal()).function_name, preview=True)

    assert deployment.returned == "job"
