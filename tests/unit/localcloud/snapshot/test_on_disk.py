"""Having files on the disk: what stops it, and what does not."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.snapshot import on_disk


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").write_text("x")
    (tmp_path / "a" / "link").symlink_to(tmp_path / "elsewhere")
    return tmp_path / "a"


def fsync_by_name(monkeypatch: pytest.MonkeyPatch, does: Callable[[str], None]) -> "list[str]":
    """Have `does` called in place of each fsync, with the name of what it is for."""
    names: list[str] = []

    def fsync(opened: int) -> None:
        names.append(Path(f"/proc/self/fd/{opened}").readlink().name)
        does(names[-1])

    monkeypatch.setattr(os, "fsync", fsync)
    return names


def test_files_come_before_the_folders_that_they_are_in(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = fsync_by_name(monkeypatch, lambda _: None)
    on_disk.keep(tree)
    assert names == ["file", "b", "a"]


def test_a_file_system_that_cannot_do_it_for_folders_is_no_error(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(name: str) -> None:
        if name != "file":
            raise OSError(errno.EINVAL, "Invalid argument")

    names = fsync_by_name(monkeypatch, fails)
    on_disk.keep(tree)
    assert names == ["file", "b", "a"]


@pytest.mark.parametrize(
    ("at", "code"), [("file", errno.EINVAL), ("file", errno.EIO), ("b", errno.EIO)]
)
def test_a_disk_that_fails_is_an_error(
    tree: Path, monkeypatch: pytest.MonkeyPatch, at: str, code: int
) -> None:
    def fails(name: str) -> None:
        if name == at:
            raise OSError(code, os.strerror(code))

    fsync_by_name(monkeypatch, fails)
    with pytest.raises(OSError, match=os.strerror(code)):
        on_disk.keep(tree)


def test_a_file_that_nobody_may_read_stops_no_other(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def closed(path: Path, flags: int) -> int:
        if path.name == "file":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, flags)

    names = fsync_by_name(monkeypatch, lambda _: None)
    monkeypatch.setattr(os, "open", closed)
    on_disk.keep(tree)
    assert names == ["b", "a"]
