"""The first set-up of the toolchain, against the plain sum of the Go builds that it consists of.

Half an hour by itself, so only `python -m bench set_up` measures it. Every build begins with an
empty build cache; modules are downloaded before, by whatever came first.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench.figures import Aim, Comparison
from bench.scale import Scale
from toolchain import build, go_command, sources

ROOT = Path(__file__).resolve().parents[1]
AGAINST = "the three Go builds, one after the other, each with an empty cache"


def measure(scale: Scale) -> Iterator[Comparison]:
    """Minutes of processor time, and by the clock. Where Pulumi is installed nothing is built."""
    del scale
    go = go_command.go_on_path() or go_command.go_in_cache()
    if go is None:
        yield Comparison("first-time set-up", "min", [], AGAINST, missing="no Go here yet")
        return
    targets = [target for part in ("engine", "provider") for target in build.TARGETS[part]]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = go.environment()
        ours = _minutes(
            [sys.executable, "-m", "toolchain", "--rebuild"],
            ROOT,
            {
                **os.environ,
                "XDG_CACHE_HOME": str(folder / "cache"),
                "GOCACHE": str(folder / "first"),
                # a cache of modules is no build, and neither side downloads them anew
                "GOMODCACHE": _said([str(go.command), "env", "GOMODCACHE"], environment),
            },
        )
        theirs = [0.0, 0.0]
        for number, target in enumerate(targets):
            command = [str(go.command), "build", *sources.COMPILER_FLAGS, sources.linker_flags()]
            command += ["-o", f"{folder}/built-{number}", target]
            alone = {**environment, "GOCACHE": str(folder / f"alone-{number}")}
            took = _minutes(command, sources.GO_FOLDER, alone)
            theirs = [sum(pair) for pair in zip(theirs, took, strict=True)]
    for what, our, their in zip(("by the clock", "of processor time"), ours, theirs, strict=True):
        yield Comparison(
            f"first-time set-up, minutes {what}", "min", [our], AGAINST, [their], Aim(at_most=1)
        )


def _minutes(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[float, float]:
    before, began = _processor_time(), time.monotonic()
    subprocess.run(command, cwd=folder, env=environment, check=True)
    return (time.monotonic() - began) / 60, (_processor_time() - before) / 60


def _processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout.strip()
