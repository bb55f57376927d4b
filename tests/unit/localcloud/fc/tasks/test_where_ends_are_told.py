"""Where the end of a task is told: to what is set as it ends, not as it began."""

import json
from typing import Any

import pytest

from localcloud.account import ACCOUNT_ID
from localcloud.fc import claims, deletion, recovery, tasks
from localcloud.fc.claims import Taken
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Ending, Outcome
from localcloud.fc.lanes import Look
from localcloud.fc.life_cycle import Status
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.tasks import Finished, Started
from localcloud.smq import queues
from localcloud.smq.attributes import QueueAttributes
from localcloud.store import functions as function_store
from localcloud.store import policy_attachments, roles
from localcloud.store import tasks as store
from localcloud.store.database import Transaction

from .conftest import EVERYTHING, TRUST, FakePool, World, answered, failed, queue_arn, until

OTHER = f"acs:ram::{ACCOUNT_ID}:role/other"


@pytest.fixture(autouse=True)
def _second_queue_and_role(world: World) -> None:  # pyright: ignore[reportUnusedFunction]
    def furnish(tx: Transaction) -> None:
        queues.create_queue(tx, "others", QueueAttributes(), world.now)
        roles.add_role(
            tx, roles.Role("other", "other", "2", json.dumps(TRUST), "", 3600, world.now, world.now)
        )

    world.change(furnish)


def begun(world: World, task_id: str = "t") -> Taken:
    """A new task of `job` that runs."""
    world.submit(task_id)

    def begin(tx: Transaction) -> Taken:
        (taken,) = claims.claim(world.desk(tx), Look("job", 0, 0, 1), 1, RoleSessions()).taken
        tasks.started(world.desk(tx), Started(taken.row.id, 1, world.now))
        return taken

    return world.change(begin)


def ended(world: World, taken: Taken, outcome: Outcome) -> None:
    """The attempt is over."""
    number, now = taken.row.id, world.now
    end = Finished(taken.row, taken.function, Status.RUNNING, now, now, outcome)
    world.change(lambda tx: tasks.finish(world.desk(tx), end, store.statuses(tx, [number])[number]))


def delete(tx: Transaction, world: World) -> None:
    """What DeleteFunction does."""
    deletion.function_deleted(tx, "job", world.now)
    function_store.delete_function(tx, "job")


def conditions(world: World, queue: str = "results") -> list[str]:
    return sorted(message["requestContext"]["condition"] for message in world.messages(queue))


@pytest.mark.parametrize("outcome", [answered(), failed(Ending.NO_RUNTIME)], ids=["well", "ill"])
def test_a_task_that_runs_while_its_destinations_change_is_told_to_the_new_one(
    world: World, outcome: Outcome
) -> None:
    taken = begun(world)
    others = queue_arn("others")
    world.change(lambda tx: world.configure(tx, "job", success=others, failure=others))
    ended(world, taken, outcome)
    assert world.task().destination_status == "Succeeded"
    assert (len(world.messages("results")), len(world.messages("others"))) == (0, 1)


def test_in_the_name_of_the_role_that_the_function_has_then(world: World) -> None:
    taken = begun(world)

    def another_role(tx: Transaction) -> None:
        function_store.replace_function(
            tx, "job", {**config(tx, "job"), "role": OTHER}, ("c", 1, "1"), world.now
        )

    world.change(another_role)
    ended(world, taken, answered())
    assert f"AccessDenied: {OTHER} may not" in world.task().destination_status


def config(tx: Transaction, name: str) -> dict[str, Any]:
    row = function_store.get_function(tx, name)
    assert row is not None
    return dict(row.config)


def test_what_a_deleted_function_leaves_is_told_though_its_role_goes_right_after_it(
    world: World,
) -> None:
    """One that has answered, one whose instance was taken, one taken from the queue, one in it."""
    done = begun(world, "done")
    taken = begun(world, "taken")
    begun(world, "lost")
    world.submit("waits")

    def all_goes(tx: Transaction) -> None:
        delete(tx, world)
        policy_attachments.detach(tx, "worker", "Custom", "all")
        roles.remove_role(tx, "worker")

    world.change(all_goes)
    ended(world, done, answered())
    ended(world, taken, failed(Ending.NO_INSTANCE))
    world.change(lambda tx: recovery.recover(world.desk(tx), 0, 100))  # of `lost`
    world.change(lambda tx: claims.claim(world.desk(tx), Look("job", 0, 0, 9), 9, RoleSessions()))
    statuses = {task: world.task(task).status.value for task in ("done", "taken", "lost", "waits")}
    assert statuses == {
        "done": "Succeeded",
        "taken": "Failed",
        "lost": "Invalid",
        "waits": "Invalid",
    }
    assert {world.task(task).destination_status for task in statuses} == {"Succeeded"}
    assert conditions(world) == ["", "Invalid", "Invalid", "InvocationError"]


def test_what_its_role_might_not_do_is_not_done_later(world: World) -> None:
    taken = begun(world)
    world.change(lambda tx: world.allow(tx, ["log:*"]))
    world.change(lambda tx: delete(tx, world))
    world.change(lambda tx: world.allow(tx, EVERYTHING))
    ended(world, taken, answered())
    assert world.task().destination_status.startswith("Failed: AccessDenied: ")
    assert world.messages() == []


def test_a_function_made_again_has_no_say_in_it(world: World) -> None:
    taken = begun(world)
    others = queue_arn("others")

    def again(tx: Transaction) -> None:
        delete(tx, world)
        world.function(tx, "job", success=others, failure=others)

    world.change(again)
    ended(world, taken, answered())
    assert (len(world.messages("results")), len(world.messages("others"))) == (1, 0)


def test_what_an_earlier_localcloud_wrote_of_a_deleted_function_is_understood(
    world: World,
) -> None:
    world.submit()
    world.change(lambda tx: delete(tx, world))
    role = f"acs:ram::{ACCOUNT_ID}:role/worker"
    world.change(
        lambda tx: tx.execute(
            "UPDATE deleted_functions SET destinations = ?",
            (json.dumps({"LATEST": [role, queue_arn("others")]}),),
        )
    )
    world.change(lambda tx: claims.claim(world.desk(tx), Look("job", 0, 0, 9), 9, RoleSessions()))
    assert conditions(world, "others") == ["Invalid"]


def test_what_was_taken_from_the_queue_of_a_deleted_function_never_runs(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: answered()
        world.submit("warm")  # a short one: the next are taken ahead of their slot
        dispatcher.wake("job")
        await until(lambda: world.task("warm").ended_at)
        pool.at_once = lambda _: None
        for name in ("running", "ahead"):
            world.submit(name)
        dispatcher.wake("job")
        (request,) = await pool.running(1)
        await until(lambda: world.task("ahead").status is Status.DEQUEUED)
        world.change(lambda tx: delete(tx, world))
        dispatcher.function_deleted("job")
        await until(lambda: world.task("ahead").ended_at)
        pool.answer(request, failed(Ending.NO_INSTANCE, "the function was deleted"))
        await until(lambda: world.task("running").ended_at)
        assert len(pool.started) == 2

    world.run(scenario, instances=1)
    assert world.trail("ahead") == ["Enqueued", "Dequeued", "Invalid"]
    assert world.trail("running")[-2:] == ["Running", "Failed"]
    assert conditions(world) == ["", "Invalid", "InvocationError"]
