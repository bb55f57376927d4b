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


def measure(scale: Scale) -> Iterator[Comparison]:
    """Both as `make` runs them."""
    if not scale.whole:
        return
    yield Comparison(
        "the unit tests as a whole, the second time and after",
        "s",
        list(_unit_tests()),
        aim=Aim(at_most=5),
    )
    wholes, functions = zip(*_demos(), strict=True)
    yield Comparison("`make demo`, the second time and after", "s", wholes, aim=Aim(at_most=15))
    ours = [whole - of for whole, of in zip(wholes, functions, strict=True)]
    what = "the same, less what the function itself ran (until its own timeouts)"
    yield Comparison(what, "s", ours, aim=Aim(at_most=6))


def _unit_tests() -> Iterator[float]:
    """Seconds; bytecode is kept, in a folder of its own, as where a developer runs them again."""
    command = [sys.executable, "-m", "pytest", "tests/unit", "-q"]
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for turn in range(1 + _TURNS):
            began = time.perf_counter()
            ended = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
            )
            if ended.returncode != 0:
                raise RuntimeError(f"the unit tests fail:\n{ended.stdout[-3000:]}")
            if turn > 0:
                yield time.perf_counter() - began


def _demos() -> Iterator[tuple[float, float]]:
    """Seconds of `make demo` as a whole, and of the function in it: from the second one on."""
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
            make("demo")
            for _ in range(_TURNS):
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
