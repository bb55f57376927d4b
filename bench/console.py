"""The console's own time for its pages, with many tasks stored: `python -m bench.console`.

Tasks go straight into the store. The console is the installed program; a page's time is the one
that its server tells (Server-Timing), which has the calls to Function Compute in it. Then the start
of `fctask list`, from nothing to the printed tasks.
"""

import argparse
import os
import re
import subprocess
import time
from typing import Any

from alibabacloud_fc20230330.client import Client

from bench.task_cloud import cloud, make, row
from bench.task_lists import Stored
from tests.contract.console.serving import Console, serving
from tests.fctask_program import Fctask, environment_of

FUNCTION = "noop"
PAUSE = 0.75  # seconds: longer than an answer is kept for other windows


def told(console: Console, path: str) -> float:
    """Seconds that the server took for one page."""
    answer = console.send("GET", path)
    assert answer.status == 200, answer.text
    found = re.fullmatch(r"total;dur=([\d.]+)", answer.headers["server-timing"])
    assert found
    return float(found[1]) / 1000


def pages(console: Console, count: int, times: int) -> None:
    middle = f"t{count // 2:07}"
    for name, path in (
        ("tasks, the newest 50", "/tasks"),
        ("tasks, Failed", "/tasks?status=Failed"),
        ("tasks, a prefix and the last day", "/tasks?prefix=t00&since=2d"),
        ("a task's page", f"/tasks/{middle}"),
        ("totals (counted in the background)", "/totals?window=7d"),
    ):
        told(console, path)
        taken: list[float] = []
        for _ in range(times):
            time.sleep(PAUSE)
            taken.append(told(console, path))
        row(name, taken)
    older = re.search(r'id="older"[^>]* href="([^"]+)"', console.send("GET", "/tasks").text)
    assert older
    time.sleep(PAUSE)
    row("tasks, the second page", [told(console, older[1].replace("&amp;", "&"))])


def first_totals(console: Console) -> None:
    """How long the first reading of totals goes on, and what is counted."""
    began = time.perf_counter()
    while "Counted" not in (text := console.send("GET", "/live/totals?window=7d").text):
        time.sleep(0.05)
    counted = re.search(r"Counted:.*?tasks", text, re.DOTALL)
    assert counted
    print(f"first totals after {time.perf_counter() - began:.1f} s: {counted[0]}", flush=True)


def starts(program: Fctask, times: int) -> None:
    taken: list[float] = []
    processor: list[float] = []
    for _ in range(times + 1):
        before, began = os.times(), time.perf_counter()
        subprocess.run(
            program.command(("list",)),
            env=program.made_environment({}),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        after = os.times()
        taken.append(time.perf_counter() - began)
        processor.append(
            after.children_user
            + after.children_system
            - before.children_user
            - before.children_system
        )
    row("fctask list, from nothing to the printed tasks", taken[1:])
    row("the same, processor time", processor[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=12)
    given = parser.parse_args()
    print(f"{'ms, ' + format(given.tasks, ',') + ' tasks stored':<52} {'minimum':>9} {'median':>9} "
          f"{'p99':>9}")  # fmt: skip
    with cloud() as running:
        fc: Any = Client(running.config())
        make(fc, FUNCTION)
        running.stop()
        Stored(given.tasks, int(time.time() * 1000) - 24 * 3_600_000).fill(running.data)
        running.restart()
        program = Fctask(environment_of(running)).of(FUNCTION)
        console = serving(program)
        console.let_in()
        try:
            first_totals(console)
            pages(console, given.tasks, given.times)
        finally:
            console.end()
        starts(program, given.times)


if __name__ == "__main__":
    main()
