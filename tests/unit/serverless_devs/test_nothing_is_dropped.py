"""Whatever a file says is an argument, or is told with its line."""

import json
from typing import Any

import pytest
from fc_async_tasks import AsyncTaskArgs
from fc_async_tasks.serverless_devs.table import CODE_FROM_OSS, TABLE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.sample import Sample

# The properties in the schema of devsapp/fc3, each with a value that it may have.
OF_FC3: dict[str, Any] = {
    "annotations": {"headers": {"a": "b"}},
    "asyncInvokeConfig": {"asyncTask": True},
    "code": "./code",
    "concurrencyConfig": {"reservedConcurrency": 2},
    "cpu": 1,
    "customContainerConfig": {"image": "registry/x:1"},
    "customDNS": {"nameServers": ["1.1.1.1"]},
    "customDomain": {"domainName": "auto"},
    "customRuntimeConfig": {"command": ["./x"]},
    "description": "what it is",
    "disableOndemand": True,
    "diskSize": 512,
    "enableLongLiving": True,
    "endpoint": "http://x",
    "environmentVariables": {"A": "b"},
    "functionName": "other",
    "gpuConfig": {"gpuType": "fc.gpu.tesla.1", "gpuMemorySize": 1024},
    "handler": "index.handler",
    "idleTimeout": 60,
    "instanceConcurrency": 2,
    "instanceIsolationMode": "SHARE",
    "instanceLifecycleConfig": {"preStop": {"handler": "index.stop"}},
    "internetAccess": False,
    "layers": ["acs:fc:cn-hangzhou:1:layers/x/versions/1"],
    "logConfig": {"project": "project", "logstore": "logstore"},
    "memorySize": 1024,
    "nasConfig": {"mountPoints": [{"serverAddr": "a:/", "mountDir": "/mnt/a"}]},
    "ossMountConfig": {"mountPoints": [{"bucketName": "abc", "mountDir": "/mnt/b"}]},
    "polarFsConfig": {"mountPoints": [{"instanceId": "x"}]},
    "provisionConfig": {"defaultTarget": 1},
    "resourceGroupId": "rg-1",
    "role": "acs:ram::1:role/x",
    "runtime": "python3.10",
    "scalingConfig": {"minInstances": 1},
    "sessionAffinity": "MCP_SSE",
    "sessionAffinityConfig": {"sseEndpointPath": "/sse"},
    "supplement": {"x": 1},
    "tags": [{"key": "a", "value": "b"}],
    "timeout": 30,
    "tracingConfig": {"type": "Jaeger"},
    "triggers": [{"triggerName": "t", "triggerType": "http"}],
    "vpcBinding": {"vpcIds": ["vpc-1"]},
    "vpcConfig": {"vpcId": "vpc-1", "vSwitchIds": ["vsw-1"], "securityGroupId": "sg-1"},
}

# Arguments of AsyncTask for which fc3 has no property: they have no line in the table.
OF_ASYNC_TASK_ALONE = {
    *("install_requirements", "publish_version", "keep_versions", "alias"),
    *("role_name", "policy", "existing_queue", "queue_name", "message_retention_period"),
    *("log_project_name", "logstore_name", "log_retention_days", "logging", "keep_data"),
}


def with_properties(sample: MakeSample, properties: "dict[str, Any]") -> Sample:
    lines = [f"      {json.dumps(name)}: {json.dumps(of)}\n" for name, of in properties.items()]
    head = "edition: 3.0.0\nname: all\nresources:\n  one:\n    component: fc3\n    props:\n"
    return sample(head + "".join(lines)).code("code")


@pytest.mark.parametrize("name", OF_FC3)
def test_a_property_of_fc3_is_an_argument_or_is_told(sample: MakeSample, name: str) -> None:
    made = with_properties(sample, {"code": "./code", "runtime": "python3", name: OF_FC3[name]})
    (function,) = made.converted().functions
    line = made.line(f'"{name}":')
    arguments = {of.path for of in function.arguments.values() if of.place.line == line}
    told = {path for path, at in made.no_counterpart().items() if at == line}
    path = f"resources.one.props.{name}"
    assert any(each.startswith(path) for each in arguments | told)


def test_the_table_has_every_argument_that_fc3_has_a_property_for() -> None:
    rows = {row.argument for row in (*TABLE, CODE_FROM_OSS)}
    assert set(AsyncTaskArgs.__annotations__) - rows == OF_ASYNC_TASK_ALONE
    assert rows <= AsyncTaskArgs.__annotations__.keys()


PATHS = st.sampled_from(
    [
        (),
        ("asyncInvokeConfig",),
        ("asyncInvokeConfig", "destinationConfig"),
        ("asyncInvokeConfig", "destinationConfig", "onFailure"),
        ("logConfig",),
        ("vpcConfig",),
        ("nasConfig", "mountPoints", 0),
        ("ossMountConfig", "mountPoints", 0),
        ("customContainerConfig", "healthCheckConfig"),
        ("customRuntimeConfig",),
        ("instanceLifecycleConfig", "initializer"),
        ("concurrencyConfig",),
        ("gpuConfig",),
        ("customDNS", "dnsOptions", 0),
    ]
)


@given(path=PATHS, name=st.from_regex(r"new[A-Z][a-z]{1,8}", fullmatch=True))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_property_that_is_new_is_told_wherever_it_stands(
    sample: MakeSample, path: "tuple[str | int, ...]", name: str
) -> None:
    value: Any = {name: 1}
    for each in reversed(path):
        value = [value] if isinstance(each, int) else {each: value}
    made = with_properties(sample, {"code": "./code", "runtime": "python3", **value})
    where = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in (*path, name))
    assert made.no_counterpart().get(f"resources.one.props{where}") == made.line(name)
