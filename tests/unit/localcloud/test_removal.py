"""Trees as handlers leave them are removed whole, and nothing beside them is touched."""

import gc
import os
import stat
from pathlib import Path

import pytest

from localcloud.cli import reset
from localcloud.removal import remove_or_warn, remove_tree
from localcloud.server.folder import DATABASE, LOCK


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What must stay as it is."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "kept").write_text("kept")
    return folder


def deep(folder: Path, monkeypatch: pytest.MonkeyPatch, depth: int = 3000) -> Path:
    folder.mkdir()
    with monkeypatch.context() as there:
        there.chdir(folder)
        for _ in range(depth):
            os.mkdir("d")  # noqa: PTH102 - a path would grow with them
            os.chdir("d")
            Path("file").touch()
    return folder


def test_a_tree_deeper_than_recursion_and_paths_go_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = deep(tmp_path / "tree", monkeypatch)
    gc.collect()  # what tests before have left open
    descriptors = len(list(Path("/dev/fd").iterdir()))
    assert remove_tree(tree) == []
    assert not tree.exists()
    assert len(list(Path("/dev/fd").iterdir())) == descriptors


def test_links_are_removed_and_not_followed(tmp_path: Path, outside: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "up").symlink_to("..")
    (tree / "sub" / "out").symlink_to(outside)
    (tree / "kept").symlink_to(outside / "kept")
    (tree / "loop").symlink_to("loop")
    assert remove_tree(tree) == []
    assert not tree.exists()
    assert (outside / "kept").read_text() == "kept"


def test_a_folder_that_has_become_a_link_is_removed_as_a_link(
    tmp_path: Path, outside: Path
) -> None:
    tree = tmp_path / "tree"
    tree.symlink_to(outside)
    assert remove_tree(tree) == []
    assert not tree.is_symlink()
    assert (outside / "kept").read_text() == "kept"


def test_a_file_is_removed_and_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert remove_tree(tmp_path / "file") == remove_tree(tmp_path / "file") == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o000, 0o500, 0o300, 0o444])
@pytest.mark.usefixtures("as_an_ordinary_user")
def test_folders_that_their_owner_may_not_use_are_removed(mode: int) -> None:
    tree = Path("tree")
    inner = tree / "inner" / "inmost"
    inner.mkdir(parents=True)
    (inner / "file").touch(mode=0o400)
    for folder in (inner, inner.parent, tree):
        folder.chmod(mode)
    assert remove_tree(tree) == []
    assert not tree.exists()


def test_what_stays_is_told_and_the_rest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tree = tmp_path / "tree"
    for folder in ("theirs", "mine"):
        (tree / folder).mkdir(parents=True)
        (tree / folder / "file").touch()
        (tree / folder / "kept").touch()
    unlink = os.unlink

    def some(path: str, **where: int) -> None:
        if path == "kept":
            raise PermissionError(1, "Operation not permitted", path)
        unlink(path, **where)

    monkeypatch.setattr(os, "unlink", some)
    (tree / "mine" / "kept").rename(tree / "mine" / "other")
    left = remove_tree(tree)
    assert [(one.filename, one.strerror) for one in left] == [
        (str(tree / "theirs" / "kept"), "Operation not permitted")
    ]
    assert list(tree.rglob("*")) == [tree / "theirs", tree / "theirs" / "kept"]
    remove_or_warn(tree)
    assert f"{tree}/theirs/kept could not be removed: Operation not permitted" in caplog.text


def test_a_folder_that_is_moved_meanwhile_is_no_way_out(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    for name in ("a", "b"):
        (tree / name).mkdir(parents=True)
        (tree / name / "file").touch()
    last, first = (path.name for path in reversed(list(tree.iterdir())))
    (outside / first).mkdir()
    (outside / first / "kept").touch()
    unlink = os.unlink

    def and_move(path: str, **where: int) -> None:
        unlink(path, **where)
        (tree / last).rename(outside / last)

    monkeypatch.setattr(os, "unlink", and_move)
    (left,) = remove_tree(tree)
    assert left.strerror == "it was moved meanwhile"
    assert (outside / first / "kept").exists()
    assert (outside / "kept").exists()


def test_a_reset_deletes_the_database_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / LOCK).touch()
    (data / DATABASE).touch()
    (data / f"{DATABASE}-wal").touch()
    (data / "code").mkdir()
    tree = deep(data / "instances", monkeypatch)
    removed: list[str] = []

    def noted(path: Path) -> list[OSError]:
        removed.append(path.name)
        return remove_tree(path)

    monkeypatch.setattr(reset, "remove_tree", noted)
    mask = os.umask(0o077)  # holding the folder sets it
    try:
        reset.delete(data)
    finally:
        os.umask(mask)
    assert removed[0] == DATABASE
    assert sorted(removed[1:]) == ["code", "instances", f"{DATABASE}-wal"]
    assert not tree.exists()
    assert [path.name for path in data.iterdir()] == [LOCK]


def test_a_reset_says_what_it_could_not_delete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (LOCK, DATABASE, "a", "b"):
        (tmp_path / name).touch()

    def fails(path: Path) -> list[OSError]:
        return [OSError(1, "Operation not permitted", str(path))] if path.suffix == "" else []

    monkeypatch.setattr(reset, "remove_tree", fails)
    mask = os.umask(0o077)
    try:
        with pytest.raises(reset.CannotReset) as refused:
            reset.delete(tmp_path)
    finally:
        os.umask(mask)
    said = str(refused.value)
    assert f"{tmp_path / 'a'} could not be deleted: Operation not permitted (and 1 more)" in said


def test_modes_are_changed_of_folders_in_the_tree_alone(tmp_path: Path, outside: Path) -> None:
    outside.chmod(0o500)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "out").symlink_to(outside)
    (tmp_path / "tree").chmod(0o500)
    try:
        assert remove_tree(tmp_path / "tree") == []
        assert stat.S_IMODE(outside.stat().st_mode) == 0o500
    finally:
        outside.chmod(0o700)  # or it could not be removed itself
