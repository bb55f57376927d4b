"""The guide's own s.yaml, as arguments and as a program."""

from pathlib import Path

import pytest
from fc_async_tasks import AsyncTask, AsyncTaskArgs, from_serverless_devs
from fc_async_tasks.limits import LIMITS
from fc_async_tasks.serverless_devs import CannotConvert, regions_of

from tests.unit.components.deployment import deploy_on_mocks
from tests.unit.serverless_devs.conftest import MakeSample
from tests.unit.serverless_devs.guide import GUIDE
from tests.unit.serverless_devs.sample import ACCOUNT

PLACEHOLDERS = {"accountid": ACCOUNT, "myqueue": "results"}
DESTINATION = f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/results/messages"


def test_its_arguments_are_those_of_the_guide(sample: MakeSample) -> None:
    made = sample(GUIDE).code("code")
    assert from_serverless_devs(made.file, replace=PLACEHOLDERS) == {
        "fc-job": {
            "function_name": "my-fc-job",
            "description": "this is test",
            "code_path": str(made.folder / "code"),
            "handler": "index.handler",
            "runtime": "python3",
            "memory_size": 128,
            "timeout": 60,
            "instance_concurrency": 1,
            "internet_access": True,
            "role_arn": f"acs:ram::{ACCOUNT}:role/aliyunfcdefaultrole",
            "async_task": True,
            "max_async_event_age_in_seconds": 172800,
            "max_async_retry_attempts": 1,
            "qualifier": "LATEST",
            "on_success": DESTINATION,
            "on_failure": DESTINATION,
        }
    }


def test_every_argument_is_one_of_async_task_and_within_its_limits(sample: MakeSample) -> None:
    (arguments,) = from_serverless_devs(
        sample(GUIDE).code("code").file, replace=PLACEHOLDERS
    ).values()
    assert arguments.keys() <= AsyncTaskArgs.__annotations__.keys()
    refused = [LIMITS[name].refusal(of) for name, of in arguments.items() if name in LIMITS]
    assert [each for each in refused if each] == []


def test_a_program_makes_the_task_of_it(
    sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sample(GUIDE).code("code")
    monkeypatch.chdir(made.folder)

    def program() -> None:
        for name, arguments in from_serverless_devs("s.yaml", replace=PLACEHOLDERS).items():
            AsyncTask(name, arguments)

    deployment = deploy_on_mocks(program)
    assert deployment.warnings == []
    assert deployment.inputs("V3Function")["functionName"] == "my-fc-job"
    configuration = deployment.inputs("V3AsyncInvokeConfig")
    assert configuration["maxAsyncEventAgeInSeconds"] == 172800
    assert configuration["destinationConfig"]["onFailure"]["destination"] == DESTINATION
    assert [each.type for each in deployment.resources if "ram" in each.type] == []


def test_the_code_folder_is_given_from_where_the_program_runs(
    sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sample(GUIDE).code("code")
    (made.folder / "infra").mkdir()
    monkeypatch.chdir(made.folder / "infra")
    arguments = from_serverless_devs("../s.yaml", replace=PLACEHOLDERS)
    assert arguments["fc-job"].get("code_path") == str(Path("../code"))


def test_a_placeholder_that_was_not_replaced_is_named_with_its_line(sample: MakeSample) -> None:
    made = sample(GUIDE)
    with pytest.raises(CannotConvert) as refused:
        from_serverless_devs(made.file, replace={"accountid": ACCOUNT})
    line = 1 + made.line("onSuccess:")
    assert f"{made.file}:{line}: " in str(refused.value)
    assert "holds the placeholder {myqueue}" in str(refused.value)


def test_what_has_no_counterpart_is_a_warning_of_the_preview(sample: MakeSample) -> None:
    made = sample(GUIDE.replace("runtime: python3", "tracingConfig: {type: Jaeger}")).code("code")
    deployment = deploy_on_mocks(lambda: from_serverless_devs(made.file, replace=PLACEHOLDERS))
    (warning,) = deployment.warnings
    place = f"{made.file}:{made.line('tracingConfig')}"
    assert warning.startswith(f"no counterpart: {place}: resources.fc-job.props.tracingConfig: ")


def test_the_regions_are_those_of_the_file(sample: MakeSample) -> None:
    text = GUIDE.replace("{accountid}", ACCOUNT).replace("{myqueue}", "results")
    assert regions_of(sample(text).file) == {"fc-job": "cn-hangzhou"}


PROGRAM = f'''\
"""stateful-async-inovcation-demo: asynchronous tasks on Function Compute.

Converted from ../s.yaml of Serverless Devs, edition 3.0.0.
"""

import pulumi
from fc_async_tasks import AsyncTask

fc_job = AsyncTask(
    "fc-job",
    {{
        "code_path": "../code",
        "function_name": "my-fc-job",
        "description": "this is test",
        "handler": "index.handler",
        "runtime": "python3",
        "memory_size": 128,
        "timeout": 60,
        "instance_concurrency": 1,
        "internet_access": True,
        "async_task": True,
        "max_async_event_age_in_seconds": 172800,
        "max_async_retry_attempts": 1,
        "qualifier": "LATEST",
        "on_success": "{DESTINATION}",
        "on_failure": "{DESTINATION}",
        "role_arn": "acs:ram::{ACCOUNT}:role/aliyunfcdefaultrole",
    }},
)

pulumi.export("accountId", fc_job.account_id)
pulumi.export("region", fc_job.region)
pulumi.export("functionName", fc_job.function_name)
pulumi.export("functionArn", fc_job.function_arn)
pulumi.export("roleArn", fc_job.role_arn)
pulumi.export("queueName", fc_job.queue_name)
pulumi.export("logProject", fc_job.log_project)
pulumi.export("logstore", fc_job.logstore)
'''


def test_its_program_is_as_a_person_would_have_written_it(sample: MakeSample) -> None:
    made = sample(GUIDE).code("code").project()
    assert made.files["__main__.py"] == PROGRAM
    assert made.files["Pulumi.yaml"] == (
        "name: stateful-async-inovcation-demo\n"
        "description: Converted from ../s.yaml of Serverless Devs\n"
        "runtime: python\n"
    )
    assert made.files["Pulumi.prod.yaml"].endswith("config:\n  alicloud:region: cn-hangzhou\n")
