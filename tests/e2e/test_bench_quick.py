"""`make bench QUICK=1`: every comparison can still be made. What they show is not judged here.

All but the first set-up of the toolchain, which is half an hour of Go builds in any form.
"""

import subprocess
from contextlib import suppress

import pytest

from bench.peers.installed import PeerMissing, elasticmq_classpath, peers_python, redis_server
from tests.e2e.stack import ROOT

LONGEST = 600  # seconds: a hang is a failure; that it takes under 180 is of a machine to itself
COMPARED = (
    "no-op tasks a second, backlog of",
    "submit, durable, 16 connections",
    "submit, durable, official SDK",
    "SMQ: send + receive + delete",
    "first call of a new instance",
    "warm call over HTTP",
    "from the start of the process to its first answer",
    "memory, idle",
    "pulumi up of an AsyncTask",
    "pulumi no-change preview of an AsyncTask",
    "pulumi destroy of an AsyncTask",
    "waiting",
    "first page of 100 tasks",
    "restart, with",
    "AsyncTasks in one program",
    "the unit tests of one folder",
    "`make demo`",
    "less what the function itself ran",
)
"""How the lines of the table begin, or what they have in them."""


@pytest.fixture
def _peers() -> None:  # pyright: ignore[reportUnusedFunction]
    """What it is compared with is there, as after the first time on a machine.

    One that cannot be had here is "not measured", as the bench says itself.
    """
    for install in (peers_python, elasticmq_classpath, redis_server):
        with suppress(PeerMissing):
            install()


@pytest.mark.usefixtures("_peers")
def test_every_comparison_runs_and_the_page_is_left_alone() -> None:
    page = ROOT / "docs/benchmarks.md"
    before = page.read_bytes()
    ended = subprocess.run(
        ["make", "--no-print-directory", "bench", "QUICK=1"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    said = " ".join(ended.stdout.replace("│", " ").split())
    missing = [what for what in COMPARED if what not in said]
    assert not missing, f"{missing} are not in:\n{ended.stdout}"
    assert page.read_bytes() == before
