"""What happens to an instance while it is being made, waited for, or taken leave of."""

import asyncio
import os
import signal
import threading
from pathlib import Path
from typing import Any

import pytest

from localcloud.fc.instances import hooks
from localcloud.fc.instances import instance as instance_module
from localcloud.fc.instances.instance import Instance
from localcloud.fc.instances.invocation import Ending, Initializer, InstanceSpec
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.instances.runtime.processes import children
from localcloud.fc.instances.templates import CannotStart, Template
from localcloud.removal import remove_or_warn

from .conftest import Workshop, until

WAITS = """
    import os, time
    def initialize(context):
        print("initializing", flush=True)
        while not os.path.exists({go!r}):
            time.sleep(0.01)
    def handler(event, context):
        return "done"
    """


def slow_to_start(workshop: Workshop, **settings: Any) -> tuple[InstanceSpec, Path]:
    """A function whose initializer returns when the file is there."""
    go = workshop.folder / "go"
    source = WAITS.format(go=str(go))
    return workshop.deploy(source, initializer=Initializer("index.initialize", 20), **settings), go


def instances(pool: InstancePool) -> list[int]:
    (template,) = pool.template_processes()
    return children(template)


def test_an_instance_retired_while_two_wait_for_it_goes(workshop: Workshop) -> None:
    spec, go = slow_to_start(workshop, instance_concurrency=2)

    async def story(pool: InstancePool) -> None:
        lines: list[str] = []
        opens = asyncio.create_task(workshop.invoke(pool, spec, lines=lines))
        waits = asyncio.create_task(workshop.invoke(pool, spec))
        await until(lambda: "initializing" in lines)
        (retired,) = instances(pool)
        await pool.retire(spec.function_name)
        go.touch()
        assert (await opens).outcome.succeeded
        assert (await waits).outcome.succeeded
        await until(lambda: len(instances(pool)) == 1)
        assert retired not in instances(pool)

    workshop.run_apart(story)


def test_an_invocation_cancelled_while_it_waits_gives_its_place_back(workshop: Workshop) -> None:
    spec, go = slow_to_start(workshop, instance_concurrency=2)

    async def story(pool: InstancePool) -> None:
        lines: list[str] = []
        opens = asyncio.create_task(workshop.invoke(pool, spec, lines=lines))
        waits = asyncio.create_task(workshop.invoke(pool, spec))
        await until(lambda: "initializing" in lines)
        waits.cancel()
        go.touch()
        assert (await opens).outcome.succeeded
        await pool.retire(spec.function_name)
        await until(lambda: instances(pool) == [])

    workshop.run_apart(story)


def test_an_instance_that_is_not_used_after_all_makes_room(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (workshop.deploy("def handler(event, context): return 'done'") for _ in "12")
    start = Instance.start

    async def story(pool: InstancePool) -> None:
        async def and_stop(instance: Instance, order: dict[str, Any]) -> None:
            await start(instance, order)
            assert await pool.stop_invocation("1-stop")
            monkeypatch.undo()

        monkeypatch.setattr(Instance, "start", and_stop)
        stopped = asyncio.create_task(workshop.invoke(pool, first, request_id="1-stop"))
        while not pool.running(first.function_name):
            await asyncio.sleep(0)
        waits = asyncio.create_task(workshop.invoke(pool, second))
        assert (await stopped).outcome.ending is Ending.STOPPED
        assert (await waits).outcome.succeeded

    workshop.run_apart(story, most_instances=1, longest_wait=2)


def test_a_pre_stop_hook_is_not_cut_short_by_a_second_change(workshop: Workshop) -> None:
    note = workshop.folder / "note"
    spec = workshop.deploy(
        f"""
        import time
        def goodbye(context):
            time.sleep(0.2)
            open({str(note)!r}, "w").close()
        def handler(event, context):
            return "done"
        """,
        pre_stop=Initializer("index.goodbye", 5),
    )

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, spec)).outcome.succeeded
        first = asyncio.create_task(pool.retire(spec.function_name))
        await asyncio.sleep(0.05)
        await pool.retire(spec.function_name)
        assert note.exists()
        await first

    workshop.run(story)


def test_a_call_of_an_instance_that_has_just_gone_ends(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, go = slow_to_start(workshop)
    go.touch()
    initialize = hooks.initialize

    async def story(pool: InstancePool) -> None:
        async def when_gone(instance: Instance, *arguments: Any, **settings: Any) -> Any:
            (keeper,) = instances(pool)
            await until(lambda: children(keeper) != [])
            os.kill(children(keeper)[0], signal.SIGKILL)
            await instance.gone
            monkeypatch.undo()
            return await initialize(instance, *arguments, **settings)

        monkeypatch.setattr(hooks, "initialize", when_gone)
        attempt = await asyncio.wait_for(workshop.invoke(pool, spec), 5)
        assert attempt.outcome.ending is Ending.INITIALIZER_FAILED
        assert attempt.payload["errorMessage"].startswith("Process exited unexpectedly")
        assert any("was killed by signal 9" in line for line in attempt.lines)
        assert (await workshop.invoke(pool, spec)).outcome.succeeded

    workshop.run_apart(story)


def test_a_killed_keeper_ends_its_calls_even_where_no_template_can_be_started(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = workshop.deploy(
        """
        import time
        def handler(event, context):
            print("here", flush=True)
            time.sleep(60)
        """
    )

    async def nothing_to_sweep_with(_template: Template, _instance_id: str) -> None:
        raise CannotStart("python: no such file")

    monkeypatch.setattr(Template, "sweep", nothing_to_sweep_with)

    async def story(pool: InstancePool) -> None:
        lines: list[str] = []
        task = asyncio.create_task(workshop.invoke(pool, spec, lines=lines))
        await until(lambda: "here" in lines)
        (keeper,) = instances(pool)
        os.kill(keeper, signal.SIGKILL)
        attempt = await asyncio.wait_for(task, 5)
        assert attempt.outcome.ending is Ending.EXITED
        assert "localcloud: the instance ended: its keeper was killed" in attempt.lines

    workshop.run_apart(story)


def test_what_a_handler_left_on_the_disk_is_removed_off_the_event_loop(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = workshop.deploy(
        """
        import os, tempfile
        def handler(event, context):
            for _ in range(10):
                open(tempfile.mkstemp()[1], "w").close()
            return os.environ["TMPDIR"]
        """
    )
    removed: list[tuple[str, bool]] = []

    def noted(folder: Path) -> None:
        removed.append((str(folder), threading.current_thread() is threading.main_thread()))
        remove_or_warn(folder)

    monkeypatch.setattr(instance_module, "remove_or_warn", noted)

    async def story(pool: InstancePool) -> None:
        folder = (await workshop.invoke(pool, spec)).outcome.payload.decode()
        assert len(list(Path(folder).iterdir())) == 10
        await pool.retire(spec.function_name)
        assert removed == [(folder, False)]
        assert not Path(folder).exists()

    workshop.run(story)
