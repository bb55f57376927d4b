"""The package as a component plugin: what `pulumi package get-schema ./components` is made from."""

import inspect
import json
from typing import Any

import fc_async_tasks
import pulumi
import pytest
from fc_async_tasks import (
    AsyncTask,
    AsyncTaskArgs,
    TaskFunction,
    TaskFunctionArgs,
    TaskLogs,
    TaskLogsArgs,
    TaskQueue,
    TaskQueueArgs,
    TaskRole,
    TaskRoleArgs,
    TaskTimer,
    TaskTimerArgs,
)
from pulumi.provider.experimental.component import ComponentProvider

COMPONENTS: "dict[type[pulumi.ComponentResource], Any]" = {
    AsyncTask: AsyncTaskArgs,
    TaskFunction: TaskFunctionArgs,
    TaskLogs: TaskLogsArgs,
    TaskQueue: TaskQueueArgs,
    TaskRole: TaskRoleArgs,
    TaskTimer: TaskTimerArgs,
}


@pytest.fixture(scope="module")
def schema() -> "dict[str, Any]":
    # The plugin's host takes what the package exports, as it takes it here.
    exported = [getattr(fc_async_tasks, name) for name in dir(fc_async_tasks)]
    components = [
        each
        for each in exported
        if inspect.isclass(each) and issubclass(each, pulumi.ComponentResource)
    ]
    assert set(components) == COMPONENTS.keys()
    provider = ComponentProvider(components, "fc-async-tasks", version="0.1.0")
    return json.loads(provider.schema or "")


def of(schema: "dict[str, Any]", name: str) -> "dict[str, Any]":
    return schema["resources"][f"fc-async-tasks:index:{name}"]


def test_every_component_is_in_the_schema_under_its_token(schema: "dict[str, Any]") -> None:
    assert schema["resources"].keys() == {
        f"fc-async-tasks:index:{each.__name__}" for each in COMPONENTS
    }


def test_every_argument_and_output_is_described(schema: "dict[str, Any]") -> None:
    for resource in schema["resources"].values():
        assert resource["description"]
        for described in (resource["inputProperties"], resource["properties"]):
            without = [name for name, each in described.items() if not each.get("description")]
            assert without == []
    for kind in schema["types"].values():
        assert kind["description"]
        undescribed = [n for n, each in kind["properties"].items() if not each.get("description")]
        assert undescribed == []


def test_arguments_that_two_components_share_are_described_alike(schema: "dict[str, Any]") -> None:
    whole = of(schema, "AsyncTask")["inputProperties"]
    for part in ("TaskFunction", "TaskQueue", "TaskLogs"):
        for name, each in of(schema, part)["inputProperties"].items():
            # A name to make has another default there, and OSS another permission.
            if name in whole and name not in OTHERWISE:
                assert whole[name] == each, name


OTHERWISE = {
    *("queueName", "logProjectName", "logstoreName", "tags", "ossMountConfig", "roleArn"),
}


def test_what_has_no_default_is_required(schema: "dict[str, Any]") -> None:
    assert of(schema, "TaskFunction").get("requiredInputs") == ["roleArn"]
    assert of(schema, "TaskTimer").get("requiredInputs") == ["cronExpression", "functionName"]
    for name in ("AsyncTask", "TaskRole", "TaskQueue", "TaskLogs"):
        assert not of(schema, name).get("requiredInputs")


def test_types_survive_the_trip_to_other_languages(schema: "dict[str, Any]") -> None:
    inputs = of(schema, "AsyncTask")["inputProperties"]

    types = {name: inputs[name]["type"] for name in ("timeout", "cpu", "internetAccess", "tags")}
    assert types == {
        "timeout": "integer",
        "cpu": "number",
        "internetAccess": "boolean",
        "tags": "object",
    }
    # What decides what is made must be known when it is made; everything else may be an output.
    plain = {name for name, each in inputs.items() if each.get("plain")}
    decides = {"codePath", "installRequirements", "publishVersion", "keepVersions"}
    assert plain == {*decides, "policy", "logging", "keepData"}
    assert of(schema, "AsyncTask")["properties"].keys() == {
        "accountId",
        "region",
        "functionName",
        "functionArn",
        "roleArn",
        "queueName",
        "logProject",
        "logstore",
        "versionId",
    }


def test_groups_of_settings_are_types_of_their_own(schema: "dict[str, Any]") -> None:
    inputs = of(schema, "AsyncTask")["inputProperties"]
    vpc = inputs["vpcConfig"]["$ref"].removeprefix("#/types/")

    assert schema["types"][vpc]["properties"].keys() == {
        "vpcId",
        "vswitchIds",
        "securityGroupId",
    }
    assert schema["types"][vpc]["properties"]["vswitchIds"]["items"]["type"] == "string"


def test_groups_of_settings_arrive_from_other_languages() -> None:
    provider = ComponentProvider([AsyncTask], "fc-async-tasks")
    (definition,) = provider._component_defs.values()  # pyright: ignore
    sent: Any = {
        "codePath": "code",
        "nasConfig": {
            "userId": 1,
            "mountPoints": [{"serverAddr": "nas.example:/", "mountDir": "/mnt/a"}],
        },
        "instanceLifecycleConfig": {"preStop": {"handler": "index.stop"}},
    }

    assert provider.map_inputs(sent, definition) == {
        "code_path": "code",
        "nas_config": {
            "user_id": 1,
            "mount_points": [{"server_addr": "nas.example:/", "mount_dir": "/mnt/a"}],
        },
        "instance_lifecycle_config": {"pre_stop": {"handler": "index.stop"}},
    }
