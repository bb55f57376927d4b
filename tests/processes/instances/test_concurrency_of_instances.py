"""Several invocations in one instance, and many instances at once."""

import asyncio

import pytest

from localcloud.fc.instances.invocation import Ending, Initializer
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop, until

MEETS = """
    import json, logging, os, subprocess, threading, time
    together = threading.Barrier(5)
    def initialize(context):
        time.sleep(0.05)
    def handler(event, context):
        for i in range(20):
            print(context.request_id, "begins", end=" ")
            together.wait(5)
            print("line", i)
            logging.getLogger().info("log %d", i)
        return context.request_id
    """


@pytest.mark.parametrize("runtime", ["python3", "python3.12"])
@pytest.mark.parametrize("initializer", [None, Initializer("index.initialize", 5)])
def test_five_run_at_once_in_one_instance_each_with_its_own_lines(
    workshop: Workshop, runtime: str, initializer: Initializer | None
) -> None:
    spec = workshop.deploy(MEETS, runtime=runtime, instance_concurrency=5, initializer=initializer)

    async def story(pool: InstancePool) -> None:
        attempts = await asyncio.gather(
            *(workshop.invoke(pool, spec, request_id=f"1-{i}") for i in range(5))
        )
        assert len({attempt.outcome.instance_id for attempt in attempts}) == 1
        for i, attempt in enumerate(attempts):
            assert attempt.outcome.payload == f"1-{i}".encode()
            assert attempt.printed[0::2] == [f"1-{i} begins line {n}" for n in range(20)]
            logged = [line.split(" ", 1)[1] for line in attempt.printed[1::2]]
            assert logged == [f"1-{i} [INFO] log {n}" for n in range(20)]

    workshop.run(story)


SLEEPS = """
    import os, time
    def handler(event, context):
        print("pid", os.getpid())
        time.sleep(float(event))
        if float(event) == 0.1:
            os._exit(1)
        return b"slept"
    """


def test_stopping_one_ends_its_neighbours_as_a_system_error_to_be_tried_again(
    workshop: Workshop,
) -> None:
    spec = workshop.deploy(SLEEPS, instance_concurrency=3, timeout=60)

    async def story(pool: InstancePool) -> None:
        lines: list[str] = []
        pair = [
            asyncio.create_task(workshop.invoke(pool, spec, 30, lines, request_id=name))
            for name in ("1-guilty", "1-innocent")
        ]
        await until(lambda: len([line for line in lines if line.startswith("pid ")]) == 2)
        assert await pool.stop_invocation("1-guilty")
        guilty, innocent = await asyncio.gather(*pair)
        assert guilty.outcome.ending is Ending.STOPPED
        assert innocent.outcome.ending is Ending.NO_INSTANCE
        assert "another invocation in it was stopped" in innocent.payload["errorMessage"]

    workshop.run(story)


def test_an_exit_ends_every_invocation_of_the_instance(workshop: Workshop) -> None:
    spec = workshop.deploy(SLEEPS, instance_concurrency=3)

    async def story(pool: InstancePool) -> None:
        both = await asyncio.gather(
            workshop.invoke(pool, spec, 0.1), workshop.invoke(pool, spec, 30)
        )
        assert [attempt.outcome.ending for attempt in both] == [Ending.EXITED, Ending.EXITED]

    workshop.run(story)


def test_an_instance_of_concurrency_one_runs_one_at_a_time(workshop: Workshop) -> None:
    spec = workshop.deploy(SLEEPS)

    async def story(pool: InstancePool) -> None:
        attempts = await asyncio.gather(*(workshop.invoke(pool, spec, 0.05) for _ in range(4)))
        assert len({attempt.outcome.instance_id for attempt in attempts}) == 4
        more = await workshop.invoke(pool, spec, 0)
        assert more.outcome.instance_id in {one.outcome.instance_id for one in attempts}

    workshop.run(story)


def test_over_the_bound_invocations_wait_for_a_place(workshop: Workshop) -> None:
    spec = workshop.deploy(SLEEPS)

    async def story(pool: InstancePool) -> None:
        attempts = await asyncio.gather(*(workshop.invoke(pool, spec, 0.05) for _ in range(6)))
        assert all(attempt.outcome.succeeded for attempt in attempts)
        assert len({attempt.outcome.instance_id for attempt in attempts}) == 2

    workshop.run_apart(story, most_instances=2)


def test_an_idle_instance_of_another_function_gives_up_its_place(workshop: Workshop) -> None:
    first, second = workshop.deploy(SLEEPS), workshop.deploy(SLEEPS)

    async def story(pool: InstancePool) -> None:
        for spec in (first, second, first):
            assert (await workshop.invoke(pool, spec, 0)).outcome.succeeded

    workshop.run_apart(story, most_instances=1)


def test_no_place_within_the_wait_is_a_system_error(workshop: Workshop) -> None:
    spec = workshop.deploy(SLEEPS)

    async def story(pool: InstancePool) -> None:
        long = asyncio.create_task(workshop.invoke(pool, spec, 0.5))
        await asyncio.sleep(0)
        late = await workshop.invoke(pool, spec, 0)
        assert late.outcome.ending is Ending.NO_INSTANCE
        assert late.payload["errorMessage"] == (
            "all 1 instances are busy, and none was free within 0.1 seconds"
        )
        assert (await long).outcome.succeeded

    workshop.run_apart(story, most_instances=1, longest_wait=0.1)


def test_an_invocation_that_waits_for_a_place_can_be_stopped(workshop: Workshop) -> None:
    spec = workshop.deploy(SLEEPS)

    async def story(pool: InstancePool) -> None:
        long = asyncio.create_task(workshop.invoke(pool, spec, 0.3))
        await asyncio.sleep(0)
        waits = asyncio.create_task(workshop.invoke(pool, spec, 0, request_id="1-waits"))
        await asyncio.sleep(0.05)
        assert await pool.stop_invocation("1-waits")
        attempt = await waits
        assert attempt.outcome.ending is Ending.STOPPED
        assert attempt.lines == []
        assert (await long).outcome.succeeded

    workshop.run_apart(story, most_instances=1)
