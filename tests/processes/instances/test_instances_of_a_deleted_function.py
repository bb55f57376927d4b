"""A deleted function's instances go with it, whatever they do, as Function Compute's do."""

import asyncio

from localcloud.fc.instances.invocation import Ending
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.instances.runtime.processes import children

from .conftest import Attempt, Workshop, alive, until

SLEEPS = """
    import os, time
    def handler(event, context):
        print(os.getpid(), flush=True)
        time.sleep(60)
"""


async def running(workshop: Workshop, pool: InstancePool) -> tuple[asyncio.Task[Attempt], int]:
    """A long invocation of a new function: its task, and the process that runs it."""
    lines: list[str] = []
    spec = workshop.deploy(SLEEPS)
    task = asyncio.create_task(workshop.invoke(pool, spec, lines=lines))
    await until(lambda: any(line.isdecimal() for line in lines))
    return task, next(int(line) for line in lines if line.isdecimal())


def check_ended(attempt: Attempt) -> None:
    assert attempt.outcome.ending is Ending.NO_INSTANCE
    assert "function was deleted" in attempt.payload["errorMessage"]


def test_what_runs_in_them_fails_and_its_process_is_gone(workshop: Workshop) -> None:
    async def story(pool: InstancePool) -> None:
        task, pid = await running(workshop, pool)
        neighbour, other_pid = await running(workshop, pool)
        await pool.end_function("function0")
        check_ended(await task)
        assert not alive(pid)
        assert alive(other_pid)  # of another function
        await pool.end_function("function1")
        check_ended(await neighbour)

    workshop.run(story)


def test_what_waits_for_an_instance_gets_none(workshop: Workshop) -> None:
    async def story(pool: InstancePool) -> None:
        task, _ = await running(workshop, pool)
        spec = workshop.deploy(SLEEPS)
        waiting = asyncio.create_task(workshop.invoke(pool, spec))
        while not pool.running(spec.function_name):
            await asyncio.sleep(0)
        await pool.end_function(spec.function_name)
        check_ended(await waiting)
        await pool.end_function("function0")
        check_ended(await task)
        (template,) = pool.template_processes()
        await until(lambda: children(template) == [])  # a keeper says that all is gone, then ends

    workshop.run_apart(story, most_instances=1)
