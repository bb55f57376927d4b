"""Durable submissions from 16 connections, against Celery's `delay()` and against a bare echo."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from bench.figures import Aim, Comparison, percentile
from bench.peers.celery_redis import celery
from bench.peers.echo_servers import echo
from bench.peers.installed import PeerMissing
from bench.scale import Scale
from bench.signed_requests import send_all
from bench.task_cloud import EVENT, cloud, make, reserve
from bench.tasks import CONNECTIONS, submissions
from tests.contract.function_packages import models

CELERY = "Celery's delay(), 16 threads, appendfsync always"
ECHO = "starlette echo, the same requests on the same server"
WIRE = "submit, durable, 16 connections, requests made before"
SDK = "submit, durable, official SDK, 16 threads"
AT_MOST_THEIRS = Aim(at_most=1)

Times = tuple[float, Sequence[float]]
"""Seconds for all, and seconds for each."""


def measure(scale: Scale) -> Iterator[Comparison]:
    """Nothing runs the tasks meanwhile, in either: what is measured is how they are taken in."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(cloud())
        bare = stack.enter_context(echo(folder))
        make(Client(running.config()), "held")
        reserve(Client(running.config()), "held", 0)

        def wire(port: int) -> Times:
            requests = submissions("held", scale.submissions)
            return uvloop.run(send_all(port, requests, CONNECTIONS))

        def sdk() -> Times:
            return by_sdk(running.config(), scale.sdk_submissions)

        contenders: dict[str, Callable[[], Times]] = {
            "wire": lambda: wire(running.port),
            "echo": lambda: wire(bare.port),
            "sdk": sdk,
        }
        missing = ""
        try:
            peer = stack.enter_context(celery(folder))
            peer.ask("hold")
            contenders["celery"] = lambda: peer.ask("submit", scale.submissions, CONNECTIONS)
        except PeerMissing as why:
            missing = str(why)
        found: dict[str, list[Times]] = {name: [] for name in contenders}
        for _ in range(scale.rounds):
            for name, take in contenders.items():
                found[name].append(take())
    for what, ours, against, theirs, aim in (
        (WIRE, "wire", CELERY, "celery", AT_MOST_THEIRS),
        (WIRE, "wire", ECHO, "echo", Aim(at_most=3)),
        (SDK, "sdk", CELERY, "celery", AT_MOST_THEIRS),
    ):
        if theirs not in found:
            yield Comparison(what, "ms", [], against, aim=aim, missing=missing)
            continue
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            yield Comparison(
                f"{what}: {name}",
                "ms",
                _milliseconds(found[ours], share),
                against,
                _milliseconds(found[theirs], share),
                aim,
            )
        rates = ([len(each) / all_ for all_, each in found[side]] for side in (ours, theirs))
        yield Comparison(f"{what}: rate", "/s", next(rates), against, next(rates))


def by_sdk(config: Config, count: int) -> Times:
    """Submissions through the official SDK, a client to a thread, its signing included."""
    taken: list[float] = []

    def work() -> None:
        client: Any = Client(config)
        headers = models.InvokeFunctionHeaders(x_fc_invocation_type="Async")
        for _ in range(count // CONNECTIONS):
            began = time.perf_counter()
            request = models.InvokeFunctionRequest(body=EVENT)
            client.invoke_function_with_options("held", request, headers, RuntimeOptions())
            taken.append(time.perf_counter() - began)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, taken


def _milliseconds(rounds: Sequence[Times], share: float) -> list[float]:
    return [percentile(each, share) * 1000 for _, each in rounds]
