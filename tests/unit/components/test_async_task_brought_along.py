"""AsyncTask with things that exist, in place of things that are made."""

import json

import pulumi
from fc_async_tasks import AsyncTask, TaskLogs, TaskQueue

from tests.unit.components.deployment import ACCOUNT, Deploy
from tests.unit.components.whole_task import arguments, outputs, statements, task


def test_existing_things_are_taken_and_not_made(deploy: Deploy) -> None:
    def program() -> object:
        later = pulumi.Output.from_input
        return outputs(
            task(
                role_arn=later("acs:ram::9:role/runs"),
                existing_queue=later("results"),
                existing_log_project=later("shared-logs"),
                existing_logstore=later("lines"),
            )
        )

    deployment = deploy(program)

    assert deployment.in_the_cloud() == ["V3AsyncInvokeConfig", "V3Function"]
    assert deployment.inputs("V3Function")["role"] == "acs:ram::9:role/runs"
    assert deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]["onFailure"] == {
        "destination": f"acs:mns:cn-hangzhou:{ACCOUNT}:/queues/results/messages"
    }
    made = deployment.returned
    assert (made["role_arn"], made["queue_name"]) == ("acs:ram::9:role/runs", "results")
    assert (made["log_project"], made["logstore"]) == ("shared-logs", "lines")


def test_two_tasks_share_a_queue_by_its_destination(deploy: Deploy) -> None:
    def program() -> object:
        shared = TaskQueue("shared", {"queue_name": "results"})
        for name in ("one", "two"):
            args = arguments(function_name=name, existing_queue=shared.destination_arn)
            AsyncTask(name, args)
        return shared.destination_arn

    deployment = deploy(program)

    assert len(deployment.of("ServiceQueue")) == 1
    sides = [each.inputs["destinationConfig"] for each in deployment.of("V3AsyncInvokeConfig")]
    assert (
        sides
        == [
            {
                "onSuccess": {"destination": deployment.returned},
                "onFailure": {"destination": deployment.returned},
            }
        ]
        * 2
    )
    allowed = [json.loads(each.inputs["policyDocument"]) for each in deployment.of("Policy")]
    assert [each["Statement"][0]["Resource"] for each in allowed] == [[deployment.returned]] * 2


def test_a_queue_of_another_region_and_account_is_sent_to_and_allowed_where_it_is(
    deploy: Deploy,
) -> None:
    elsewhere = "acs:mns:cn-shanghai:9876543210987654:/queues/results/messages"

    def program() -> object:
        made = task(existing_queue=pulumi.Output.from_input(elsewhere))
        return made.queue_name

    deployment = deploy(program)

    sides = deployment.inputs("V3AsyncInvokeConfig")["destinationConfig"]
    assert sides["onFailure"] == sides["onSuccess"] == {"destination": elsewhere}
    assert statements(deployment)[0]["Resource"] == [elsewhere]
    assert deployment.returned == "results"


def test_two_tasks_share_logs(deploy: Deploy) -> None:
    def program() -> None:
        shared = TaskLogs("shared", {"log_project_name": "shared-logs"})
        for name in ("one", "two"):
            existing = {
                "existing_log_project": shared.log_project,
                "existing_logstore": shared.logstore,
            }
            AsyncTask(name, arguments(function_name=name, **existing))

    deployment = deploy(program)

    assert len(deployment.of("Project")) == len(deployment.of("Store")) == 1
    projects = [each.inputs["logConfig"]["project"] for each in deployment.of("V3Function")]
    assert projects == ["shared-logs"] * 2
