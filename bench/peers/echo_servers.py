"""Bare applications on the server stack that localcloud stands on: what is left without ours."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.peers.process import Server, free_port, server

_STACK = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")
_ROOT = Path(__file__).resolve().parents[2]
_QUESTION = b"POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n"


@contextmanager
def echo(folder: Path) -> Generator[Server]:
    """A starlette endpoint that gives back what it gets."""
    with _running("echo", folder, {}) as running:
        yield running


@contextmanager
def durable_echo(folder: Path) -> Generator[Server]:
    """The same, once the body is on disk."""
    more = {"BENCH_DATABASE": str(folder / "durable_echo.sqlite3")}
    with _running("durable_echo", folder, more) as running:
        yield running


@contextmanager
def _running(name: str, folder: Path, more: Mapping[str, str]) -> Generator[Server]:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"bench.peers.{name}:app", "--port", str(port)]
    command += [*_STACK, "--app-dir", str(_ROOT)]
    with server(command, port, _QUESTION, folder / f"{name}.log", more) as running:
        yield running
