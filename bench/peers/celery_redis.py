"""Celery 5 on Redis: what one would run instead, with nothing lost either."""

import json
import subprocess
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.peers.installed import peers_python, redis_server
from bench.peers.process import end, free_port, memory, plain_environment, server

REDIS = ("--appendonly", "yes", "--appendfsync", "always", "--save", "")
WORKER = ("worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "ERROR")
QUIET = ("--without-gossip", "--without-mingle", "--without-heartbeat")


class Celery:
    """A worker with two processes, and a client in a process of its own."""

    def __init__(self, worker: "subprocess.Popen[bytes]", client: "subprocess.Popen[str]") -> None:
        self._worker = worker
        self._client = client

    def ask(self, *words: object) -> Any:
        """Have the client do something (see celery_client.py); what it answers."""
        assert self._client.stdin
        self._client.stdin.write(json.dumps(words) + "\n")
        self._client.stdin.flush()
        return self.answer()

    def answer(self) -> Any:
        """The client's next line."""
        assert self._client.stdout
        line = self._client.stdout.readline()
        if not line:
            raise RuntimeError("Celery's client ended; its log says why")
        return json.loads(line)

    def memory(self) -> float:
        """MB of the worker's processes."""
        return memory(self._worker.pid)


@contextmanager
def redis(folder: Path) -> Generator[int]:
    """Redis with each write on disk before it is answered; its port."""
    command, more = redis_server()
    port = free_port()
    words = [command, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), *REDIS]
    with server(words, port, b"PING\r\n", folder / "redis.log", more):
        yield port


@contextmanager
def celery(folder: Path) -> Generator[Celery]:
    """Redis, a warm worker and a client."""
    with ExitStack() as stack:
        port = stack.enter_context(redis(folder))
        environment = {
            **plain_environment(),
            "BENCH_REDIS": f"redis://127.0.0.1:{port}/0",
            "PYTHONPATH": str(Path(__file__).parent),
        }
        python = [str(peers_python()), "-W", "ignore"]
        said = stack.enter_context((folder / "celery.log").open("ab"))
        worker = subprocess.Popen(
            [*python, "-m", "celery", "-A", "celery_app", *WORKER, *QUIET],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        stack.callback(end, worker)
        client = subprocess.Popen(
            [*python, str(Path(__file__).with_name("celery_client.py"))],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            start_new_session=True,
        )
        stack.callback(client.wait)
        stack.callback(client.terminate)
        running = Celery(worker, client)
        assert running.answer() == "ready"
        yield running
