"""A genuine localcloud whose data folder is on a disk that can be filled and freed again."""

import contextlib
import os
import resource
import select
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.running_cloud import RunningCloud, running_cloud

SIZE = 32 * 1024 * 1024  # bytes of the small disk
SMALLEST = 64 * 1024  # bytes; localcloud's database is larger from the start, its log smaller


@dataclass
class SmallDisk:
    """`fill` leaves no room on the disk of `cloud`'s data folder; `free` gives it back."""

    cloud: RunningCloud
    fill: Callable[[], None]
    free: Callable[[], None]


def mount_options() -> list[str] | None:
    """What `unshare` needs to mount a disk that only its own process sees; None: it cannot here."""
    for options in (["-m"], ["-rm"]):
        trial = ["unshare", *options, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]  # noqa: S108
        with contextlib.suppress(OSError):
            if subprocess.run(trial, capture_output=True, check=False).returncode == 0:
                return options
    return None


@contextmanager
def disk_of_its_own(folder: Path, options: list[str]) -> Generator[SmallDisk]:
    """A tmpfs of `SIZE`, mounted for this localcloud alone: it is gone with its process."""
    data = folder / "data"
    data.mkdir()
    script = 'mount -t tmpfs -o "size=$1" tmpfs "$2" && shift 2 && exec "$@"'
    serve = [sys.executable, "-m", "localcloud", "serve", "--port", "0", "--data", str(data)]
    log = folder / "localcloud.log"
    with log.open("a") as stderr:
        process = subprocess.Popen(
            ["unshare", *options, "sh", "-c", script, "sh", str(SIZE), str(data), *serve],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
    assert process.stdout
    readable, _, _ = select.select([process.stdout], [], [], 20)
    line = process.stdout.readline() if readable else ""
    try:
        url = line.split()[2]
        cloud = RunningCloud(process, int(url.rpartition(":")[2]), url, data, log)
        filler = Path(f"/proc/{process.pid}/root{data}/filler")

        def fill() -> None:
            with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
                for size in (1 << 20, 1 << 10, 1):
                    with contextlib.suppress(OSError):
                        while file.write(b"x" * size) == size:
                            pass

        yield SmallDisk(cloud, fill, filler.unlink)
        assert cloud.stop() == 0, cloud.stderr()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


@contextmanager
def disk_that_refuses(folder: Path) -> Generator[SmallDisk]:
    """Any disk: while it is "full" the kernel fails localcloud's writes behind `SMALLEST`."""
    with running_cloud(folder) as cloud:

        def limit(soft: int) -> None:
            hard = resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE, (soft, hard))

        before = resource.prlimit(cloud.process.pid, resource.RLIMIT_FSIZE)[0]
        yield SmallDisk(cloud, lambda: limit(SMALLEST), lambda: limit(before))
        if cloud.process.poll() is None:
            limit(before)


def is_linux() -> bool:
    """Whether there is a way to fill a disk here at all."""
    return os.uname().sysname == "Linux"
