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

ROLE = "acs:ram::1234567890123456:role/runs"
QUEUE = "acs:mns:cn-hangzhou:1234567890123456:/queues/results/messages"
TOPIC = "acs:mns:::/topics/done/messages"


def minimal(**others: Any) -> TaskFunctionArgs:
    return cast(TaskFunctionArgs, {"code_path": "code", "role_arn": ROLE, **others})


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


IMAGE = {"image": "registry.example/films:1"}
FROM_OSS = {"bucket_name": "code", "object_name": "a.zip"}
NAS = {"mount_points": [{"server_addr": "nas.example:/", "mount_dir": "/mnt/a"}]}


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            {"code_path": None},
            "codePath is missing: set it to the folder of the code, or set codeFromOss.",
        ),
        (
            {"code_from_oss": FROM_OSS},
            "codePath and codeFromOss are both set: code comes from one of them.",
        ),
        (
            {"runtime": "custom-container", "custom_container_config": IMAGE},
            "codePath is set with runtime 'custom-container': its code is the image of "
            "customContainerConfig; leave it out.",
        ),
        (
            {"runtime": "custom-container", "code_path": None},
            "runtime is 'custom-container' without customContainerConfig: set it, with the address "
            "of the image.",
        ),
        (
            {"custom_container_config": IMAGE},
            "customContainerConfig is set with runtime 'python3': it belongs to custom-container; "
            "leave it out or set that.",
        ),
        (
            {"custom_runtime_config": {"port": 80}},
            "customRuntimeConfig is set with runtime 'python3': it belongs to custom, "
            "custom.debian10, custom.debian11, custom.debian12; leave it out or set one of these.",
        ),
        (
            {"runtime": "custom.debian12"},
            "runtime is 'custom.debian12', but the code folder 'code' has no bootstrap: put the "
            "program that starts the server there, or set customRuntimeConfig.commands.",
        ),
        (
            {"instance_lifecycle_config": {"initializer": {"handler": "main.warm_up"}}},
            "instanceLifecycleConfig.initializer.handler is 'main.warm_up', but the code folder "
            "'code' has no main.py: the handler must be <file>.<function> with a file of that "
            "folder.",
        ),
        (
            {"nas_config": NAS},
            "nasConfig is set without vpcConfig: a NAS file system is reached through its VPC, so "
            "set vpcConfig too.",
        ),
        (
            {
                "oss_mount_config": {
                    "mount_points": [
                        {"bucket_name": "films", "endpoint": "x", "mount_dir": folder}
                        for folder in ("/mnt/a", "/mnt/a/")
                    ]
                }
            },
            "mountDir '/mnt/a' is set twice: each mount needs its own.",
        ),
        (
            {"alias": {"alias_name": "prod"}, "publish_version": False},
            "alias is set and publishVersion is false: an alias points at a published version; "
            "leave publishVersion out.",
        ),
        (
            {"keep_versions": True},
            "keepVersions is true, but no version is published: set publishVersion or alias.",
        ),
        (
            {"install_requirements": True},
            "installRequirements is true, but 'code' has no requirements.txt: write one.",
        ),
        (
            {"install_requirements": True, "runtime": "nodejs20", "handler": "example::a"},
            "installRequirements is true with runtime 'nodejs20': requirements are installed for "
            "python3, python3.9, python3.10, python3.12; leave it out.",
        ),
    ],
)
def test_settings_that_do_not_go_together(
    deploy: Deploy, args: "dict[str, Any]", sentence: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: TaskFunction("job", minimal(**args)))

    assert sentence in str(refused.value).splitlines()


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
    ("variables", "reason"),
    [
        (lambda: {"FC_X": pulumi.Output.secret("s3cr3t")}, "has the name 'FC_X'"),
        (lambda: {"A": pulumi.Output.secret("s" * 4096)}, "hold 4097 bytes"),
        (lambda: pulumi.Output.secret({"FC_X": "s3cr3t"}), "has the name 'FC_X'"),
    ],
)
def test_secret_variables_are_checked_and_never_shown(
    deploy: Deploy, variables: "Callable[[], Any]", reason: str
) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: TaskFunction("job", minimal(environment_variables=variables())))

    assert reason in str(refused.value)
    assert "s3cr3t" not in str(refused.value)
    assert "ssss" not in str(refused.value)


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
