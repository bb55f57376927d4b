"""TaskTimer: a trigger that submits a task at set times."""

import json
from typing import Any, cast

import pulumi
import pytest
from fc_async_tasks import TaskTimer, TaskTimerArgs

from tests.unit.components.deployment import Deploy

NIGHTLY = "CRON_TZ=Asia/Shanghai 0 0 2 * * *"


def test_every_argument_reaches_the_trigger(deploy: Deploy) -> None:
    args: TaskTimerArgs = {
        "function_name": "my-fc-job",
        "cron_expression": NIGHTLY,
        "payload": '{"report":"sales"}',
        "enable": False,
        "trigger_name": "at-night",
        "description": "sales of the day",
        "qualifier": "LATEST",
    }
    assert args.keys() == TaskTimerArgs.__annotations__.keys()

    def program() -> object:
        timer = TaskTimer("nightly", args)
        return timer.trigger_name, timer.trigger_id

    deployment = deploy(program)

    trigger = dict(deployment.inputs("V3Trigger"))
    assert json.loads(trigger.pop("triggerConfig")) == {
        "cronExpression": NIGHTLY,
        "payload": '{"report":"sales"}',
        "enable": False,
    }
    assert trigger == {
        "functionName": "my-fc-job",
        "triggerName": "at-night",
        "triggerType": "timer",
        "description": "sales of the day",
        "qualifier": "LATEST",
    }
    assert deployment.returned == ("at-night", "7d1c")


def test_a_timer_is_on_named_as_the_component_and_sends_no_payload_by_itself(
    deploy: Deploy,
) -> None:
    def program() -> TaskTimer:
        args: TaskTimerArgs = {
            "function_name": pulumi.Output.from_input("my-fc-job"),
            "cron_expression": pulumi.Output.from_input("@every 5m"),
        }
        return TaskTimer("nightly", args)

    trigger = deploy(program).inputs("V3Trigger")

    assert trigger["triggerName"] == "nightly"
    assert json.loads(trigger["triggerConfig"]) == {"cronExpression": "@every 5m", "enable": True}


@pytest.mark.parametrize("later", [False, True], ids=["known now", "known later"])
def test_a_wrong_expression_is_refused_when_it_is_known(deploy: Deploy, later: bool) -> None:
    def program() -> TaskTimer:
        expression = pulumi.Output.from_input("0 2 * * *") if later else "0 2 * * *"
        return TaskTimer("t", {"function_name": "f", "cron_expression": expression})

    with pytest.raises(
        pulumi.RunError, match=r"^cronExpression is '0 2 \* \* \*': it has 5 fields"
    ):
        deploy(program)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ({"cron_expression": "@every 5m"}, "functionName is missing."),
        ({"function_name": "f"}, "cronExpression is missing."),
        (
            {"function_name": "f", "cron_expression": "@every 5m", "qualifier": "prod"},
            "qualifier is 'prod': it must be LATEST, as the provider reads the asynchronous "
            "configuration of LATEST only.",
        ),
    ],
)
def test_what_is_refused(deploy: Deploy, args: "dict[str, Any]", sentence: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: TaskTimer("t", cast(TaskTimerArgs, args)))

    assert str(refused.value) == sentence
