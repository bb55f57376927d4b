"""What it was measured on: the machine, and the versions of everything that took part."""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import toolchain
from bench.peers.installed import POM, PeerMissing, peers_python, redis_server

_OURS = ("starlette", "uvicorn", "uvloop", "httptools", "pulumi", "pulumi-alicloud")
_PEERS = ("celery", "kombu", "redis", "hiredis", "moto", "werkzeug")


def facts() -> Iterator[tuple[str, str]]:
    """Names and values, for the page's list."""
    yield "processor", f"{_processor()}, {os.cpu_count()} cores"
    yield "memory", f"{_meminfo('MemTotal') / 1024 / 1024:.0f} GB"
    yield "system", f"{_system()}, Linux {platform.release()}"
    yield "file system of what is measured", _file_system()
    yield "Python", f"{platform.python_version()}, SQLite {_sqlite()}"
    yield "ours", ", ".join(f"{name} {version(name)}" for name in _OURS)
    found = toolchain.find()
    if found is not None:
        origin = found.origin
        yield (
            "Pulumi",
            f"engine {origin['engine_version']} ({origin['engine']}), "
            f"provider {origin['provider_version']} ({origin['provider']})",
        )
    yield "peers", ", ".join(_peers())


def load() -> str:
    """The load averages of 1, 5 and 15 minutes."""
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def _peers() -> Iterator[str]:
    script = "from importlib.metadata import version as v; import sys; print(*map(v, sys.argv[1:]))"
    try:
        said = _said([str(peers_python()), "-c", script, *_PEERS]).split()
        yield from (f"{name} {number}" for name, number in zip(_PEERS, said, strict=True))
        server, more = redis_server()
        said = _said([server, "--version"], more)
        yield "redis-server " + re.findall(r"v=(\S+)", said)[0]
    except PeerMissing as why:
        yield str(why)
    elasticmq = re.search(r"elasticmq-server_2.13</artifactId>\s*<version>(.*?)<", POM.read_text())
    yield f"ElasticMQ {elasticmq[1] if elasticmq else '?'}"
    if shutil.which("java"):
        yield _said(["java", "--version"]).splitlines()[0]


def _said(command: list[str], more: dict[str, str] | None = None) -> str:
    environment = {**os.environ, **(more or {})}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _meminfo(name: str) -> int:
    found = re.search(rf"{name}:\s+(\d+)", Path("/proc/meminfo").read_text())
    return int(found[1]) if found else 0


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", sys.platform)


def _file_system() -> str:
    import tempfile

    return _said(["stat", "-f", "-c", "%T", tempfile.gettempdir()]).strip()


def _sqlite() -> str:
    import sqlite3

    return sqlite3.sqlite_version
