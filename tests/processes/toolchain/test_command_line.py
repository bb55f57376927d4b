"""`python -m toolchain` as a process: interrupts, two at once, exit codes, what goes where."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes.toolchain.fakes import FAILS, HANGS, WAITS_FOR_GATE, Fakes

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 20.0
"""Seconds after which a test gives up on what it waits for."""


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(machine: Fakes) -> Iterator[Start]:  # noqa: ARG001  (its environment is inherited)
    """Starts `python -m toolchain ARGUMENTS`; what still runs when the test ends is ended."""
    started: list[subprocess.Popen[str]] = []

    def start_one(*arguments: str) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "toolchain", *arguments],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start_one
    for process in started:
        process.terminate()
        process.communicate(timeout=PATIENCE)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "what the test waits for did not happen"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_the_compilers_and_leaves_nothing_half(
    start: Start, machine: Fakes, cache: Path, number: signal.Signals
) -> None:
    machine.go(building=HANGS)
    noted = machine.home / "compiler.pid"
    setting_up = start()
    wait_until(lambda: noted.exists() and noted.read_text() != "")
    compiler = int(noted.read_text())
    assert alive(compiler)

    setting_up.send_signal(number)
    _, said = setting_up.communicate(timeout=PATIENCE)
    assert setting_up.returncode == 130
    assert said.splitlines()[-1].startswith("Interrupted: nothing is left half made")
    wait_until(lambda: not alive(compiler))
    assert {entry.name for entry in cache.iterdir()} == {"lock", "set-up.log"}


def test_of_two_at_once_the_second_waits_and_builds_nothing(start: Start, machine: Fakes) -> None:
    machine.go(building=WAITS_FOR_GATE)
    os.mkfifo(machine.home / "gate")
    first = start()
    wait_until(lambda: machine.calls("go build") != [])
    second = start()
    assert second.stderr is not None
    assert second.stderr.readline() == (
        "Another set-up of the Pulumi toolchain is under way: waiting for it.\n"
    )
    (machine.home / "gate").write_text("open")
    for process in (first, second):
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert len(machine.calls("go build")) == 1


def test_what_a_killed_set_up_left_is_cleared_away(
    start: Start, machine: Fakes, cache: Path
) -> None:
    machine.go(building=HANGS)
    noted = machine.home / "compiler.pid"
    killed = start()
    wait_until(lambda: noted.exists() and noted.read_text() != "")
    killed.kill()
    killed.communicate()
    os.kill(int(noted.read_text()), signal.SIGKILL)
    assert list(cache.glob(".compiled-*")) != []

    machine.go()
    assert start().wait(PATIENCE) == 0
    assert list(cache.glob(".*")) == []


def test_a_failure_is_told_on_standard_error_with_exit_code_1(start: Start, machine: Fakes) -> None:
    machine.go(building=FAILS)
    failing = start()
    printed, said = failing.communicate(timeout=PATIENCE)
    assert failing.returncode == 1
    assert printed == ""
    assert "The Pulumi toolchain is not ready" in said
    assert "Traceback" not in said
    assert "\x1b" not in said, "colours are for terminals"


def test_where_says_where_as_json(start: Start, machine: Fakes, cache: Path) -> None:
    missing = start("where", "--json")
    printed, said = missing.communicate(timeout=PATIENCE)
    assert (missing.returncode, printed) == (1, "")
    assert "run `python -m toolchain`" in said

    machine.go()
    assert start("ensure").wait(PATIENCE) == 0
    printed, _ = start("where", "--json").communicate(timeout=PATIENCE)
    where = json.loads(printed)
    assert Path(where["pulumi"]).parent == Path(where["path_entries"][0])
    assert Path(where["home"]).parent == cache


def test_the_host_for_yaml_is_built_once_beside_the_engine(start: Start, machine: Fakes) -> None:
    machine.go()
    for _ in range(2):
        made = start("yaml")
        printed, said = made.communicate(timeout=PATIENCE)
        assert made.returncode == 0, said
        host = Path(printed.strip())
        assert host.name == "pulumi-language-yaml"
        assert os.access(host, os.X_OK)
        assert host.with_name("pulumi").is_file()
    built = [call for call in machine.calls("go build") if "pulumi-language-yaml" in call]
    assert len(built) == 1


def test_a_host_for_yaml_that_cannot_be_built_is_told(start: Start, machine: Fakes) -> None:
    machine.go()
    assert start("ensure").wait(PATIENCE) == 0
    machine.go(building=FAILS)
    failing = start("yaml")
    printed, said = failing.communicate(timeout=PATIENCE)
    assert (failing.returncode, printed) == (1, "")
    assert "pulumi-language-yaml could not be built" in said
    assert "undefined: frobnicate" in said
    assert "Traceback" not in said


def test_an_installed_pulumi_without_it_is_left_alone(start: Start, machine: Fakes) -> None:
    machine.go()
    machine.pulumi("3.259.0")
    failing = start("yaml")
    _, said = failing.communicate(timeout=PATIENCE)
    assert failing.returncode == 1
    assert "has no pulumi-language-yaml beside it" in said
    assert not (machine.bin / "pulumi-language-yaml").exists()
