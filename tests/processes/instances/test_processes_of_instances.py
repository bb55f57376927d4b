"""Whatever a handler starts is gone afterwards, and localcloud never outlived by it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from localcloud.fc.instances import keepers, templates
from localcloud.fc.instances.invocation import Ending, InstanceSpec
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.instances.runtime.processes import children, descendants
from localcloud.fc.instances.runtimes import Runtimes

from .conftest import Attempt, Workshop, alive, until

LEAVES_A_DAEMON = """
    import os, signal, sys, time
    def handler(event, context):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(writing, b"%d\\n" % os.getpid())
                while True:
                    time.sleep(1)
            os._exit(0)
        os.wait()
        print("daemon", os.read(reading, 100).decode().strip(), "of", os.getpid())
        time.sleep(float(event))
        return "done"
    """


def daemon_and_handler(lines: list[str]) -> tuple[int, int]:
    daemon, handler = next(line.split()[1:4:2] for line in lines if line.startswith("daemon "))
    return int(daemon), int(handler)


async def begin(
    workshop: Workshop, pool: InstancePool, spec: InstanceSpec, seconds: float
) -> "tuple[asyncio.Task[Attempt], list[str]]":
    """Invoke in the background; returns when the daemon runs."""
    lines: list[str] = []
    task = asyncio.create_task(workshop.invoke(pool, spec, seconds, lines, request_id="1-stop"))
    await until(lambda: any(line.startswith("daemon ") for line in lines))
    return task, lines


def test_stop_returns_when_a_daemon_that_left_its_session_is_gone_too(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON, timeout=60)

    async def story(pool: InstancePool) -> None:
        task, lines = await begin(workshop, pool, spec, 60)
        daemon, handler = daemon_and_handler(lines)
        assert alive(daemon)
        assert pool.running(spec.function_name) == 1
        assert await pool.stop_invocation("1-stop")
        assert not alive(daemon)
        assert not alive(handler)
        attempt = await task
        assert attempt.outcome.ending is Ending.STOPPED
        assert pool.running(spec.function_name) == 0
        assert not await pool.stop_invocation("1-stop")

    workshop.run(story)


def test_a_timeout_takes_the_daemon_too(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON, timeout=1)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, 60)
        assert attempt.outcome.ending is Ending.TIMED_OUT
        assert not any(map(alive, daemon_and_handler(attempt.lines)))

    workshop.run(story)


def test_a_daemon_does_not_outlive_its_instance(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON)

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec, 0)
        daemon, _ = daemon_and_handler(attempt.lines)
        assert attempt.outcome.ending is Ending.ANSWERED
        assert alive(daemon)
        await pool.retire(spec.function_name)
        assert not alive(daemon)

    workshop.run(story)


@pytest.mark.parametrize("also", ["pass", "os.setsid() if os.getpgrp() != os.getpid() else 0"])
def test_processes_that_fork_without_end_are_ended(workshop: Workshop, also: str) -> None:
    # With an end after all, far over the bound: a failure here must not take the machine along.
    spec = workshop.deploy(
        f"""
        import os, time
        def handler(event, context):
            end = time.monotonic() + 2
            while time.monotonic() < end:
                os.fork()
                {also}
            os._exit(0)
        """
    )

    async def story(pool: InstancePool) -> None:
        attempt = await workshop.invoke(pool, spec)
        assert attempt.outcome.ending in (Ending.EXITED, Ending.OUT_OF_MEMORY)
        assert any(line.startswith("localcloud: the instance") for line in attempt.lines)
        assert attempt.outcome.duration < 6000

    workshop.run(story)


def test_a_killed_keeper_takes_its_instance_with_it(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON, timeout=60)

    async def story(pool: InstancePool) -> None:
        task, lines = await begin(workshop, pool, spec, 60)
        daemon, handler = daemon_and_handler(lines)
        keeper = next(one for one in descendants(os.getpid()) if handler in children(one))
        os.kill(keeper, signal.SIGKILL)
        attempt = await task
        assert attempt.outcome.ending is Ending.EXITED
        assert not alive(daemon)
        assert not alive(handler)

    workshop.run(story)


def test_a_keeper_that_was_stopped_does_not_hold_up_a_stop(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keepers, "PATIENCE", 0.1)
    spec = workshop.deploy(
        """
        import os, signal, time
        def handler(event, context):
            os.kill(os.getppid(), signal.SIGSTOP)
            print("daemon", os.getpid(), "of", os.getpid())
            time.sleep(60)
        """,
        timeout=60,
    )

    async def story(pool: InstancePool) -> None:
        task, lines = await begin(workshop, pool, spec, 60)
        handler = daemon_and_handler(lines)[1]
        assert await pool.stop_invocation("1-stop")
        assert not alive(handler)
        attempt = await task
        assert attempt.outcome.ending is Ending.STOPPED

    workshop.run(story)


def test_a_killed_template_is_replaced_and_running_invocations_go_on(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON)
    other = workshop.deploy("def handler(event, context):\n    return b'fresh'\n")

    async def story(pool: InstancePool) -> None:
        task, _ = await begin(workshop, pool, spec, 0.3)
        (template,) = pool.template_processes()
        os.kill(template, signal.SIGKILL)
        fresh = await workshop.invoke(pool, other)
        assert fresh.outcome.payload == b"fresh"
        assert template not in pool.template_processes()
        attempt = await task
        assert attempt.outcome.payload == b"done"

    workshop.run_apart(story)


SERVER = """
import asyncio, sys
from pathlib import Path

from localcloud.fc.instances.invocation import InstanceSpec, Invocation
from localcloud.fc.instances.pool import InstancePool

async def main():
    pool = InstancePool(Path(sys.argv[1]))
    await pool.start()
    spec = InstanceSpec("f", "arn", "LATEST", 1, "python3.10", "index.handler",
                        Path(sys.argv[2]), 128, 60)
    say = lambda line: print(line, flush=True)
    await asyncio.gather(*(pool.invoke(spec, Invocation(f"r{i}", b"60", say)) for i in range(3)))

asyncio.run(main())
"""


@pytest.mark.parametrize("words", ["heard", "unheard"])
def test_nothing_outlives_a_localcloud_that_was_killed(
    workshop: Workshop, tmp_path: Path, words: str
) -> None:
    source = LEAVES_A_DAEMON.replace(
        "time.sleep(float(event))",
        "kept = [bytearray(1 << 20) for _ in range(10) if not time.sleep(0.02)]; time.sleep(60)",
    )
    spec = workshop.deploy(source)
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "server"), str(spec.code)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    found: list[int] = []
    while len(found) < 6:
        line = server.stdout.readline()
        assert line, "the server ended"
        if line.startswith("daemon "):
            found += daemon_and_handler([line])
    everyone = descendants(server.pid)
    assert set(found) <= set(everyone)
    assert len(everyone) == 1 + 3 + 3 + 3  # template, keepers, handlers, daemons
    if words == "unheard":  # what keepers say then waits unread, and their links break
        server.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
    server.kill()
    server.wait()
    server.stdout.close()
    asyncio.run(until(lambda: not any(map(alive, everyone)), seconds=1))


def test_stopping_the_pool_ends_what_is_under_way(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON, timeout=60)

    async def story(pool: InstancePool) -> None:
        task, lines = await begin(workshop, pool, spec, 60)
        await pool.stop()
        assert not any(map(alive, daemon_and_handler(lines)))
        attempt = await task
        assert attempt.outcome.ending is Ending.NO_INSTANCE

    workshop.run_apart(story)


def test_a_cancelled_invoke_takes_its_instance_with_it(workshop: Workshop) -> None:
    spec = workshop.deploy(LEAVES_A_DAEMON, timeout=60)

    async def story(pool: InstancePool) -> None:
        task, lines = await begin(workshop, pool, spec, 60)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        both = daemon_and_handler(lines)
        await until(lambda: not any(map(alive, both)))
        assert pool.running(spec.function_name) == 0

    workshop.run(story)


def test_an_instance_that_cannot_be_made_leaves_its_place_free(workshop: Workshop) -> None:
    """No room on the disk, say, for the folder of its files."""
    spec = workshop.deploy("def handler(event, context):\n    return 1\n")
    folder = workshop.folder / "pool" / "tmp"

    async def story(pool: InstancePool) -> None:
        folder.rmdir()
        folder.write_text("in its way")
        for _ in range(3):
            with pytest.raises(OSError, match="tmp"):
                await workshop.invoke(pool, spec)
        folder.unlink()
        folder.mkdir()
        assert (await workshop.invoke(pool, spec)).outcome.succeeded

    workshop.run_apart(story, most_instances=1)


def test_an_instance_that_cannot_be_ordered_leaves_its_place_free_too(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = workshop.deploy("def handler(event, context):\n    return 1\n")

    def fails(*_: object) -> None:
        raise OSError("no port is free")

    async def story(pool: InstancePool) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(Runtimes, "order", fails)
            for _ in range(2):
                with pytest.raises(OSError, match="no port is free"):
                    await workshop.invoke(pool, spec)
        assert (await workshop.invoke(pool, spec)).outcome.succeeded

    workshop.run_apart(story, most_instances=1)


def stops_the_template(then: str) -> str:
    return f"""
        import os, signal, time
        def parent(pid):
            with open("/proc/%d/stat" % pid) as status:
                return int(status.read().rpartition(")")[2].split()[1])
        def handler(event, context):
            os.kill(parent(os.getppid()), signal.SIGSTOP)
            {then}
        """


def test_a_template_that_was_stopped_goes_on(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PATIENCE", 0.3)
    bad = workshop.deploy(stops_the_template("return b'stopped'"))
    other = workshop.deploy("def handler(event, context):\n    return b'fresh'\n")

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, bad)).outcome.payload == b"stopped"
        (template,) = pool.template_processes()
        began = time.monotonic()
        fresh = await asyncio.gather(*(workshop.invoke(pool, other) for _ in range(3)))
        assert [one.outcome.payload for one in fresh] == [b"fresh"] * 3
        assert time.monotonic() - began < 0.3 + 3
        assert pool.template_processes() == {template}

    workshop.run_apart(story)


def test_a_stopped_template_does_not_hold_up_the_end(workshop: Workshop) -> None:
    bad = workshop.deploy(stops_the_template("return b'stopped'"))

    async def story(pool: InstancePool) -> None:
        assert (await workshop.invoke(pool, bad)).outcome.payload == b"stopped"
        began = time.monotonic()
        await pool.stop()
        assert time.monotonic() - began < templates.PATIENCE - 1

    workshop.run_apart(story)


def test_a_template_that_is_stopped_again_and_again_is_replaced(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PATIENCE", 0.3)
    monkeypatch.setattr(templates, "_SECOND_PATIENCE", 0.3)
    again = "template = parent(os.getppid())\n" + " " * 12
    again += "while True: os.kill(template, signal.SIGSTOP)"
    bad = workshop.deploy(stops_the_template(again), timeout=20)
    other = workshop.deploy("def handler(event, context):\n    return b'fresh'\n")

    async def story(pool: InstancePool) -> None:
        keeps_stopping = asyncio.create_task(workshop.invoke(pool, bad))
        await until(lambda: any(map(is_stopped, pool.template_processes())))
        (template,) = pool.template_processes()
        # so many that the orders for them do not all fit into the template's socket
        fresh = await asyncio.gather(*(workshop.invoke(pool, other) for _ in range(40)))
        assert {one.outcome.payload for one in fresh} == {b"fresh"}
        assert template not in pool.template_processes()
        assert (await keeps_stopping).payload["errorType"] == "ProcessLookupError"

    workshop.run_apart(story)


def interpreter(folder: Path, lines: str) -> str:
    script = folder / "python"
    script.write_text(f"#!/bin/sh\n{lines}\n")
    script.chmod(0o755)
    return str(script)


def test_a_template_that_is_slow_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PATIENCE", 0.1)
    monkeypatch.setattr(templates, "_SECOND_PATIENCE", 0.1)
    template = templates.Template(
        interpreter(tmp_path, f'sleep 1\nexec {sys.executable} "$@"')  # as on a cold disk
    )

    async def story() -> None:
        await template.start()
        process = template.process_id
        began = time.monotonic()
        await template.sweep("none")
        assert time.monotonic() - began > 0.5
        assert template.process_id == process
        await template.sweep("none")  # which raises nothing where the template was killed
        assert template.process_id == process
        await template.stop()

    asyncio.run(story())


def test_a_template_that_does_nothing_for_ever_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "PATIENCE", 0.1)
    monkeypatch.setattr(templates, "_SECOND_PATIENCE", 0.1)
    monkeypatch.setattr(templates, "_LAST_PATIENCE", 0.5)
    template = templates.Template(interpreter(tmp_path, "exec sleep 60"))

    async def story() -> None:
        await template.order({"sweep": "none"})
        began = time.monotonic()
        with pytest.raises(templates.TemplateGone):
            await template.expect(asyncio.get_running_loop().create_future())
        assert time.monotonic() - began < 20
        await template.stop()

    asyncio.run(story())


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
