"""`make bench QUICK=1`: every comparison can still be made. What they show is not judged here."""

import subprocess

from tests.e2e.stack import ROOT

LONGEST = 600  # seconds: on a new machine the peers are installed first
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
)
"""How the lines of the table begin, or what they have in them."""


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
