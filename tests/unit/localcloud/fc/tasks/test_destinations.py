"""Where results go, in whose name, and what is told where they cannot."""

import base64
import json
from typing import Any

import pytest

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc import claims, destinations, tasks
from localcloud.fc.instances.invocation import Outcome
from localcloud.fc.lanes import Look
from localcloud.fc.life_cycle import Status
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.tasks import Finished
from localcloud.smq import queues, receiving, subscriptions, topics
from localcloud.smq.attributes import QueueAttributes
from localcloud.store import outbox, task_queue
from localcloud.store import tasks as store
from localcloud.store.database import Transaction
from localcloud.store.task_records import TaskRow

from .conftest import World, answered, failed, queue_arn


def run_once(world: World, function: str, outcome: Outcome) -> None:
    """Take what is due and end it."""

    def take_and_end(tx: Transaction) -> None:
        desk = world.desk(tx)
        claim = claims.claim(desk, Look(function, 0, 0, 9), 9, RoleSessions())
        for taken in claim.taken:
            end = Finished(
                taken.row, taken.function, Status.DEQUEUED, world.now, world.now, outcome
            )
            number = taken.row.id
            tasks.finish(desk, end, store.statuses(tx, [number])[number])

    world.change(take_and_end)


def deliver_again(world: World) -> None:
    world.change(
        lambda tx: destinations.send_again(
            tx, world.desk(tx).allowed, world.now, 100, world.woken.append
        )
    )


def ended(world: World, outcome: Outcome = answered(), **configuration: Any) -> TaskRow:  # noqa: B008
    """A task of `job` that has ended so, under such an asynchronous configuration."""
    world.change(lambda tx: world.configure(tx, "job", retries=0, **configuration))
    world.submit()
    run_once(world, "job", outcome)
    return world.task()


def test_failure_only_sends_failures_and_nothing_else(world: World) -> None:
    task = ended(world, success=None)
    assert (task.status.value, task.destination_status) == ("Succeeded", "")
    world.submit("second")
    run_once(world, "job", failed())
    assert world.task("second").destination_status == "Succeeded"
    assert [m["requestContext"]["condition"] for m in world.messages()] == ["InvocationError"]


def test_without_a_destination_nothing_is_sent(world: World) -> None:
    assert ended(world, failed(), success=None, failure=None).destination_status == ""
    assert world.messages() == []


def test_an_arn_without_region_and_account_means_this_one(world: World) -> None:
    assert ended(world, success="acs:mns:::/queues/results/messages").destination_status == (
        "Succeeded"
    )
    assert len(world.messages()) == 1


def test_the_body_is_base64_so_that_the_sdks_default_receive_gives_the_json(world: World) -> None:
    ended(world)
    (message,) = world.change(receiving.receive, "results", world.now, 16).messages
    assert json.loads(base64.b64decode(message.body, validate=True))["responsePayload"] == "ok"


def test_a_topic_gets_what_a_queue_gets(world: World) -> None:
    def subscribe(tx: Transaction) -> None:
        topics.create_topic(tx, "news", world.now)
        endpoint = f"acs:mns:{REGION}:{ACCOUNT_ID}:queues/results"
        new = subscriptions.NewSubscription(endpoint, notify_content_format="SIMPLIFIED")
        subscriptions.subscribe(tx, "news", "to-results", new, world.now)

    world.change(subscribe)
    task = ended(world, success=f"acs:mns:{REGION}:{ACCOUNT_ID}:/topics/news/messages")
    assert task.destination_status == "Succeeded"
    (message,) = world.messages()
    assert message["requestContext"]["requestId"] == task.request_id


def test_another_function_gets_the_message_as_its_event(world: World) -> None:
    world.change(lambda tx: world.function(tx, "next", success=None, failure=None))
    task = ended(world, success=f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/next")
    assert task.destination_status == "Succeeded"
    assert "next" in world.woken
    (row,) = world.change(lambda tx: task_queue.waiting_of(tx, "next", 10))
    assert json.loads(row.payload)["requestContext"]["requestId"] == task.request_id
    assert row.chain_depth == 1


def test_a_chain_of_functions_has_an_end(world: World) -> None:
    itself = "acs:fc:::functions/loop"
    world.change(lambda tx: world.function(tx, "loop", success=itself, failure=None))
    world.submit("first", "loop", chain_depth=15)
    for _ in range(3):
        run_once(world, "loop", answered())
    rows = world.connection.execute(
        "SELECT chain_depth, destination_status FROM tasks WHERE function = 'loop' ORDER BY id"
    ).fetchall()
    assert [row[0] for row in rows] == [15, 16]
    assert rows[0][1] == "Succeeded"
    assert rows[1][1].startswith("Failed: ChainTooDeep: ")


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        (["mns:PublishMessage", "log:*"], "no attached policy allows it"),
        ([], "no attached policy allows it"),
    ],
)
def test_a_denial_is_told_with_role_action_and_resource(
    world: World, actions: list[str], says: str
) -> None:
    world.change(lambda tx: world.allow(tx, actions))
    task = ended(world)
    assert task.status.value == "Succeeded"
    assert task.destination_status.startswith("Failed: AccessDenied: ")
    for part in ("role/worker", "mns:SendMessage", queue_arn("results"), says):
        assert part in task.destination_status
    assert json.loads(task.events[-1].detail)["DestinationStatus"] == task.destination_status
    assert world.messages() == []


def test_a_role_that_does_not_trust_fc_sends_nothing(world: World) -> None:
    world.change(
        lambda tx: tx.execute(
            "UPDATE roles SET trust_document = ?",
            (
                json.dumps(
                    {
                        "Version": "1",
                        "Statement": [
                            {
                                "Action": "sts:AssumeRole",
                                "Effect": "Allow",
                                "Principal": {"Service": ["ecs.aliyuncs.com"]},
                            }
                        ],
                    }
                ),
            ),
        )
    )
    status = ended(world).destination_status
    assert "trust policy" in status
    assert "mns:SendMessage" in status


def test_a_function_without_a_role_sends_nothing(world: World) -> None:
    world.change(lambda tx: world.function(tx, "bare", role=None))
    world.submit("t", "bare")
    run_once(world, "bare", answered())
    status = world.task("t", "bare").destination_status
    assert status.startswith("Failed: AccessDenied: the function has no role")


def test_a_missing_queue_is_tried_again_until_it_is_there(world: World) -> None:
    task = ended(world, success=queue_arn("later"))
    assert task.destination_status.startswith("Retrying: QueueNotExist: ")
    world.change(lambda tx: queues.create_queue(tx, "later", QueueAttributes(), world.now))
    deliver_again(world)
    assert world.messages("later") == []  # not before its time
    world.now += 1000
    deliver_again(world)
    assert len(world.messages("later")) == 1
    task = world.task()
    assert task.destination_status == "Succeeded"
    assert [event.status.value for event in task.events][-2:] == ["Succeeded", "Succeeded"]
    world.now += 100_000
    deliver_again(world)
    assert world.messages("later") == []


def test_a_queue_that_stays_missing_is_given_up_and_told(world: World) -> None:
    ended(world, success=queue_arn("never"))
    for pause in (1, 2, 4, 8, 16, 32):
        assert world.task().destination_status.startswith("Retrying: ")
        world.now += pause * 1000
        deliver_again(world)
    status = world.task().destination_status
    assert status.startswith("Failed: QueueNotExist: ")
    assert "after 7 tries" in status
    assert world.change(outbox.next_delivery) is None


def test_a_result_too_large_for_the_queue_is_told_and_not_tried_again(world: World) -> None:
    task = ended(world, answered(b"x" * 70_000))
    assert task.destination_status.startswith("Failed: ")
    assert "65536" in task.destination_status
    assert task.result == b"x" * 70_000
    assert world.change(outbox.next_delivery) is None


def test_payloads_that_are_not_utf8_arrive_as_text(world: World) -> None:
    ended(world, answered(b"\xff\xfeok"))
    (message,) = world.messages()
    assert message["responsePayload"] == "\ufffd\ufffdok"
