"""TaskLogs: the project, whose name must be no other's, the logstore and its index."""

import re

import pulumi
import pytest
from fc_async_tasks import TaskLogs, TaskLogsArgs
from fc_async_tasks.account import unique_name

from tests.unit.components.deployment import Deploy


def test_every_argument_reaches_project_and_logstore(deploy: Deploy) -> None:
    args: TaskLogsArgs = {
        "log_project_name": "my-logs",
        "logstore_name": "my_lines",
        "log_retention_days": 7,
        "keep_data": False,
        "tags": {"team": "media"},
    }
    assert args.keys() == TaskLogsArgs.__annotations__.keys()

    def program() -> object:
        logs = TaskLogs("logs", args)
        return [logs.log_project, logs.logstore]

    deployment = deploy(program)

    project = deployment.inputs("Project")
    assert (project["projectName"], project["tags"]) == ("my-logs", {"team": "media"})
    assert deployment.inputs("Store") == {
        "projectName": "my-logs",
        "logstoreName": "my_lines",
        "retentionPeriod": 7,
    }
    assert deployment.in_the_cloud() == ["Project", "Store", "StoreIndex"]
    assert deployment.returned == ["my-logs", "my_lines"]


def test_the_index_finds_words_of_a_line_and_the_fields_that_are_written(deploy: Deploy) -> None:
    deployment = deploy(lambda: TaskLogs("logs", {"log_project_name": "my-logs"}))

    index = deployment.inputs("StoreIndex")
    assert (index["project"], index["logstore"]) == ("my-logs", "function-logs")
    assert {" ", "\n", ":", ","} <= set(index["fullText"]["token"])
    fields = {field["name"]: field for field in index["fieldSearches"]}
    assert len(fields) == len(index["fieldSearches"])
    for text in ("requestId", "functionName", "qualifier", "versionId", "instanceID"):
        assert fields[text]["type"] == "text"
        # A request id is one word: its hyphens must not split it.
        assert "-" not in fields[text]["token"]
    for number in ("durationMs", "memoryUsageMB"):
        assert fields[number]["type"] == "double"
        assert "token" not in fields[number]
    assert all(field["enableAnalytics"] for field in fields.values())


def test_the_default_project_collides_with_no_other_stack_region_or_component(
    deploy: Deploy,
) -> None:
    def project(name: str, stack: str, region: str) -> str:
        deployment = deploy(lambda: TaskLogs(name, {}).log_project, stack=stack, region=region)
        return deployment.returned

    names = [
        project("logs", "dev", "cn-hangzhou"),
        project("logs", "prod", "cn-hangzhou"),
        project("logs", "dev", "cn-beijing"),
        project("other", "dev", "cn-hangzhou"),
    ]
    assert len(set(names)) == 4
    assert project("logs", "dev", "cn-hangzhou") == names[0]


def test_the_default_project_is_told_apart_by_account() -> None:
    assert unique_name("job", ("1", "r", "s"), 63) != unique_name("job", ("2", "r", "s"), 63)
    # Where one part ends and the next begins counts.
    assert unique_name("job", ("1", "23"), 63) != unique_name("job", ("12", "3"), 63)


@pytest.mark.parametrize("readable", ["_", "My_Job", "x" * 64, "a" * 53 + "_b", "J", "任务", ""])
def test_a_unique_name_is_one_that_a_project_may_have(readable: str) -> None:
    name = unique_name(readable, ("1", "cn-hangzhou"), 63)

    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]", name)
    assert "--" not in name


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            {"log_project_name": "Logs"},
            "logProjectName is 'Logs': it must be 3 to 63 lower-case letters, digits and hyphens, "
            "with no hyphen at either end.",
        ),
        (
            {"logstore_name": "-x-"},
            "logstoreName is '-x-': it must be 3 to 63 lower-case letters, digits, hyphens and "
            "underscores, with a letter or a digit at either end.",
        ),
        (
            {"log_retention_days": 3651},
            "logRetentionDays is 3651 days: it must be a whole number from 1 to 3650 days.",
        ),
    ],
)
def test_what_is_refused(deploy: Deploy, args: TaskLogsArgs, sentence: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        deploy(lambda: TaskLogs("logs", args))

    assert str(refused.value) == sentence


@pytest.mark.parametrize(("args", "kept"), [({}, True), ({"keep_data": False}, False)])
def test_it_is_kept_unless_it_is_said_otherwise(
    deploy: Deploy, args: TaskLogsArgs, kept: bool
) -> None:
    deployment = deploy(lambda: TaskLogs("data", args))

    for kind in ("Project", "Store", "StoreIndex"):
        assert [each.kept for each in deployment.of(kind)] == [kept], kind
