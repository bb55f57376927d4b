"""`make recover`, as a user runs it after a kill: the local cloud may be gone too."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator

import pytest
from mns.account import Account
from mns.queue import QueueMeta

from tests.e2e.cut_off import begin_update, created, cut_off, held
from tests.e2e.stack import BIN, ROOT, run
from tests.held_answers import wire_to
from tests.ran import Ran
from tests.running_cloud import KEY, processes_with

RECOVER = [sys.executable, "-m", "demo", "recover"]


@pytest.fixture
def environment(
    tmp_path_factory: pytest.TempPathFactory,
) -> Generator["dict[str, str]", None, None]:
    """An environment with a free port and an empty data folder; taken down at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = tmp_path_factory.mktemp("data")
    environment = {"LOCALCLOUD_PORT": str(port), "LOCALCLOUD_DATA": str(data)}
    yield environment
    ended = run([sys.executable, "-m", "demo", "destroy"], ROOT, environment)
    assert ended.exit_code == 0, ended.text
    assert processes_with(f"--port {port}") == []


def pulumi(environment: "dict[str, str]", *words: str) -> Ran:
    """Run `pulumi WORDS` on the demo's stack."""
    exec_ = [str(BIN / "localcloud"), "exec", "--port", environment["LOCALCLOUD_PORT"], "--"]
    return run([*exec_, "pulumi", *words, "--stack", "dev", "--non-interactive"], ROOT, environment)


def test_one_command_brings_the_demo_back_where_the_local_cloud_was_killed_too(
    environment: "dict[str, str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    started = run(RECOVER, ROOT, {})
    assert started.exit_code == 0, started.text
    with wire_to(int(environment["LOCALCLOUD_PORT"]), created("CreateQueue")) as wire:
        update = begin_update(ROOT, wire.port)
        held(wire, update)
        cut_off(update)
    server = processes_with(f"--port {environment['LOCALCLOUD_PORT']}")
    for line in server:
        os.kill(int(line.split()[0]), signal.SIGKILL)
    assert server
    recover = f"`make recover PORT={environment['LOCALCLOUD_PORT']}`"
    for words in ([], ["destroy"]):
        refused = run([sys.executable, "-m", "demo", *words], ROOT, {})
        assert refused.exit_code == 1, refused.text
        assert recover in refused.stderr
        assert "the stack is currently locked" not in refused.stderr, "Pulumi's own harmful advice"
    told = run(RECOVER, ROOT, {})
    assert told.exit_code == 0, told.text
    assert "taken in: ServiceQueue my-fc-job-results" in told.stdout
    up = pulumi(environment, "up", "--yes", "--skip-preview")
    assert up.exit_code == 0, up.text


def test_what_is_left_alone_is_named_with_what_to_type(environment: "dict[str, str]") -> None:
    port = environment["LOCALCLOUD_PORT"]
    assert run(RECOVER, ROOT, environment).exit_code == 0
    Account(f"http://127.0.0.1:{port}", KEY, KEY).get_queue("my-fc-job-results").create(QueueMeta())
    told = run(RECOVER, ROOT, environment)
    assert told.exit_code == 1, told.text
    last = told.stderr.rstrip().splitlines()[-1]
    assert last.startswith("demo: the stack is not whole")
    assert f"`make recover PORT={port} YES=1` takes it in" in last
    assert "my-fc-job-results" in told.text
    taken = run([*RECOVER, "--yes"], ROOT, environment)
    assert taken.exit_code == 0, taken.text


def test_an_interrupt_lets_the_running_step_end_by_itself(environment: "dict[str, str]") -> None:
    """A `pulumi` that is killed would leave its lock."""
    assert run(RECOVER, ROOT, environment).exit_code == 0
    port = int(environment["LOCALCLOUD_PORT"])
    with wire_to(port, created("CreateQueue")) as wire:
        script = f"from demo.__main__ import run; run({wire.port}, 'pulumi', 'up', '--yes',"
        script += " '--skip-preview', '--stack', 'dev', '--non-interactive')"
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a terminal's interrupt goes to all of a group
        ) as telling:
            while not wire.held.wait(0.5):
                assert telling.poll() is None
            os.killpg(telling.pid, signal.SIGINT)
            time.sleep(1)  # longer than a child is given before it is killed
            wire.released.set()
            said = telling.communicate(timeout=120)[1]
    assert "KeyboardInterrupt" in said
    free = pulumi(environment, "refresh", "--yes", "--skip-preview")
    assert "currently locked" not in free.text
    assert free.exit_code == 0, free.text
