"""The data folder is its user's alone: a new one, and one that others could read before."""

import os
import stat
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.server.folder import FolderRefused, hold


@pytest.fixture(autouse=True)
def _umask() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    """Holding a folder sets the umask of the process; the next test has its own again."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("before", [None, 0o755, 0o770, 0o777])
def test_the_folder_is_closed_to_others(tmp_path: Path, before: int | None) -> None:
    data = tmp_path / "data"
    if before is not None:
        (data / "pulumi").mkdir(parents=True)
        (data / "pulumi" / "dev.json").write_text("{}")  # as the engine writes it, readable to all
        data.chmod(before)
    hold(data).release()
    assert mode(data) == 0o700
    assert mode(data / "localcloud.lock") == 0o600


def test_a_folder_with_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("")
    tmp_path.chmod(0o755)
    with pytest.raises(FolderRefused, match=r"holds other things \(diary.txt"):
        hold(tmp_path)
    assert mode(tmp_path) == 0o755


def test_a_folder_of_somebody_else_that_others_can_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o755)

    def not_the_owner(path: Path, _: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "chmod", not_the_owner)
    with pytest.raises(FolderRefused, match="only its owner can change that: name a folder of"):
        hold(tmp_path)
    assert list(tmp_path.iterdir()) == [], "nothing was written into it"
