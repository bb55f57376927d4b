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
)
from pulumi.provider.experimental.component import ComponentProvider

COMPONENTS: "dict[type[pulumi.ComponentResource], Any]" = {
    AsyncTask: AsyncTaskArgs,
    TaskFunction: TaskFunctionArgs,
    TaskLogs: TaskLogsArgs,
    TaskQueue: TaskQueueArgs,
    TaskRole: TaskRoleArgs,
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


def test_what_has_no_default_is_required(schema: "dict[str, Any]") -> None:
    assert of(schema, "AsyncTask").get("requiredInputs") == ["codePath"]
    assert of(schema, "TaskFunction").get("requiredInputs") == ["codePath", "roleArn"]
    for name in ("TaskRole", "TaskQueue", "TaskLogs"):
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
    assert plain == {"codePath", "policy"}
    assert of(schema, "AsyncTask")["properties"].keys() == {
        "accountId",
        "region",
        "functionName",
        "functionArn",
        "roleArn",
        "queueName",
        "logProject",
        "logstore",
    }
