"""First and further synchronous calls, against a bare start of Python and a bare round trip."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client

from bench.figures import Aim, Comparison, in_turns, percentile
from bench.instances import bare_start, round_trips
from bench.peers.process import tree
from bench.scale import Scale
from bench.signed_requests import send_all, signed
from bench.task_cloud import EVENT, FUNCTIONS, cloud, make
from tests.running_cloud import RunningCloud

BARE = 'python3 -c "import json, logging", the interpreter that runs the handler'
TRIP = "a round trip over a socket pair"
_MS = 1000


def measure(scale: Scale) -> Iterator[Comparison]:
    """Calls over HTTP, as clients make them. A template of the runtime runs, as after any call."""
    with cloud() as running:
        client: Any = Client(running.config())
        names = [f"f{number}" for number in range(1 + scale.cold * scale.rounds)]
        for name in names:
            make(client, name)
        _called(running, names[:1])
        python = _interpreter(running)
        fresh = iter(names[1:])
        cold = in_turns(
            scale.rounds,
            {
                "ours": lambda: percentile(
                    _called(running, [next(fresh) for _ in range(scale.cold)]), 0.5
                ),
                "theirs": lambda: percentile(bare_start(python, scale.cold), 0.5),
            },
        )
        warm = in_turns(
            scale.rounds,
            {
                "ours": lambda: percentile(_called(running, names[:1] * scale.warm), 0.5),
                "theirs": lambda: percentile(round_trips(scale.warm), 0.5),
            },
        )
    ours, theirs = ([each * _MS for each in cold[side]] for side in ("ours", "theirs"))
    yield Comparison(
        "first call of a new instance: p50 of each turn", "ms", ours, BARE, theirs, Aim(at_most=1)
    )
    ours, theirs = ([each * _MS for each in warm[side]] for side in ("ours", "theirs"))
    more = [our - their for our, their in zip(ours, theirs, strict=True)]
    yield Comparison("warm call over HTTP: p50 of each turn", "ms", ours, TRIP, theirs)
    yield Comparison("warm call over HTTP, less that round trip", "ms", more, aim=Aim(at_most=2))


def _called(running: RunningCloud, names: Sequence[str]) -> list[float]:
    calls = [signed("POST", f"{FUNCTIONS}/{name}/invocations", EVENT) for name in names]
    return uvloop.run(send_all(running.port, calls, 1, b"200"))[1]


def _interpreter(running: RunningCloud) -> str:
    """The executable of the process that runs the handler: no shim stands before it."""
    template = tree(running.process.pid)[1]
    return str(Path(f"/proc/{template}/exe").readlink())
