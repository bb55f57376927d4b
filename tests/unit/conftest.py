"""What holds for every unit test: it starts no process, and its files are in memory."""

import gc
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.removal import remove_tree

_STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - each run makes a folder of its own there
_started: list[str] = []
_watched = False


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if event in _STARTS and _watched:
        _started.append(f"{event} {arguments[:2]}")


sys.addaudithook(_notice)

gc.disable()  # while the tests are collected: what they import stays
gc.set_threshold(10_000)  # each collection calls what hypothesis has hung on it


def pytest_collection_finish() -> None:
    """Have the garbage collector look at what tests make, not at the SDKs again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _starts_no_process() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    global _watched
    _started.clear()
    _watched = True
    yield
    _watched = False
    assert not _started, f"a unit test started {_started}: move it to tests/processes"


@pytest.fixture(scope="session")
def _folder_in_memory() -> Generator[Path, None, None]:  # pyright: ignore[reportUnusedFunction]
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as made:
        yield Path(made)


@pytest.fixture
def tmp_path(_folder_in_memory: Path) -> Generator[Path, None, None]:
    """An empty folder for a test, in memory where there is such a place.

    A unit test shows what is written, in which order and in which transaction; what a disk keeps
    when it loses its power is shown elsewhere, and to wait for the disk would show nothing here.
    """
    folder = Path(tempfile.mkdtemp(dir=_folder_in_memory))
    yield folder
    assert remove_tree(folder) == []  # also what a test has closed to its own user
