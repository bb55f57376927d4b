"""What TaskFunction refuses, and how it says so."""

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from fc_async_tasks import TaskFunction, TaskFunctionArgs

from tests.unit.components.deployment import Deploy
from tests.unit.components.minimal_function import minimal

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
