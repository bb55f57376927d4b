"""Tasks from a backlog to their results in a queue, against Celery on Redis."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client
from mns.account import Account
from mns.queue import QueueMeta

from bench.figures import Aim, Comparison, in_turns
from bench.peers.celery_redis import celery
from bench.peers.installed import PeerMissing
from bench.scale import Scale
from bench.signed_requests import send_all
from bench.task_cloud import cloud, make, reserve
from bench.tasks import CONNECTIONS, INSTANCES, role_of, submissions
from localcloud.server.folder import DATABASE
from tests.contract.function_packages import models
from tests.running_cloud import ACCOUNT_ID, KEY, REGION, RunningCloud

PEER = "Celery 5, Redis appendfsync always, acks_late, prefork 2"
BACKLOG = "no-op tasks a second, backlog of {}, until the last result is in its queue"
STREAM = "the same, submitted at the same time, from the first submission"
_LONGEST = 20  # seconds


class Functions:
    """One localcloud and a no-op function whose results go to a queue."""

    def __init__(self, running: RunningCloud) -> None:
        self._running = running
        self._fc: Any = Client(running.config())
        self._queue: Any = Account(running.url, KEY, KEY).get_queue("results")
        self._queue.create(QueueMeta())
        arn = f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/results/messages"
        side = models.Destination(destination=arn)
        both = models.DestinationConfig(on_success=side, on_failure=side)
        make(self._fc, "noop", role=role_of(running), destination_config=both)
        reserve(self._fc, "noop", INSTANCES)
        self._expected = 0
        self.stream(1)  # instances, code and connections are warm

    def drain(self, backlog: int) -> float:
        """Seconds from when tasks may run until all results are in the queue."""
        reserve(self._fc, "noop", 0)
        uvloop.run(send_all(self._running.port, submissions("noop", backlog), CONNECTIONS))
        began = time.perf_counter()
        reserve(self._fc, "noop", INSTANCES)
        self._await_results(backlog)
        return time.perf_counter() - began

    def stream(self, count: int) -> float:
        """Seconds from the first submission to the last result, while instances work."""
        requests = submissions("noop", count)
        began = time.perf_counter()
        uvloop.run(send_all(self._running.port, requests, CONNECTIONS))
        self._await_results(count)
        return time.perf_counter() - began

    def _await_results(self, more: int) -> None:
        """Look into the queue's table, as Celery's client looks at the length of its list."""
        self._expected += more
        found = sqlite3.connect(f"file:{self._running.data / DATABASE}?mode=ro", uri=True)
        until = time.monotonic() + _LONGEST
        while (count := found.execute("SELECT count(*) FROM messages").fetchone()[0]) != (
            self._expected
        ):
            if time.monotonic() > until:
                raise TimeoutError(f"{count} of {self._expected} results")
            time.sleep(0.01)
        failed = found.execute("SELECT count(*) FROM tasks WHERE status <> 'Succeeded'").fetchone()
        found.close()
        assert failed[0] == 0, failed


def measure(scale: Scale) -> Iterator[Comparison]:
    """Both stay up; each drains a backlog of its own in turn."""
    count = scale.backlog
    what = BACKLOG.format(f"{count:,}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = Functions(stack.enter_context(cloud()))
        try:
            theirs = stack.enter_context(celery(folder))
        except PeerMissing as why:
            yield Comparison(what, "/s", [], PEER, missing=str(why))
            return

        def backlog_of_celery() -> float:
            theirs.ask("hold")
            theirs.ask("submit", count, 16)
            return count // 16 * 16 / theirs.ask("drain", count // 16 * 16)

        drained = in_turns(
            scale.rounds,
            {"ours": lambda: count / ours.drain(count), "theirs": backlog_of_celery},
        )
        streamed = in_turns(
            scale.rounds,
            {
                "ours": lambda: count / ours.stream(count),
                "theirs": lambda: count // 16 * 16 / theirs.ask("both", count, 16),
            },
        )
    yield Comparison(what, "/s", drained["ours"], PEER, drained["theirs"], Aim(at_least=2))
    yield Comparison(STREAM, "/s", streamed["ours"], PEER, streamed["theirs"], Aim(at_least=2))
