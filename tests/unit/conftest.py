"""A unit test starts no process: what needs one stands in tests/processes."""

import sys
from collections.abc import Generator

import pytest

_STARTS = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"}
_started: list[str] = []
_watched = False


def _notice(event: str, arguments: tuple[object, ...]) -> None:
    if _watched and event in _STARTS:
        _started.append(f"{event} {arguments[:2]}")


sys.addaudithook(_notice)


@pytest.fixture(autouse=True)
def _starts_no_process() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    global _watched
    _started.clear()
    _watched = True
    yield
    _watched = False
    assert not _started, f"a unit test started {_started}: move it to tests/processes"
