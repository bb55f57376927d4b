"""Submissions, pages of the list and restarts, with ever more tasks stored or waiting."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client

from bench.figures import Aim, Comparison, in_turns, percentile
from bench.scale import Scale
from bench.signed_requests import send_all, signed
from bench.task_cloud import FUNCTIONS, make, reserve
from bench.task_lists import Stored
from bench.tasks import CONNECTIONS, submissions
from tests.running_cloud import RunningCloud, running_cloud

_DAY = 24 * 3_600_000  # ms
_PAGES = 100


def measure(scale: Scale) -> Iterator[Comparison]:
    """A localcloud for each size, all of them up at once; each is asked in turn."""
    with ExitStack() as stack:
        clouds: dict[str, RunningCloud] = {}
        for count in scale.stored:
            clouds[f"{count:,} stored"] = _filled(stack, count, 0)
        clouds[f"{scale.queued:,} waiting"] = _filled(stack, scale.stored[0], scale.queued)
        restarts = in_turns(
            scale.starts, {name: lambda at=at: _restarted(at) for name, at in clouds.items()}
        )
        first, *more = clouds
        rates = {name: _beside(scale, clouds[first], clouds[name]) for name in more}
        pages = in_turns(
            scale.rounds, {name: lambda at=at: _page(at) for name, at in clouds.items()}
        )
    for name in more:
        theirs, ours = rates[name]
        yield Comparison(
            f"submit, durable, with {name}", "/s", ours, first, theirs, Aim(at_least=0.9)
        )
    for name in more:
        yield Comparison(
            f"first page of 100 tasks, with {name}: p50",
            "ms",
            [each * 1000 for each in pages[name]],
            first,
            [each * 1000 for each in pages[first]],
            Aim(at_most=1.1),
        )
    for name in clouds:
        yield Comparison(f"restart, with {name}", "s", restarts[name], aim=Aim(at_most=3))


def _filled(stack: ExitStack, stored: int, queued: int) -> RunningCloud:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    running = stack.enter_context(running_cloud(folder))
    client: Any = Client(running.config())
    make(client, "noop")
    make(client, "held")
    reserve(client, "held", 0)
    running.stop()
    Stored(stored, int(time.time() * 1000) - _DAY).fill(running.data)
    running.restart()
    while queued > 0:
        uvloop.run(send_all(running.port, submissions("held", min(queued, 10_000)), CONNECTIONS))
        queued -= 10_000
    return running


def _beside(
    scale: Scale, little: RunningCloud, much: RunningCloud
) -> tuple[list[float], list[float]]:
    """Submissions a second of both, after a turn of each that warms it up.

    One next to the other, each first as often as second, in twice as many and half as long turns as
    other parts have: the rate of one and the same server swings more from turn to turn than the
    aim leaves room for.
    """
    count = max(scale.submissions // 2, CONNECTIONS)
    rates: dict[bool, list[float]] = {False: [], True: []}
    for turn in range(-1, 2 * scale.rounds):
        for is_much in (False, True) if turn % 2 else (True, False):
            rate = _rate(much if is_much else little, count)
            if turn >= 0:
                rates[is_much].append(rate)
    return rates[False], rates[True]


def _rate(running: RunningCloud, count: int) -> float:
    """Submissions a second."""
    requests = submissions("held", count)
    seconds, _ = uvloop.run(send_all(running.port, requests, CONNECTIONS))
    return count / seconds


def _page(running: RunningCloud) -> float:
    """The median of seconds for a page."""
    target = f"{FUNCTIONS}/noop/async-tasks?limit=100"
    requests = [signed("GET", target) for _ in range(_PAGES)]
    return percentile(uvloop.run(send_all(running.port, requests, 1, b"200"))[1], 0.5)


def _restarted(running: RunningCloud) -> float:
    """Seconds from the start of the process until it serves."""
    running.stop()
    began = time.perf_counter()
    running.restart()
    return time.perf_counter() - began
