"""SMQ's send, receive and delete, against the local queues that people use today."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from bench.figures import Aim, Comparison, in_turns
from bench.peers.installed import PeerMissing
from bench.peers.process import Server
from bench.peers.queue_servers import WRITTEN_AT_ONCE, elasticmq, moto
from bench.queue_cycles import Queue, Smq, Sqs
from bench.scale import Scale
from bench.task_cloud import cloud

WHAT = "SMQ: send + receive + delete, 16 clients, 1 KB"
AT_ONCE = "ElasticMQ, H2 on disk, WRITE_DELAY=0"
DURABLE = "ElasticMQ, H2 on disk, written within 500 ms"
IN_MEMORY = "ElasticMQ, in memory"
MOTO = "moto server"
AIMS = {
    AT_ONCE: Aim(at_least=1),
    DURABLE: Aim(at_least=1),
    IN_MEMORY: Aim(),
    MOTO: Aim(at_least=15),
}
_OURS = "localcloud"
_WARM_UP = 3.0  # seconds; a JVM alone needs more


def measure(scale: Scale) -> Iterator[Comparison]:
    """Cycles a second. All servers run at once, and one at a time is asked."""
    with ExitStack() as stack:
        queues, missing = _queues(stack)
        for queue in queues.values():
            queue.create()
        for name, queue in queues.items():
            warm_up = scale.warm_up_seconds if "ElasticMQ" in name else _WARM_UP
            queue.cycles_per_second(min(warm_up, scale.warm_up_seconds))
        found = in_turns(
            scale.rounds,
            {
                name: lambda queue=queue: queue.cycles_per_second(scale.cycle_seconds)
                for name, queue in queues.items()
            },
        )
    for name, aim in AIMS.items():
        if name in found:
            yield Comparison(WHAT, "/s", found[_OURS], name, found[name], aim)
        else:
            yield Comparison(WHAT, "/s", [], name, aim=aim, missing=missing[name])


def _queues(stack: ExitStack) -> tuple[dict[str, Queue], dict[str, str]]:
    def folder() -> Path:
        return Path(stack.enter_context(tempfile.TemporaryDirectory()))

    ours = stack.enter_context(cloud())
    queues = {_OURS: Queue(ours.port, Smq())}
    missing: dict[str, str] = {}

    def add(name: str, peer: AbstractContextManager[Server], account: str) -> None:
        try:
            server = stack.enter_context(peer)
        except PeerMissing as why:
            missing[name] = str(why)
        else:
            queues[name] = Queue(server.port, Sqs(server.port, account))

    at_once = elasticmq(folder(), persistent=True, h2=WRITTEN_AT_ONCE)
    add(AT_ONCE, at_once, "000000000000")
    add(DURABLE, elasticmq(folder(), persistent=True), "000000000000")
    add(IN_MEMORY, elasticmq(folder(), persistent=False), "000000000000")
    add(MOTO, moto(folder()), "123456789012")
    return queues, missing
