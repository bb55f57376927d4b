"""FC's limits: what is refused, in which words, and what a function has when nobody says."""

from typing import Any

import pytest

from localcloud.fc import functions
from localcloud.fc.documents import function_document
from localcloud.fc.recorded_settings import without_effect
from localcloud.refusal import Refusal

from .conftest import Store, body


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"timeout": 0}, ["timeout is 0", "1 to 86400 s"]),
        ({"timeout": 86_401}, ["timeout is 86401"]),
        ({"timeout": True}, ["timeout is True"]),
        ({"timeout": "60"}, ["timeout is '60'", "a whole number"]),
        ({"memorySize": 64}, ["memorySize is 64", "128 to 32768 MB", "multiple of 64"]),
        ({"memorySize": 200}, ["memorySize is 200"]),
        ({"cpu": 0.07}, ["cpu is 0.07", "multiple of 0.05"]),
        ({"cpu": 16.05, "memorySize": 32_768}, ["cpu is 16.05"]),
        ({"cpu": float("nan")}, ["cpu is nan"]),
        ({"cpu": 1, "memorySize": 512}, ["ratio", "1:1 and 1:4", "0.15 to 0.5"]),
        ({"cpu": 0.05, "memorySize": 512}, ["ratio"]),
        ({"diskSize": 1024}, ["diskSize is 1024", "512, 10240"]),
        ({"instanceConcurrency": 201}, ["instanceConcurrency is 201", "1 to 200"]),
        ({"functionName": "1job"}, ["functionName is '1job'", "beginning with a letter"]),
        ({"functionName": "j" * 65}, ["functionName is", "1 to 64"]),
        ({"runtime": "python2.7"}, ["runtime is 'python2.7'", "python3.10"]),
        ({"handler": "handler"}, ["handler is 'handler'", "<file>.<function>"]),
        ({"environmentVariables": {"A": "x" * 4096}}, ["environmentVariables holds 4097 bytes"]),
        ({"environmentVariables": {"A=B": ""}}, ["'A=B'"]),
        ({"environmentVariables": {"SECRET": 5}}, ["environmentVariables.SECRET is no text"]),
        ({"role": "acs:ram::999:role/x"}, ["role is", "a role of this account"]),
        ({"role": "acs:ram::1234567890123456:role/none"}, ["role is", "that exists"]),
        ({"logConfig": {"project": "p"}}, ["logConfig.logstore is missing"]),
        ({"logConfig": {"project": "p", "logstore": "l"}}, ["project 'p' does not exist"]),
        ({"layers": ["acs:fc:cn-hangzhou:official:layers/Python/versions/1"]}, ["official"]),
        ({"nonsense": 1}, ["nonsense is not a setting"]),
        ({"logConfig": {"colour": 1}}, ["logConfig.colour is not a setting"]),
        ({"code": None}, ["code is missing"]),
        ({"runtime": "custom-container"}, ["customContainerConfig.image is missing"]),
        (
            {"instanceLifecycleConfig": {"preStop": {"command": ["rm"]}}},
            ["preStop.command", "handler"],
        ),
    ],
)
def test_a_value_outside_the_limits_is_named_with_what_is_allowed(
    store: Store, settings: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(Refusal) as refused:
        store.create("job", **settings)
    assert (refused.value.code, refused.value.status) == ("InvalidArgument", 400)
    for word in words:
        assert word in refused.value.message


def test_the_value_of_an_environment_variable_is_in_no_message(store: Store) -> None:
    with pytest.raises(Refusal) as refused:
        store.create("job", environmentVariables={"TOKEN": "s3cret" * 1000})
    assert "s3cret" not in refused.value.message


@pytest.mark.parametrize(
    "settings",
    [
        {"timeout": 1},
        {"timeout": 86_400},
        {"memorySize": 128, "cpu": 0.05},
        {"memorySize": 32_768, "cpu": 16},
        {"cpu": 0.35, "memorySize": 512},
        {"cpu": 0.15, "memorySize": 512},
        {"diskSize": 10_240},
        {"instanceConcurrency": 200},
        {"functionName": "_" + "j" * 63},
        {"environmentVariables": {"A": "x" * 4095}},
        {"handler": "folder/index.handler"},
    ],
)
def test_the_limits_themselves_are_allowed(store: Store, settings: dict[str, Any]) -> None:
    name = settings.get("functionName", "job")
    row = store.create(name, **settings)
    document = function_document(row, {})
    for field, value in settings.items():
        assert document[field] == value


def test_only_what_a_function_always_has_is_given_back_unasked(store: Store) -> None:
    document = function_document(store.create(), {})
    assert document["timeout"] == 3
    assert document["diskSize"] == 512
    assert document["instanceConcurrency"] == 1
    assert document["state"] == "Active"
    for absent in (
        "description",
        "role",
        "environmentVariables",
        "idleTimeout",
        "logConfig",
        "customRuntimeConfig",
        "customContainerConfig",
        "customDNS",
        "gpuConfig",
        "instanceLifecycleConfig",
        "invocationRestriction",
        "sessionAffinityConfig",
        "tags",
        "layers",
        "code",
    ):
        assert absent not in document, absent


def test_an_update_keeps_what_it_does_not_name(store: Store) -> None:
    store.create("job", timeout=60, environmentVariables={"A": "1", "B": "2"}, description="d")
    document = function_document(
        store.update("job", timeout=90, environmentVariables={"A": "3"}, description=None), {}
    )
    assert document["timeout"] == 90
    assert document["environmentVariables"] == {"A": "3"}
    assert document["description"] == "d"
    assert document["codeChecksum"] == "1"


def test_an_update_is_checked_as_a_whole(store: Store) -> None:
    store.create("job", cpu=0.5, memorySize=512)
    with pytest.raises(Refusal, match="ratio"):
        store.update("job", memorySize=4096)
    assert store.read(lambda tx: functions.require_function(tx, "job")).config["memorySize"] == 512


def test_what_is_only_recorded_is_told_and_what_asks_for_nothing_is_not() -> None:
    quiet = body("job", internetAccess=True, diskSize=512, sessionAffinity="NONE", vpcConfig={})
    assert without_effect(quiet) == []
    loud = body(
        "job",
        internetAccess=False,
        vpcConfig={"vpcId": "vpc-1"},
        logConfig={"project": "p", "logstore": "l", "enableInstanceMetrics": True},
        customRuntimeConfig={"healthCheckConfig": {"initialDelaySeconds": 0}},
        runtime="java11",
    )
    assert {entry.thing for entry in without_effect(loud)} == {
        "internetAccess",
        "vpcConfig",
        "logConfig.enableInstanceMetrics",
        "java11",
    }
