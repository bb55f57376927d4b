"""The program itself, run on mocks with the configuration of each stack."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
import yaml
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import get_root_resource

from tests.unit.components.deployment import ACCOUNT, Deployment, deploy_on_mocks

PROJECT = Path(__file__).parents[2]
OUTPUTS = {
    "accountId",
    "region",
    "functionName",
    "functionArn",
    "roleArn",
    "queueName",
    "logProject",
    "logstore",
}


def settings_of(file: str) -> "dict[str, Any]":
    return yaml.safe_load((PROJECT / file).read_text())


SCHEMA = settings_of("Pulumi.yaml")["config"]
DEV = settings_of("Pulumi.dev.yaml")["config"]
PROD = settings_of("Pulumi.prod.yaml")["config"]

Run = Callable[..., Deployment]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program with a stack's configuration over the defaults, as the engine gives them."""
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", "true")

    def run_with(stack: "dict[str, Any]", preview: bool = False, **others: object) -> Deployment:
        settings: dict[str, Any] = {
            f"fc-async-tasks:{key}": each["default"] for key, each in SCHEMA.items()
        }
        settings |= stack
        settings |= {f"fc-async-tasks:{key}": value for key, value in others.items()}
        as_text = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in settings.items()
        }

        def program() -> object:
            set_all_config(as_text)
            runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__")
            return cast(Any, get_root_resource()).outputs

        return deploy_on_mocks(program, preview=preview)

    return run_with


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(("stack", "timeout"), [(DEV, 3), (PROD, 60)], ids=["dev", "prod"])
def test_each_stack_is_the_guides_nine_resources(
    run: Run, stack: "dict[str, Any]", timeout: int, preview: bool
) -> None:
    deployment = run(stack, preview)

    assert deployment.in_the_cloud() == [
        "Policy",
        "Project",
        "Role",
        "RolePolicyAttachment",
        "ServiceQueue",
        "Store",
        "StoreIndex",
        "V3AsyncInvokeConfig",
        "V3Function",
    ]
    function = dict(deployment.inputs("V3Function"))
    assert function.pop("code")["zipFile"]
    function.pop("logConfig")
    function.pop("role", None)
    assert function == {
        "functionName": "my-fc-job",
        "description": "this is test",
        "handler": "index.handler",
        "runtime": "python3",
        "memorySize": 128,
        "diskSize": 512,
        "timeout": timeout,
        "instanceConcurrency": 1,
        "internetAccess": True,
        "environmentVariables": {},
        "tags": {},
    }
    queue = f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/my-fc-job-results/messages"
    assert deployment.inputs("V3AsyncInvokeConfig") == {
        "functionName": "my-fc-job",
        "qualifier": "LATEST",
        "asyncTask": True,
        "maxAsyncEventAgeInSeconds": 172800,
        "maxAsyncRetryAttempts": 1,
        "destinationConfig": {
            "onSuccess": {"destination": queue},
            "onFailure": {"destination": queue},
        },
    }


def test_the_outputs_are_exported(run: Run) -> None:
    exported = run(DEV).returned

    assert exported.keys() == OUTPUTS
    assert exported["functionArn"] == f"acs:fc:cn-hangzhou:{ACCOUNT}:functions/my-fc-job"
    assert exported["queueName"] == "my-fc-job-results"


# A value other than the default for each key, and the input that it must arrive at.
OTHER_VALUES: "dict[str, tuple[Any, str, str, Any]]" = {
    "functionName": ("other", "V3Function", "functionName", "other"),
    "description": ("for films", "V3Function", "description", "for films"),
    "handler": ("other.run", "V3Function", "handler", "other.run"),
    "runtime": ("python3.12", "V3Function", "runtime", "python3.12"),
    "memorySize": (256, "V3Function", "memorySize", 256),
    "cpu": ("0.1", "V3Function", "cpu", 0.1),
    "diskSize": (10240, "V3Function", "diskSize", 10240),
    "timeout": (7, "V3Function", "timeout", 7),
    "instanceConcurrency": (2, "V3Function", "instanceConcurrency", 2),
    "internetAccess": (False, "V3Function", "internetAccess", False),
    "environmentVariables": ({"A": "b"}, "V3Function", "environmentVariables", {"A": "b"}),
    "asyncTask": (False, "V3AsyncInvokeConfig", "asyncTask", False),
    "maxAsyncEventAgeInSeconds": (
        60,
        "V3AsyncInvokeConfig",
        "maxAsyncEventAgeInSeconds",
        60,
    ),
    "maxAsyncRetryAttempts": (0, "V3AsyncInvokeConfig", "maxAsyncRetryAttempts", 0),
    "policy": ("system", "RolePolicyAttachment", "policyName", "AliyunFCDefaultRolePolicy"),
    "queueName": ("failures", "ServiceQueue", "queueName", "failures"),
    "messageRetentionPeriod": (60, "ServiceQueue", "messageRetentionPeriod", 60),
    "logProjectName": ("my-logs", "Project", "projectName", "my-logs"),
    "logstoreName": ("lines", "Store", "logstoreName", "lines"),
    "logRetentionDays": (3, "Store", "retentionPeriod", 3),
    "tags": ({"team": "x"}, "Role", "tags", {"team": "x"}),
}
# These have a test of their own below.
OTHERWISE = {
    *("codePath", "qualifier", "onSuccess", "onFailure"),
    *("requestMetrics", "instanceMetrics", "keepData"),
}


@pytest.mark.parametrize("key", OTHER_VALUES)
def test_every_key_acts(run: Run, key: str, tmp_path: Path) -> None:
    value, resource, name, expected = OTHER_VALUES[key]
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    (tmp_path / "other.py").write_text("def run(event, context): ...\n")

    deployment = run(PROD, **{"codePath": str(tmp_path), key: value})

    assert deployment.inputs(resource)[name] == expected


def test_code_metrics_and_sides_act(run: Run, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    code = run(PROD).inputs("V3Function")["code"]
    others = {"requestMetrics": False, "instanceMetrics": True, "onSuccess": "none"}
    deployment = run(PROD, codePath=str(tmp_path), **others)

    function = deployment.inputs("V3Function")
    assert function["code"] != code
    assert function["logConfig"]["enableRequestMetrics"] is False
    assert function["logConfig"]["enableInstanceMetrics"] is True
    sides = deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]
    assert list(sides) == ["onFailure"]
    (only,) = run(PROD, onFailure="none").inputs("V3AsyncInvokeConfig")["destinationConfig"]
    assert only == "onSuccess"


def test_every_key_is_tested_typed_and_described() -> None:
    assert OTHER_VALUES.keys() | OTHERWISE == SCHEMA.keys()
    types = {"string": str, "integer": int, "boolean": bool, "object": dict}
    for key, each in SCHEMA.items():
        assert type(each["default"]) is types[each["type"]], key
        assert each["description"], key


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("cpu", "fast", "cpu is 'fast': it must be a number of vCPU, as 0.1."),
        ("qualifier", "prod", "qualifier is 'prod': it must be LATEST, as the provider reads"),
        ("timeout", 86401, "timeout is 86401 seconds: it must be a whole number from 1 to 86400"),
        ("policy", "most", "policy is 'most': it must be one of least, guide, system."),
        ("codePath", "nowhere", "codePath is 'nowhere': there is no such folder;"),
        ("handler", "main.handler", "handler is 'main.handler', but the code folder"),
        ("handler", "index.nope", "handler is 'index.nope', but index.py in the code folder"),
    ],
)
def test_a_wrong_value_ends_the_program_with_a_sentence(
    run: Run, key: str, value: object, sentence: str
) -> None:
    with pytest.raises(pulumi.RunError) as ended:
        run(PROD, **{key: value})

    assert str(ended.value).startswith(sentence)


@pytest.mark.parametrize("preview", [True, False])
def test_a_mistyped_key_ends_the_program_and_names_the_one_meant(run: Run, preview: bool) -> None:
    settings = {"maxAsyncRetryAttempt": 3, "zzz": "", "codePath": "nowhere"}
    with pytest.raises(pulumi.RunError) as ended:
        run(PROD, preview, **settings)

    assert str(ended.value) == (
        "maxAsyncRetryAttempt is set in the stack's configuration, but no key of this program. Did "
        "you mean maxAsyncRetryAttempts? Keys are declared in Pulumi.yaml, under config; `pulumi "
        "config rm maxAsyncRetryAttempt` takes this one away.\n"
        "zzz is set in the stack's configuration, but no key of this program. Keys are declared in "
        "Pulumi.yaml, under config; `pulumi config rm zzz` takes this one away."
    )


def test_keys_of_other_namespaces_are_not_the_programs(run: Run) -> None:
    assert run({**PROD, "alicloud:profile": "ops", "other-project:timeout": "1"}).resources


def test_the_dev_stack_leads_nowhere_but_to_the_local_cloud() -> None:
    (endpoints,) = DEV["alicloud:endpoints"]
    products = {"ram", "sts", "mns", "mnsOpen", "fc", "log", "ecs", "location", "bssopenapi"}

    assert endpoints.keys() == products
    assert all(name.endswith(".localcloud.invalid") for name in endpoints.values())
    assert endpoints["log"].startswith("http")
    assert (DEV["alicloud:protocol"], PROD["alicloud:protocol"]) == ("HTTP", "HTTPS")


@pytest.mark.parametrize("stack", [DEV, PROD], ids=["dev", "prod"])
def test_no_stack_file_holds_credentials(stack: "dict[str, Any]") -> None:
    names = " ".join(stack).lower()
    assert not any(word in names for word in ("accesskey", "secret", "token", "password"))


@pytest.mark.parametrize(("stack", "kept"), [(DEV, False), (PROD, True)], ids=["dev", "prod"])
def test_prod_keeps_queue_and_logs_and_dev_does_not(
    run: Run, stack: "dict[str, Any]", kept: bool
) -> None:
    deployment = run(stack)

    for kind in ("ServiceQueue", "Project", "Store", "StoreIndex"):
        assert [each.kept for each in deployment.of(kind)] == [kept], kind
    assert [each.kept for each in deployment.of("V3Function")] == [False]
