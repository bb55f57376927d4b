"""Timer triggers, which are TaskTimers beside the task."""

import pytest
from fc_async_tasks import AsyncTask, TaskTimer, TaskTimerArgs, from_serverless_devs
from fc_async_tasks.serverless_devs import timers_of

from tests.unit.components.deployment import deploy_on_mocks
from tests.unit.serverless_devs.conftest import MakeSample

TEXT = """\
edition: 3.0.0
name: report
resources:
  report:
    component: fc3
    props:
      functionName: report
      runtime: python3.10
      handler: index.handler
      code: code
      triggers:
        - triggerName: nightly
          triggerType: timer
          qualifier: LATEST
          triggerConfig:
            cronExpression: '%s'
            enable: false
            payload: '{"all": true}'
"""


def test_a_program_of_ones_own_makes_the_timer(
    sample: MakeSample, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sample(TEXT % "@every 60m").code("code")
    monkeypatch.chdir(made.folder)
    assert timers_of("s.yaml") == {
        "report": [
            {
                "trigger_name": "nightly",
                "qualifier": "LATEST",
                "cron_expression": "@every 60m",
                "enable": False,
                "payload": '{"all": true}',
            }
        ]
    }

    def program() -> None:
        (arguments,) = from_serverless_devs("s.yaml").values()
        task = AsyncTask("report", arguments)
        for number, timer in enumerate(timers_of("s.yaml")["report"]):
            args: TaskTimerArgs = {**timer, "function_name": task.function_name}
            TaskTimer(f"report-{number}", args)

    deployment = deploy_on_mocks(program)
    assert deployment.inputs("V3Trigger")["functionName"] == "report"
    (warning,) = deployment.warnings
    assert warning.startswith(f"s.yaml:{made.line('nightly')}: resources.report.props.triggers[0]")


def test_an_expression_that_never_fires_is_told(sample: MakeSample) -> None:
    made = sample(TEXT % "0 0 25 * * *").code("code")
    (finding,) = made.converted().findings.without_counterpart
    assert finding.place.line == made.line("nightly")
    assert "hours is '25'" in finding.sentence
