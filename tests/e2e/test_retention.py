"""What the stack holds of others' data outlives it, unless the stack says otherwise.

The setting is `keepData`: prod's default, which the dev stack turns off. The tests build on each
other, in this order.
"""

from collections.abc import Callable

import pytest
from mns.account import Account

from fctask.clients import Clients
from fctask.tasks import follow, submit
from tests.e2e.account_contents import contents
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

OLD, NEW = "my-fc-job-results", "renamed-results"


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


@pytest.fixture(scope="module")
def kept(stack: Stack) -> Stack:
    """The stack up, with its data kept as prod's is."""
    stack.set("keepData", "true")
    stack.up()
    return stack


def test_a_renamed_queue_leaves_the_old_one_with_its_messages(
    kept: Stack, cloud: RunningCloud, clients_of: Callable[[Stack], Clients]
) -> None:
    clients = clients_of(kept)
    assert [state.status for _, state in follow(clients, submit(clients, b"{}").task_id)][-1] == (
        "Succeeded"
    )
    assert messages(cloud, OLD) == 1
    kept.set("queueName", NEW)
    kept.up()
    assert (messages(cloud, OLD), messages(cloud, NEW)) == (1, 0)


def test_a_destroy_leaves_queues_and_logs_and_nothing_else(
    kept: Stack, cloud: RunningCloud
) -> None:
    project = str(kept.outputs()["logProject"])
    kept.destroy()
    assert contents(cloud) == {f"queue {OLD}", f"queue {NEW}", f"project {project}"}
    assert messages(cloud, OLD) == 1
    assert logstore_is_whole(cloud, project)


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
    kept.up()
    assert set(kept.preview()) == {"same"}
    assert messages(cloud, OLD) == 1  # it is the same queue


def test_with_the_setting_off_nothing_of_the_stack_is_left(
    kept: Stack, cloud: RunningCloud
) -> None:
    kept.set("keepData", "false")
    kept.up()  # a destroy obeys what the last `up` recorded
    kept.destroy()
    assert contents(cloud) == {f"queue {NEW}"}  # of the rename above, no longer the stack's
