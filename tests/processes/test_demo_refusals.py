"""What `make demo` refuses, before it sets anything up or starts anything."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demo.alone import alone
from tests.ran import Ran
from tests.running_cloud import processes_with

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **changes: str) -> Ran:
    environ = {name: text for name, text in os.environ.items() if name not in ("PORT", "MAKEFLAGS")}
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env={**environ, **changes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def python(tmp_path: Path) -> str:
    """A Python that notes in `tmp_path`/calls which file it is to run."""
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\necho "$1" >> "{tmp_path}/calls"\nexec "{sys.executable}" "$@"\n')
    script.chmod(0o755)
    return str(script)


@pytest.mark.parametrize("target", ["demo", "destroy", "recover"])
@pytest.mark.parametrize("port", ["abc", "0", "65536", "-1", "83 21"])
def test_a_port_that_is_none_is_told_in_a_sentence_before_any_set_up(
    tmp_path: Path, python: str, target: str, port: str
) -> None:
    ran = run("make", target, f"PORT={port}", f"PYTHON={python}")
    assert ran.exit_code == 2, ran.text
    assert ran.stderr.splitlines()[0] == (
        f"demo: the port '{port}' is no number from 1 to 65535: make demo PORT=8321"
    )
    assert "Traceback" not in ran.stderr
    assert (tmp_path / "calls").read_text().splitlines() == ["demo/port.py"]


def test_a_taken_port_is_told_before_any_set_up(tmp_path: Path, python: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    ) as other:
        assert other.stdout is not None
        port = other.stdout.readline().partition(" port ")[2].split()[0]
        try:
            ran = run("make", "demo", f"PORT={port}", f"PYTHON={python}")
        finally:
            other.terminate()
    assert ran.exit_code == 2, ran.text
    assert ran.stderr.splitlines()[0] == (
        f"demo: port {port} cannot be used (another program uses it): name another, as in PORT=8322"
    )
    assert (tmp_path / "calls").read_text().splitlines() == ["demo/port.py"]


def test_the_port_may_come_from_the_variable_that_localcloud_reads(python: str) -> None:
    ran = run("make", "demo", f"PYTHON={python}", LOCALCLOUD_PORT="no-port")
    assert "the port 'no-port' is no number" in ran.stderr


def test_a_python_that_is_not_there_is_told_in_a_sentence() -> None:
    ran = run("make", "setup", "PYTHON=nope")
    assert ran.exit_code == 2, ran.text
    assert ran.stderr.splitlines()[0].startswith(
        "make: there is no Python called nope here: install 3.10 or newer, or name yours"
    )


@pytest.mark.parametrize("words", [[], ["destroy"], ["recover"]])
def test_of_two_demos_on_a_data_folder_the_second_says_so_and_starts_nothing(
    tmp_path: Path, words: "list[str]"
) -> None:
    data = tmp_path / "data"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with alone(data):
        places = {"LOCALCLOUD_PORT": port, "LOCALCLOUD_DATA": str(data)}
        ran = run(sys.executable, "-m", "demo", *words, **places)
    assert ran.exit_code == 1, ran.text
    assert f"is running on {data}: wait until it has ended" in ran.stderr
    assert "LOCALCLOUD_DATA=/tmp/demo make demo PORT=8322" in ran.stderr
    assert processes_with(f"--port {port}") == []
    assert list(data.iterdir()) == [], "localcloud takes no folder with strangers in it"


def test_a_data_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    places = {"LOCALCLOUD_PORT": port, "LOCALCLOUD_DATA": str(tmp_path / "file" / "data")}
    ran = run(sys.executable, "-m", "demo", **places)
    assert ran.exit_code == 1, ran.text
    assert "cannot be used (Not a directory): name another one" in ran.stderr
    assert "Traceback" not in ran.stderr
