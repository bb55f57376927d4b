"""TaskTimer: a trigger that submits a task to a function at set times."""

import json
import sys
from typing import Optional, TypedDict

import pulumi
import pulumi_alicloud as alicloud

from .arguments import checked, given

if sys.version_info >= (3, 11):
    from typing import Required
else:
    from typing_extensions import Required


class TaskTimerArgs(TypedDict, total=False):
    """What a TaskTimer is made of."""

    function_name: Required[pulumi.Input[str]]
    """Name of the function that is called, as an AsyncTask or a TaskFunction gives it."""
    cron_expression: Required[pulumi.Input[str]]
    """When: `@every 5m` or `@every 1h` (whole minutes or hours, counted from when the trigger is
    set), or six fields, `0 0 2 * * *`: seconds, minutes, hours, day of month, month, day of week,
    in UTC or in the time zone before them, `CRON_TZ=Asia/Shanghai 0 0 2 * * *`."""
    payload: pulumi.Input[str]
    """Text that the event holds as `payload`, beside `triggerTime` and `triggerName`: at most 128
    KB. Default: none."""
    enable: pulumi.Input[bool]
    """Whether the trigger fires. Default: true."""
    trigger_name: pulumi.Input[str]
    """Name of the trigger: 1 to 128 letters, digits, `_` and `-`, beginning with a letter or `_`.
    Default: this component's name."""
    description: pulumi.Input[str]
    """What the timer is for: up to 256 characters. Default: none."""
    qualifier: pulumi.Input[str]
    """What is called: LATEST, the only one whose calls are tasks, as the provider can give an
    asynchronous configuration to no other."""


class TaskTimer(pulumi.ComponentResource):
    """A timer trigger, each of whose events is a task of the function it calls.

    Function Compute calls the function asynchronously, so what the function's asynchronous
    configuration says of retries, age and destinations holds. Follows "Time triggers" and
    "CreateTrigger" (API 2023-03-30). Raises pulumi.RunError, with a sentence for each value that
    is refused.
    """

    trigger_name: pulumi.Output[str]
    """Name of the trigger."""
    trigger_id: pulumi.Output[str]
    """Id that Function Compute gave the trigger."""

    def __init__(
        self, name: str, args: TaskTimerArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        super().__init__("fc-async-tasks:index:TaskTimer", name, None, opts)

        settings = given(args, {"trigger_name": name, "enable": True, "qualifier": "LATEST"})
        settings = checked(TaskTimerArgs, settings, ("function_name", "cron_expression"))

        trigger = alicloud.fc.V3Trigger(
            name,
            function_name=settings["function_name"],
            trigger_name=settings["trigger_name"],
            trigger_type="timer",
            description=settings.get("description"),
            qualifier=settings["qualifier"],
            trigger_config=pulumi.Output.all(
                settings["cron_expression"], settings.get("payload"), settings["enable"]
            ).apply(lambda known: timer_config(*known)),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.trigger_name = trigger.trigger_name
        self.trigger_id = trigger.trigger_id
        self.register_outputs({"triggerName": self.trigger_name, "triggerId": self.trigger_id})


def timer_config(cron_expression: str, payload: Optional[str], enable: bool) -> str:
    """Give the configuration of a timer trigger as Function Compute takes it: a JSON text."""
    config = {"cronExpression": cron_expression, "enable": enable}
    return json.dumps(config if payload is None else {**config, "payload": payload})
