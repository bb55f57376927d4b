"""What a developer waits for: the unit tests, and `make demo` once everything is set up."""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Aim, Comparison
from bench.peers.process import free_port
from bench.scale import Scale

ROOT = Path(__file__).resolve().parents[1]
_TURNS = 3
_ALL = "tests/unit"
_ONE_FOLDER = "tests/unit/localcloud/ram"


def measure(scale: Scale) -> Iterator[Comparison]:
    """Both as `make` runs them; where it is only to run, some unit tests and the first demo."""
    which, of_the = ("as a whole", _ALL) if scale.whole else ("of one folder", _ONE_FOLDER)
    first, turns = (1, _TURNS) if scale.whole else (0, 1)
    when = ", the second time and after" if scale.whole else ""
    yield Comparison(
        f"the unit tests {which}{when}",
        "s",
        list(_unit_tests(of_the, first, turns)),
        aim=Aim(at_most=5),
    )
    wholes, functions = zip(*_demos(first, turns), strict=True)
    yield Comparison(f"`make demo`{when}", "s", wholes, aim=Aim(at_most=15))
    ours = [whole - of for whole, of in zip(wholes, functions, strict=True)]
    what = "the same, less what the function itself ran (until its own timeouts)"
    yield Comparison(what, "s", ours, aim=Aim(at_most=6))


def _unit_tests(of_the: str, first: int, turns: int) -> Iterator[float]:
    """Seconds of so many turns after the first ones, which are not measured.

    Bytecode is kept, in a folder of its own, as where a developer runs them again.
    """
    command = [sys.executable, "-m", "pytest", of_the, "-q"]
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(first + turns):
            began = time.perf_counter()
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            if ended.returncode != 0:
                raise RuntimeError(f"the unit tests fail:\n{ended.stdout[-3000:]}")
            if turn >= first:
                yield time.perf_counter() - began


def _demos(first: int, turns: int) -> Iterator[tuple[float, float]]:
    """Seconds of `make demo` as a whole, and of the function in it; the first are not measured."""
    with tempfile.TemporaryDirectory() as data:
        port = str(free_port())
        environment = {**os.environ, "LOCALCLOUD_DATA": data, "PORT": port}

        def make(target: str) -> str:
            ended = subprocess.run(
                ["make", "--no-print-directory", target],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if ended.returncode != 0:
                raise RuntimeError(f"make {target}:\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
            return ended.stdout

        try:
            for _ in range(first):
                make("demo")
            for _ in range(turns):
                began = time.perf_counter()
                said = make("demo")
                yield time.perf_counter() - began, _run_by_the_function(said)
        finally:
            make("destroy")


def _run_by_the_function(said: str) -> float:
    """Its timeout, as often as the demo's message says that it was tried."""
    message = json.loads(said.splitlines()[-1])
    timeout = re.search(r"timed out after (\d+) seconds", message["responsePayload"])
    assert timeout, message
    return int(timeout[1]) * float(message["requestContext"]["approximateInvokeCount"])
