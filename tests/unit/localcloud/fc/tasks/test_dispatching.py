"""The dispatcher with a pool whose attempts end when told."""

import asyncio
from typing import Any

from localcloud.fc.dispatcher import Dispatcher
from localcloud.store.database import Database

from .conftest import FakePool, World, answered, failed


async def until(condition: Any) -> None:
    async def poll() -> None:
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(poll(), 5)


def test_a_task_runs_and_its_result_is_in_the_queue(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool, database: Database) -> None:
        world.submit()
        dispatcher.wake("job")
        (request,) = await pool.running(1)
        pool.answer(request, answered(b'"done"'))
        await until(lambda: world.task().status.value == "Succeeded")

    world.run(scenario)
    task = world.task()
    assert world.trail() == ["Enqueued", "Dequeued", "Running", "Succeeded"]
    assert (task.attempts, task.destination_status, task.result) == (1, "Succeeded", b'"done"')
    (message,) = world.messages()
    assert list(message) == [
        "timestamp", "requestContext", "requestPayload", "responseContext", "responsePayload",
    ]
    assert message["responsePayload"] == '"done"'
