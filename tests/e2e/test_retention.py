"""What the stack holds of others' data outlives it, unless the stack says otherwise.

The setting is `keepData`: prod's default, which the dev stack turns off. The tests build on each
other, in this order.
"""

import time
from collections.abc import Callable

import pytest
from mns.account import Account

from fctask.clients import Clients
from fctask.tasks import follow, submit
from tests.contract.task_stack import wait_until
from tests.e2e.account_contents import contents
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

OLD, NEW = "my-fc-job-results", "renamed-results"
NEW_LOGS, NEWEST_LOGS = "fc-async-tasks-renamed", "fc-async-tasks-renamed-again"


def messages(cloud: RunningCloud, queue_name: str) -> int:
    """How many messages wait in a queue."""
    queue = Account(cloud.url, cloud.key, cloud.secret).get_queue(queue_name)
    return int(queue.get_attributes().active_messages)


def logstore_is_whole(cloud: RunningCloud, project: str) -> bool:
    """Whether a project still has its logstore, and that its index."""
    client = cloud.log_client()
    stores = client.list_logstore(project).get_logstores()
    return stores == ["function-logs"] and bool(
        client.get_index_config(project, "function-logs").get_index_config()
    )


def log_lines(cloud: RunningCloud, project: str) -> int:
    """How many lines of the last hour a search of a project's logstore finds."""
    now = int(time.time())
    found = cloud.log_client().get_log(project, "function-logs", now - 3600, now + 60, size=100)
    return int(found.get_count())


def has_run(clients: Clients, cloud: RunningCloud, project: str) -> None:
    """Run a task to its success; its lines are in the project then."""
    before = log_lines(cloud, project)
    assert [state.status for _, state in follow(clients, submit(clients, b"{}").task_id)][-1] == (
        "Succeeded"
    )
    wait_until(lambda: log_lines(cloud, project) > before, 20, lambda: "the task's lines")


@pytest.fixture(scope="module")
def first_project(kept: Stack) -> str:
    """The log project of the stack before any was renamed."""
    return str(kept.outputs()["logProject"])


@pytest.fixture(scope="module")
def kept(stack: Stack) -> Stack:
    """The stack up, with its data kept as prod's is."""
    stack.set("keepData", "true")
    stack.up()
    return stack


def test_a_renamed_queue_leaves_the_old_one_with_its_messages(
    kept: Stack, cloud: RunningCloud, clients_of: Callable[[Stack], Clients]
) -> None:
    has_run(clients_of(kept), cloud, str(kept.outputs()["logProject"]))
    assert messages(cloud, OLD) == 1
    kept.set("queueName", NEW)
    kept.up()
    assert (messages(cloud, OLD), messages(cloud, NEW)) == (1, 0)


def test_a_renamed_log_project_leaves_the_old_one_with_its_logs(
    kept: Stack,
    cloud: RunningCloud,
    clients_of: Callable[[Stack], Clients],
    first_project: str,
) -> None:
    before = log_lines(cloud, first_project)
    assert before > 0
    kept.set("logProjectName", NEW_LOGS)
    kept.up()
    assert kept.outputs()["logProject"] == NEW_LOGS
    has_run(clients_of(kept), cloud, NEW_LOGS)
    assert logstore_is_whole(cloud, first_project)
    assert log_lines(cloud, first_project) == before, "what was there, and nothing of the new task"


def test_a_destroy_leaves_queues_and_logs_and_nothing_else(
    kept: Stack, cloud: RunningCloud, first_project: str
) -> None:
    lines = [log_lines(cloud, project) for project in (first_project, NEW_LOGS)]
    kept.destroy()
    projects = {f"project {first_project}", f"project {NEW_LOGS}"}
    assert contents(cloud) == {f"queue {OLD}", f"queue {NEW}", *projects}
    assert messages(cloud, OLD) == 1
    for project, before in zip((first_project, NEW_LOGS), lines, strict=True):
        assert logstore_is_whole(cloud, project)
        assert log_lines(cloud, project) == before


def test_the_next_up_takes_them_in_by_the_recovery_command(
    kept: Stack, cloud: RunningCloud
) -> None:
    kept.set("queueName", OLD)
    plain = kept.pulumi("up", "--yes", "--skip-preview")
    assert plain.exit_code != 0
    assert "AlreadyExist" in plain.text
    told = kept.exec("python", "-m", "fc_async_tasks.recovery", "--stack", kept.name, "--yes")
    assert told.exit_code == 0, told.text
    assert f"taken in: ServiceQueue {OLD}" in told.stdout, told.text
    assert f"taken in: Project {NEW_LOGS}" in told.stdout, told.text
    kept.up()
    assert set(kept.preview()) == {"same"}
    assert messages(cloud, OLD) == 1  # it is the same queue
    assert log_lines(cloud, NEW_LOGS) > 0


def test_with_the_setting_off_a_renamed_log_project_takes_the_old_one_away(
    kept: Stack, cloud: RunningCloud, first_project: str
) -> None:
    kept.set("keepData", "false")
    kept.up()  # a replacement obeys what the last `up` recorded, as a destroy does
    kept.set("logProjectName", NEWEST_LOGS)
    kept.up()
    projects = {name for name in contents(cloud) if name.startswith("project ")}
    assert projects == {f"project {first_project}", f"project {NEWEST_LOGS}"}


def test_with_the_setting_off_nothing_of_the_stack_is_left(
    kept: Stack, cloud: RunningCloud, first_project: str
) -> None:
    kept.destroy()
    # of the renames above, no longer the stack's
    assert contents(cloud) == {f"queue {NEW}", f"project {first_project}"}
