"""What the peers need, in the per-user cache: made once, and anew when its lock file changes."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from toolchain.cache import alone, cache_folder, remove_leftovers

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements/peers.txt"
POM = Path(__file__).with_name("elasticmq.pom.xml")
DEBIAN = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1", "libatomic1")


class PeerMissing(Exception):
    """A peer cannot be had on this machine; the text says what it would take."""


@lru_cache
def peers_python() -> Path:
    """The Python of the peers' own environment: Celery, moto and the profilers, as locked."""

    def make(folder: Path) -> None:
        uv = str(Path(sys.executable).with_name("uv"))
        _run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
        _run([*install, "--python", str(folder / "bin/python"), "-r", str(LOCK)])

    return _made("python", f"{LOCK.read_text()} {sys.version}", make) / "bin/python"


@lru_cache
def elasticmq_classpath() -> str:
    """ElasticMQ and all it needs, resolved by Maven."""
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise PeerMissing("ElasticMQ needs `java` (11 or newer) and `mvn` on PATH")

    def make(folder: Path) -> None:
        command = ["mvn", "-B", "-q", "-f", str(POM), "dependency:copy-dependencies"]
        _run([*command, "-DincludeScope=runtime", f"-DoutputDirectory={folder}"])

    return f"{_made('elasticmq', POM.read_text(), make)}/*"


@lru_cache
def redis_server() -> tuple[str, dict[str, str]]:
    """The command of Redis's server, and what it needs in its environment.

    The one on PATH, else Debian's packages, unpacked and not installed: no service is started.
    """
    if found := shutil.which("redis-server"):
        return found, {}
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise PeerMissing("Celery needs a `redis-server` on PATH")

    def make(folder: Path) -> None:
        if os.geteuid() == 0:  # without it, what `apt-get update` found last
            _run(["apt-get", "update", "-qq"])
        _run(["apt-get", "download", "-qq", *DEBIAN], folder)
        for package in sorted(folder.glob("*.deb")):
            _run(["dpkg-deb", "-x", package.name, "."], folder)
            package.unlink()

    folder = _made("redis", " ".join(DEBIAN), make)
    libraries = sorted({str(file.parent) for file in folder.rglob("*.so.*")})
    return str(folder / "usr/bin/redis-server"), {"LD_LIBRARY_PATH": ":".join(libraries)}


def _made(name: str, made_of: str, make: Callable[[Path], None]) -> Path:
    """The folder that `make` fills. A stamp is written last: what is half made is made again."""
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    folder = cache_folder() / "bench" / f"{name}-{digest}"
    stamp = folder.with_suffix(".made")
    with alone(folder.with_suffix(".lock"), lambda: print(f"waiting for another set-up of {name}")):
        if not stamp.exists():
            remove_leftovers(folder.parent)
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
            print(f"set-up of the peers: {name}", file=sys.stderr, flush=True)
            make(folder)
            stamp.touch()
    return folder


def _run(command: list[str], folder: Path | None = None) -> None:
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = (ended.stdout + ended.stderr).strip()[-1000:]
        raise PeerMissing(f"`{' '.join(command[:3])} ...` ended with {ended.returncode}: {said}")
