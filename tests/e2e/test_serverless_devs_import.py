"""What Serverless Devs deployed is adopted as it is: imported, and then nothing to change."""

import json
from collections.abc import Generator

import pytest
from alibabacloud_fc20230330 import models as fc

from tests.e2e.converted import Project
from tests.e2e.deployed_by_serverless_devs import (
    DESTINATION,
    GUIDES_CONFIGURATION,
    GUIDES_FUNCTION,
    ROLE,
    Deployed,
)
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud
from tests.unit.serverless_devs.guide import GUIDE

NIGHTLY = """
  nightly-report:
    component: fc3
    props:
      region: cn-hangzhou
      functionName: nightly-report
      runtime: python3.10
      handler: index.handler
      code: ./code
      cpu: 0.35
      memorySize: 512
      diskSize: 512
      timeout: 600
      role: acs:ram::{accountid}:role/AliyunFCDefaultRole
      environmentVariables:
        STAGE: prod
        REPORT_TOKEN: its-s3cret
      logConfig:
        project: reports
        logstore: nightly
        enableRequestMetrics: true
        enableInstanceMetrics: false
        logBeginRule: DefaultRegex
      asyncInvokeConfig:
        asyncTask: true
        maxAsyncEventAgeInSeconds: 3600
        maxAsyncRetryAttempts: 0
        destinationConfig:
          onFailure:
            destination: acs:mns:cn-hangzhou:{accountid}:/queues/{myqueue}/messages
      concurrencyConfig:
        reservedConcurrency: 2
      triggers:
        - triggerName: every-night
          triggerType: timer
          qualifier: LATEST
          triggerConfig:
            cronExpression: CRON_TZ=Asia/Shanghai 0 0 2 * * *
            enable: false
            payload: report
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The guide's project with a second function that has more of everything."""
    return Project(tmp_path_factory.mktemp("sample"), GUIDE + NIGHTLY)


@pytest.fixture(scope="module")
def deployed(project: Project, cloud: RunningCloud) -> Deployed:
    """The two functions, made through the official SDKs as fc3 makes them."""
    account = Deployed(cloud)
    account.role_and_queue()
    account.logstore("reports", "nightly")
    account.function("my-fc-job", project.code, **GUIDES_FUNCTION)
    account.asynchronous("my-fc-job", **GUIDES_CONFIGURATION)
    account.function(
        "nightly-report",
        project.code,
        description="",
        handler="index.handler",
        memorySize=512,
        cpu=0.35,
        diskSize=512,
        runtime="python3.10",
        timeout=600,
        internetAccess=True,
        role=ROLE,
        environmentVariables={"STAGE": "prod", "REPORT_TOKEN": "its-s3cret"},
        logConfig={
            "project": "reports",
            "logstore": "nightly",
            "enableRequestMetrics": True,
            "enableInstanceMetrics": False,
            "logBeginRule": "DefaultRegex",
        },
    )
    account.asynchronous(
        "nightly-report",
        maxAsyncEventAgeInSeconds=3600,
        maxAsyncRetryAttempts=0,
        asyncTask=True,
        destinationConfig={"onFailure": {"destination": DESTINATION}},
    )
    account.reserved("nightly-report", 2)
    account.timer(
        "nightly-report",
        "every-night",
        cronExpression="CRON_TZ=Asia/Shanghai 0 0 2 * * *",
        enable=False,
        payload="report",
    )
    return account


@pytest.fixture(scope="module")
def imported(
    project: Project, deployed: Deployed, cloud: RunningCloud
) -> Generator[Stack, None, None]:
    """The converted program, with what was deployed in its state; destroyed at the end."""
    assert checksum(deployed)
    report = project.converted("--import")
    assert report["noCounterpart"] == []
    stack = project.stack(cloud.port)
    ran = stack.pulumi(
        *("import", "--file", "import.json", "--yes", "--skip-preview"),
        *("--protect=false", "--generate-code=false"),
    )
    assert ran.exit_code == 0, ran.text
    kept = stack.pulumi("config", "set", "--secret", "reportToken", "its-s3cret")
    assert kept.exit_code == 0, kept.text
    yield stack
    stack.destroy()


def changes(cloud: RunningCloud, after: int) -> list[str]:
    """The operations since a request that were not only asked for reading."""
    reading = ("Get", "List", "Describe")
    return [
        each["operation"]
        for each in cloud.requests(after)
        if not each["operation"].startswith(reading)
    ]


def test_the_converted_program_then_previews_with_nothing_to_change(imported: Stack) -> None:
    ran = imported.pulumi("preview", "--diff", "--expect-no-changes")
    assert ran.exit_code == 0, ran.text


def test_every_resource_stands_in_the_state_under_its_component(imported: Stack) -> None:
    exported = imported.pulumi("stack", "export")
    resources = json.loads(exported.stdout)["deployment"]["resources"]
    ids = {each["urn"].split("::", 2)[2]: each.get("id") for each in resources}
    function = "fc-async-tasks:index:AsyncTask$fc-async-tasks:index:TaskFunction$alicloud:fc"
    assert ids[f"{function}/v3Function:V3Function::fc-job"] == "my-fc-job"
    assert ids[f"{function}/v3AsyncInvokeConfig:V3AsyncInvokeConfig::fc-job"] == "my-fc-job"
    assert ids[f"{function}/v3Function:V3Function::nightly-report"] == "nightly-report"
    timer = "fc-async-tasks:index:TaskTimer$alicloud:fc/v3Trigger:V3Trigger"
    assert ids[f"{timer}::nightly-report-every-night"] == "nightly-report:every-night"


def test_an_up_sends_no_change(imported: Stack, cloud: RunningCloud) -> None:
    last = cloud.own("requests")["last"]
    imported.up()
    assert changes(cloud, last) == []


def test_a_secret_is_none_in_clear_in_the_state_from_then_on(imported: Stack) -> None:
    exported = imported.pulumi("stack", "export")
    assert "nightly-report" in exported.stdout
    assert "its-s3cret" not in exported.stdout


def test_the_code_is_taken_over_when_it_is_asked_for_and_once(
    imported: Stack, deployed: Deployed, cloud: RunningCloud
) -> None:
    by_serverless_devs = checksum(deployed)
    imported.set("uploadCode", "true")
    last = cloud.own("requests")["last"]
    imported.up()
    assert changes(cloud, last) == ["UpdateFunction", "UpdateFunction"]
    # The same file in another archive: the checksum is that of the archive.
    assert checksum(deployed) != by_serverless_devs
    ran = imported.pulumi("preview", "--expect-no-changes")
    assert ran.exit_code == 0, ran.text


def checksum(deployed: Deployed) -> str:
    """CRC-64 of the function's archive, as Function Compute tells it."""
    function = deployed.functions.get_function("my-fc-job", fc.GetFunctionRequest()).body
    return str(function.code_checksum)
