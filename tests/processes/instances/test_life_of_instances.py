"""Initializer, pre-stop, retirement and rest: the life of an instance around its invocations."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.fc.instances import hooks
from localcloud.fc.instances.invocation import Ending, Initializer, InstanceSpec
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.instances.runtime.processes import children

from .conftest import Workshop, until

HOOKS = """
    import os, time
    ready = []
    def initialize(context):
        print("initializing", context.request_id, context.function.name)
        ready.append(1)
    def fail(context):
        raise RuntimeError("no database")
    def leave(context):
        os._exit(7)
    def sleep(context):
        time.sleep(60)
    def goodbye(context):
        print("goodbye from", os.getpid())
    def handler(event, context):
        return str(len(ready))
    """


def test_the_initializer_runs_once_before_the_first_invocation(workshop: Workshop) -> None:
    spec = workshop.deploy(HOOKS, initializer=Initializer("index.initialize", 5))

    async def story(pool: InstancePool) -> None:
        first = await workshop.invoke(pool, spec, request_id="1-first")
        assert first.outcome.payload == b"1"
        assert first.lines == [
            "FC Initialize Start RequestId: 1-first",
            f"initializing 1-first {spec.function_name}",
            "FC Initialize End RequestId: 1-first",
        ]
        second = await workshop.invoke(pool, spec)
        assert second.outcome.payload == b"1"
        assert second.lines == []

    workshop.run(story)


@pytest.mark.parametrize(
    ("hook", "ending", "message"),
    [
        ("fail", Ending.INITIALIZER_FAILED, "no database"),
        ("leave", Ending.INITIALIZER_FAILED, "Process exited unexpectedly"),
        ("sleep", Ending.INITIALIZER_FAILED, "Function initialization timed out after 1 seconds"),
        ("missing", Ending.NO_HANDLER, "Handler 'missing' is missing on module 'index'"),
    ],
)
def test_an_initializer_that_fails_is_told_apart_and_leaves_no_instance(
    workshop: Workshop, hook: str, ending: Ending, message: str
) -> None:
    spec = workshop.deploy(HOOKS, initializer=Initializer(f"index.{hook}", 1))

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending is ending
        assert attempt.payload["errorMessage"].startswith(message)
        assert any("FC Initialize End" in line and ", Error: " in line for line in attempt.lines)

    workshop.run(story)


def test_an_initializer_under_way_can_be_stopped(workshop: Workshop) -> None:
    spec = workshop.deploy(HOOKS, initializer=Initializer("index.sleep", 60))

    async def story(pool: InstancePool) -> None:
        lines: list[str] = []
        task = asyncio.create_task(workshop.invoke(pool, spec, None, lines, request_id="1-stop"))
        await until(lambda: "FC Initialize Start RequestId: 1-stop" in lines)
        assert await pool.stop_invocation("1-stop")
        assert (await task).outcome.ending is Ending.STOPPED

    workshop.run(story)


def test_a_stop_between_initializer_and_handler_is_true(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = workshop.folder / "note"
    spec = workshop.deploy(
        f"""
        def initialize(context):
            pass
        def handler(event, context):
            open({str(note)!r}, "w").close()
        """,
        initializer=Initializer("index.initialize", 5),
    )
    initialize = hooks.initialize

    async def story(pool: InstancePool) -> None:
        async def and_stop(*arguments: Any, **settings: Any) -> Any:
            outcome = await initialize(*arguments, **settings)
            assert await pool.stop_invocation("1-stop")
            return outcome

        monkeypatch.setattr(hooks, "initialize", and_stop)
        attempt = await workshop.invoke(pool, spec, request_id="1-stop")
        assert attempt.outcome.ending is Ending.STOPPED
        assert not note.exists()
        monkeypatch.undo()
        assert (await workshop.invoke(pool, spec)).outcome.succeeded
        assert note.exists()

    workshop.run(story)


def test_pre_stop_runs_before_a_retired_instance_goes(workshop: Workshop) -> None:
    spec = workshop.deploy(HOOKS, pre_stop=Initializer("index.goodbye", 5))
    said: list[str] = []
    opened: list[str] = []

    def open_log(of: InstanceSpec, request_id: str, instance_id: str) -> Callable[[str], None]:
        assert of is spec
        assert instance_id.startswith("c-")
        opened.append(request_id)
        return said.append

    async def story(pool: InstancePool) -> None:
        await workshop.invoke(pool, spec)
        await pool.retire(spec.function_name)
        (request_id,) = opened
        assert said[0] == f"FC PreStop Start RequestId: {request_id}"
        assert said[1].startswith("goodbye from ")
        assert said[2] == f"FC PreStop End RequestId: {request_id}"
        assert len(said) == 3

    workshop.run_apart(story, open_instance_log=open_log)


def test_an_update_sends_new_invocations_to_new_code_and_lets_running_ones_finish(
    workshop: Workshop,
) -> None:
    source = """
        import time
        def handler(event, context):
            time.sleep(float(event))
            return "{}"
        """
    old = workshop.deploy(source.format("old"))
    new = workshop.deploy(source.format("new"), function_name=old.function_name, revision=2)

    async def story(pool: InstancePool) -> None:
        running = asyncio.create_task(workshop.invoke(pool, old, 0.3))
        while not pool.running(old.function_name):
            await asyncio.sleep(0)
        await pool.retire(old.function_name)
        assert (await workshop.invoke(pool, new, 0)).outcome.payload == b"new"
        assert (await running).outcome.payload == b"old"

    workshop.run(story)


def test_an_idle_instance_goes_after_a_while(workshop: Workshop) -> None:
    spec = workshop.deploy(HOOKS)

    async def story(pool: InstancePool) -> None:
        await workshop.invoke(pool, spec)
        (template,) = pool.template_processes()
        assert len(children(template)) == 1
        await until(lambda: children(template) == [])

    workshop.run_apart(story, idle=0.1)


def test_500_invocations_and_20_instances_leak_nothing(workshop: Workshop) -> None:
    spec = workshop.deploy(HOOKS)
    dies = workshop.deploy("import os\ndef handler(event, context):\n    os._exit(1)\n")

    def descriptors(pid: int) -> int:
        return len(list(Path(f"/proc/{pid}/fd").iterdir()))

    async def story(pool: InstancePool) -> None:
        await pool.prepare("python3.10")
        (template,) = pool.template_processes()
        await workshop.invoke(pool, dies)
        await until(lambda: children(template) == [])
        before = descriptors(os.getpid()), descriptors(template)
        for _ in range(20):
            await workshop.invoke(pool, dies)
        for _ in range(500):
            await workshop.invoke(pool, spec)
        await pool.retire(spec.function_name)
        await until(lambda: children(template) == [])
        assert (descriptors(os.getpid()), descriptors(template)) == before

    workshop.run_apart(story)
