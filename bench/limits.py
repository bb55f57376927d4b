"""What the machine itself costs: the limits that no server on it gets past."""

import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import uvloop
from alibabacloud_tea_openapi.utils_models import Config

from bench.figures import Comparison, percentile
from bench.instances import bare_start, round_trips
from bench.peers.echo_servers import durable_echo, echo
from bench.scale import Scale
from bench.signed_requests import send_all
from bench.submitting import by_sdk
from bench.task_cloud import EVENT
from bench.tasks import CONNECTIONS
from tests.running_cloud import KEY, REGION

_BLOCK = b"\0" * 4096


def measure(scale: Scale) -> Iterator[Comparison]:
    """Each figure is the median of a turn."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        times = scale.warm

        def turns(measure: Callable[[], list[float]]) -> list[float]:
            return [percentile(measure(), 0.5) * 1000 for _ in range(scale.rounds)]

        yield Comparison("fdatasync of 4 kB appended", "ms", turns(lambda: _syncs(folder, times)))
        yield Comparison(
            "one row committed in SQLite, WAL, synchronous=FULL",
            "ms",
            turns(lambda: _commits(folder, times)),
        )
        yield Comparison(
            "round trip over a socket pair, two processes", "ms", turns(lambda: round_trips(times))
        )
        yield Comparison(
            "start of Python with json and logging",
            "ms",
            turns(lambda: bare_start(sys.executable, scale.cold)),
        )
        with echo(folder) as running:
            config = Config(
                endpoint=f"127.0.0.1:{running.port}",
                protocol="HTTP",
                region_id=REGION,
                access_key_id=KEY,
                access_key_secret=KEY,
            )
            yield Comparison(
                "the official SDK's submission to a starlette echo, 16 threads: p50",
                "ms",
                turns(lambda: list(by_sdk(config, scale.sdk_submissions)[1])),
            )
        for what, server in (
            ("a starlette echo", echo),
            ("the same with one row committed by the store's group commit", durable_echo),
        ):
            with server(folder) as running:
                for connections in (1, CONNECTIONS):

                    def asked(port: int = running.port, width: int = connections) -> list[float]:
                        return uvloop.run(send_all(port, _posts(scale.submissions), width))[1]

                    asked()
                    yield Comparison(
                        f"{what}, {connections} connection{'s' * (connections > 1)}: p50",
                        "ms",
                        turns(asked),
                    )


def _posts(count: int) -> list[bytes]:
    head = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: %d\r\n\r\n" % len(EVENT)
    return [head + EVENT] * count


def _syncs(folder: Path, times: int) -> list[float]:
    taken: list[float] = []
    file = os.open(folder / "appended", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(times):
        began = time.perf_counter()
        os.write(file, _BLOCK)
        os.fdatasync(file)
        taken.append(time.perf_counter() - began)
    os.close(file)
    return taken


def _commits(folder: Path, times: int) -> list[float]:
    connection = sqlite3.connect(folder / "rows.sqlite3", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (event BLOB NOT NULL)")
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        connection.execute("INSERT INTO rows VALUES (?)", (EVENT,))
        taken.append(time.perf_counter() - began)
    connection.close()
    return taken
