"""The memory limit, and the peak that outcomes report."""

import pytest

from localcloud.fc.instances.invocation import Ending
from localcloud.fc.instances.pool import InstancePool

from .conftest import Workshop

HOLDS = """
    import os, time
    def handler(event, context):
        megabytes = int(event)
        held = bytearray(megabytes << 20)
        return b"held"
    """


def test_the_peak_is_what_the_handler_held_and_starts_again_with_each_invocation(
    workshop: Workshop,
) -> None:
    spec = workshop.deploy(HOLDS)

    async def story(pool: InstancePool) -> None:
        before = (await workshop.invoke(pool, spec, 0)).outcome
        much = (await workshop.invoke(pool, spec, 60)).outcome
        after = (await workshop.invoke(pool, spec, 0)).outcome
        assert before.instance_id == much.instance_id == after.instance_id
        assert 59 <= much.peak_memory - before.peak_memory < 62
        assert abs(after.peak_memory - before.peak_memory) < 2

    workshop.run(story)


@pytest.mark.parametrize("megabytes", [200, 10 << 10], ids=["200 MB", "10 GB at once"])
def test_a_handler_over_its_memory_is_out_of_memory(workshop: Workshop, megabytes: int) -> None:
    spec = workshop.deploy(HOLDS)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, megabytes)
        outcome = attempt.outcome
        assert outcome.ending is Ending.OUT_OF_MEMORY
        assert attempt.payload["errorType"] == "FunctionOOMError"
        assert f"maxMemoryUsage: {int(outcome.peak_memory)}MB" in attempt.payload["errorMessage"]
        assert any("its memorySize is 128 MB" in line for line in attempt.lines)
        again = await workshop.invoke(pool, spec, 1)
        assert again.outcome.ending is Ending.ANSWERED
        assert again.outcome.instance_id != outcome.instance_id

    workshop.run(story)


def test_memory_that_was_held_for_a_moment_only_counts_as_well(workshop: Workshop) -> None:
    spec = workshop.deploy(
        """
        kept = bytearray(104 << 20)
        def handler(event, context):
            bytearray(int(event) << 20)
        """
    )

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, spec, 0)).outcome.ending is Ending.ANSWERED
        # Over before the keeper looks: the handler's own process tells what it held.
        attempt = await workshop.invoke(pool, spec, 20)
        assert attempt.outcome.ending is Ending.OUT_OF_MEMORY
        assert 128 < attempt.outcome.peak_memory < 150

    workshop.run(story)


CHILDREN = """
    import os, time
    def handler(event, context):
        kept = bytearray(40 << 20)
        for number in range(4):
            if os.fork() == 0:
                os.setsid()
                own = bytearray(int(event) << 20)
                time.sleep(60)
        time.sleep(0.3 if int(event) < 10 else 9)
        return b"done"
    """


def test_the_memory_of_every_process_counts(workshop: Workshop) -> None:
    spec = workshop.deploy(CHILDREN)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, 25)
        assert attempt.outcome.ending is Ending.OUT_OF_MEMORY
        assert attempt.outcome.peak_memory > 128
        assert attempt.outcome.duration < 5000

    workshop.run(story)


def test_what_processes_share_counts_once(workshop: Workshop) -> None:
    spec = workshop.deploy(CHILDREN)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, 5)
        assert attempt.outcome.ending is Ending.ANSWERED
        assert 60 < attempt.outcome.peak_memory < 120

    workshop.run(story)
