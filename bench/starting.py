"""Ready after start, and memory when idle, against the local servers that people use today."""

import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from bench.figures import Aim, Comparison
from bench.peers.installed import PeerMissing, elasticmq_classpath, peers_python
from bench.peers.process import Server, free_port, memory, server
from bench.peers.queue_servers import elasticmq, moto
from bench.queue_cycles import Smq
from bench.scale import Scale

READY = "from the start of the process to its first answer"
IDLE = "memory, idle"
DURABLE, MOTO = "ElasticMQ, H2 on disk", "moto server"
_IDLE_SECONDS = 1.0
_BELOW = Aim(at_most=1)


@contextmanager
def _localcloud(folder: Path) -> Generator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "localcloud", "serve", "--port", str(port)]
    root = Path(__file__).resolve().parents[1]
    more = {"PYTHONPATH": str(root), "LOCALCLOUD_DATA": str(folder / "data")}
    with server(command, port, Smq().list_queues(), folder / "localcloud.log", more) as running:
        yield running


def measure(scale: Scale) -> Iterator[Comparison]:
    """Each is started in turn, in a folder that it has used before, and its bytecode is cached."""
    with ExitStack() as stack:
        folders = [Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(3)]
        servers: dict[str, Callable[[], AbstractContextManager[Server]]] = {
            "ours": lambda: _localcloud(folders[0]),
            MOTO: lambda: moto(folders[1]),
            DURABLE: lambda: elasticmq(folders[2], persistent=True),
        }
        missing: dict[str, str] = {}
        for name, needs in ((MOTO, peers_python), (DURABLE, elasticmq_classpath)):
            try:
                needs()
            except PeerMissing as why:
                missing[name] = str(why)
                del servers[name]
        ready: dict[str, list[float]] = {name: [] for name in servers}
        held: dict[str, list[float]] = {name: [] for name in servers}
        for turn in range(scale.starts + 1):
            for name, start in servers.items():
                with start() as running:
                    if turn == 0:
                        continue  # made folders and bytecode
                    ready[name].append(running.ready)
                    time.sleep(_IDLE_SECONDS)
                    held[name].append(memory(running.pid))
    for what, unit, found in ((READY, "s", ready), (IDLE, "MB", held)):
        for name in (MOTO, DURABLE):
            if name in found:
                yield Comparison(what, unit, found["ours"], name, found[name], _BELOW)
            else:
                yield Comparison(what, unit, [], name, aim=_BELOW, missing=missing[name])
