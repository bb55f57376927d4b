"""What becomes of the tasks of a function that is deleted, or made again."""

from localcloud.fc import deletion
from localcloud.fc.dispatcher import Dispatcher
from localcloud.store import functions as function_store
from localcloud.store import task_queue as queue
from localcloud.store.database import Transaction

from .conftest import FakePool, World, answered, failed, until


def test_tasks_of_a_deleted_function_end_and_are_told_where_it_said(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(3):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        (request,) = await pool.running(1)

        def delete(tx: Transaction) -> None:
            deletion.function_deleted(tx, "job", world.now)
            function_store.delete_function(tx, "job")

        world.change(delete)
        dispatcher.wake("job")
        await until(lambda: world.task("t2").status.value == "Invalid")
        pool.answer(request, failed())  # no retry: there is no function any more
        await until(lambda: world.task("t0").ended_at)

    world.run(scenario, instances=1)
    assert [world.task(f"t{n}").status.value for n in range(3)] == ["Failed", "Invalid", "Invalid"]
    conditions = sorted(message["requestContext"]["condition"] for message in world.messages())
    assert conditions == ["Invalid", "Invalid", "InvocationError"]


def test_a_function_made_again_does_not_run_the_tasks_of_the_old_one(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.submit("old")

        def replace(tx: Transaction) -> None:
            deletion.function_deleted(tx, "job", world.now)
            function_store.delete_function(tx, "job")
            world.function(tx, "job")

        world.change(replace)
        world.submit("new")
        pool.at_once = lambda _: answered()
        dispatcher.wake("job")
        await until(lambda: world.task("new").ended_at and world.task("old").ended_at)
        assert len(pool.started) == 1

    world.run(scenario)
    assert world.task("old").status.value == "Invalid"
    assert world.task("new").status.value == "Succeeded"


def test_a_function_whose_runtime_does_not_run_here_can_be_deleted(world: World) -> None:
    world.submit()
    world.change(
        lambda tx: tx.execute(
            "UPDATE functions SET config = json_set(config, '$.runtime', 'java11')"
        )
    )
    world.change(lambda tx: deletion.function_deleted(tx, "job", world.now))
    (row,) = world.change(lambda tx: queue.waiting_of(tx, "job", 10))
    assert row.deleted_function is not None
