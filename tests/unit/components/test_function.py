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

ROLE = "acs:ram::1234567890123456:role/runs"
QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"
TOPIC = "acs:mns:::/topics/done/messages"


def minimal(**others: Any) -> TaskFunctionArgs:
    return cast(TaskFunctionArgs, {"code_path": "code", "role_arn": ROLE, **others})


def test_every_argument_reaches_function_or_configuration(deploy: Deploy) -> None:
    args: TaskFunctionArgs = {
        "code_path": "code",
        "role_arn": ROLE,
        "function_name": "my-fc-job",
        "description": "this is test",
        "handler": "index.handler",
        "runtime": "python3.12",
        "memory_size": 1024,
        "cpu": 0.35,
        "disk_size": 10240,
        "timeout": 600,
        "instance_concurrency": 2,
        "internet_access": False,
        "environment_variables": {"MODE": "fast"},
        "log_project": "my-logs",
        "logstore": "lines",
        "request_metrics": False,
        "instance_metrics": True,
        "async_task": False,
        "max_async_event_age_in_seconds": 3600,
        "max_async_retry_attempts": 0,
        "qualifier": "LATEST",
        "success_destination": TOPIC,
        "failure_destination": QUEUE,
        "tags": {"team": "media"},
    }
    assert args.keys() == TaskFunctionArgs.__annotations__.keys()

    deployment = deploy(lambda: TaskFunction("job", args).function_arn)

    function = dict(deployment.inputs("V3Function"))
    assert list(function.pop("code")) == ["zipFile"]
    assert function == {
        "functionName": "my-fc-job",
        "description": "this is test",
        "handler": "index.handler",
        "runtime": "python3.12",
        "role": ROLE,
        "memorySize": 1024,
        "cpu": 0.35,
        "diskSize": 10240,
        "timeout": 600,
        "instanceConcurrency": 2,
        "internetAccess": False,
        "environmentVariables": {"MODE": "fast"},
        "logConfig": {
            "project": "my-logs",
            "logstore": "lines",
            "enableRequestMetrics": False,
            "enableInstanceMetrics": True,
            "logBeginRule": "None",
        },
        "tags": {"team": "media"},
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
    assert deployment.returned == "acs:fc:cn-hangzhou:1234567890123456:functions/my-fc-job"


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


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("timeout", 0, "timeout is 0 seconds: it must be a whole number from 1 to 86400 seconds."),
        (
            "cpu",
            1.0,
            "cpu is 1 vCPU with memorySize 128 MB: the ratio of vCPU to GB must be from 1:1 to "
            "1:4, so with this memory cpu must be from 0.05 to 0.1 vCPU.",
        ),
        (
            "handler",
            "main.run",
            "handler is 'main.run', but the code folder 'code' has no main.py: the handler must "
            "be <file>.<function> with a file of that folder.",
        ),
    ],
)
@pytest.mark.parametrize("later", [False, True], ids=["known now", "known later"])
def test_a_wrong_value_is_refused_when_it_is_known(
    deploy: Deploy, name: str, value: Any, sentence: str, later: bool
) -> None:
    def program() -> TaskFunction:
        return TaskFunction(
            "job", minimal(**{name: pulumi.Output.from_input(value) if later else value})
        )

    with pytest.raises(pulumi.RunError) as refused:
        deploy(program)

    assert str(refused.value) == sentence


def test_everything_that_is_wrong_is_said_together_and_before_anything_is_made(
    deploy: Deploy,
) -> None:
    args = cast(
        TaskFunctionArgs,
        {"code_path": "nowhere", "memory_size": 100, "timeuot": 5, "logstore": "x"},
    )
    said: list[str] = []

    def program() -> None:
        with pytest.raises(pulumi.RunError) as refused:
            TaskFunction("job", args)
        said.extend(str(refused.value).splitlines())

    deployment = deploy(program)

    assert deployment.in_the_cloud() == []
    assert said == [
        "'timeuot' is no argument of TaskFunctionArgs: 'timeout' is.",
        "roleArn is missing.",
        "memorySize is 100 MB: it must be a multiple of 64 MB from 128 to 32768 MB.",
        "logstore is 'x': it must be 3 to 63 lower-case letters, digits, hyphens and underscores, "
        "with a letter or a digit at either end.",
        "logProject and logstore belong together: set both of them, or neither.",
        "codePath is 'nowhere': there is no such folder; it must be the folder of the function's "
        "code, relative to the project's own.",
    ]


AGE_WARNING = "    export TF_SKIP_RESOURCE_SCHEMA_VALIDATION=true"


def test_the_guides_event_age_is_warned_of_once_with_the_line_that_helps(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION")

    def program() -> None:
        TaskFunction("one", minimal())
        TaskFunction("two", minimal(max_async_event_age_in_seconds=pulumi.Output.from_input(90000)))

    deployment = deploy(program)

    (warning,) = deployment.warnings
    assert warning.startswith("maxAsyncEventAgeInSeconds is 172800 seconds")
    assert AGE_WARNING in warning.splitlines()
    assert len(deployment.of("V3AsyncInvokeConfig")) == 2


@pytest.mark.parametrize("variable", [None, "false"])
def test_an_age_that_the_provider_takes_is_not_warned_of(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, variable: "str | None"
) -> None:
    monkeypatch.delenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION")
    if variable:
        monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", variable)

    deployment = deploy(lambda: TaskFunction("job", minimal(max_async_event_age_in_seconds=86400)))

    assert deployment.warnings == []


def test_an_age_known_later_is_warned_of_when_it_is_known(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", "false")

    deployment = deploy(
        lambda: TaskFunction(
            "job", minimal(max_async_event_age_in_seconds=pulumi.Output.from_input(86401))
        )
    )

    assert len(deployment.warnings) == 1


def test_with_the_variable_set_nothing_is_warned_of(deploy: Deploy) -> None:
    assert deploy(lambda: TaskFunction("job", minimal())).warnings == []
