"""A server under measurement, ours or a peer's: started, awaited, weighed, ended."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

LONGEST_START = 60.0  # seconds
_BETWEEN_LOOKS = 0.001  # seconds


@dataclass(frozen=True)
class Server:
    """A running server; `ready` is the seconds from its start to its first answer."""

    port: int
    pid: int
    ready: float


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(
    command: Sequence[str], port: int, question: bytes, log: Path, more: Mapping[str, str]
) -> Generator[Server]:
    """Run a server, which is ready when it answers `question`; end it, and all it started, after.

    `log` gets what it says; `more` is added to its environment.
    """
    with log.open("ab") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**plain_environment(), **more},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            cwd=log.parent,
            start_new_session=True,
        )
    try:
        _await_answer(process, port, question, log)
        yield Server(port, process.pid, time.perf_counter() - began)
    finally:
        end(process)


def plain_environment() -> dict[str, str]:
    """This process's environment without proxies, and with Python's bytecode cache as usual."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.upper().endswith("_PROXY") and name != "PYTHONDONTWRITEBYTECODE"
    }


def end(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM to a server that leads a session, and SIGKILL to what of it is there 15 s later."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _await_answer(
    process: "subprocess.Popen[bytes]", port: int, question: bytes, log: Path
) -> None:
    until = time.monotonic() + LONGEST_START
    while process.poll() is None and time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), LONGEST_START) as connection:
                connection.sendall(question)
                if connection.recv(64):
                    return
        except OSError:
            pass  # not yet
        time.sleep(_BETWEEN_LOOKS)
    said = log.read_text(errors="replace")[-2000:]
    raise RuntimeError(f"{process.args} does not answer on port {port}:\n{said}")


def memory(pid: int) -> float:
    """MB that a process and all its descendants hold, shared pages counted by their shares."""
    total = 0
    for process in tree(pid):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
            total += int(rollup.partition("\nPss:")[2].split()[0])
    return total / 1024


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for parent in found:
        with contextlib.suppress(FileNotFoundError):
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
    return found
