"""What a keeper reads and measures, without a process to keep."""

import os
import socket
import sys
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from localcloud.fc.instances.runtime import files, keeper, processes
from localcloud.fc.instances.runtime.files import Files
from localcloud.fc.instances.runtime.lines import Lines
from localcloud.removal import remove_tree


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_lines_are_whole_however_they_come(size: int) -> None:
    said = b"watch 1\nunwatch\nwatch 4096\nkill\nwat"
    lines = Lines()
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    assert [line for piece in pieces for line in lines.ended_by(piece)] == [
        b"watch 1",
        b"unwatch",
        b"watch 4096",
        b"kill",
    ]
    assert lines.ended_by(b"ch 2\n") == [b"watch 2"]


def held_below(folder: Path, looks: int = 1) -> int:
    counted = Files(str(folder))
    for _ in range(looks):
        counted.look_at_named()
    return counted.disk


def test_what_files_take_on_the_disk_is_counted_in_every_folder(tmp_path: Path) -> None:
    (tmp_path / "below" / "deep").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    (tmp_path / "below" / "deep" / "two").write_bytes(b"x" * 100_000)
    (tmp_path / "sparse").touch()
    with (tmp_path / "sparse").open("r+b") as sparse:
        sparse.truncate(1 << 30)
    assert 200_000 <= held_below(tmp_path) < 300_000


def test_a_file_with_several_names_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 1_000_000)
    alone = held_below(tmp_path)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert held_below(tmp_path) == alone


def test_a_look_at_the_disk_ends_after_so_many_files_and_the_next_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (tmp_path / f"{number}").write_bytes(b"x" * 10_000)
    all_of_them = held_below(tmp_path)
    monkeypatch.setattr(files, "_MOST_ENTRIES", 5)
    assert held_below(tmp_path) == all_of_them // 4
    assert held_below(tmp_path, looks=3) == all_of_them // 4 * 3
    assert held_below(tmp_path, looks=4) == held_below(tmp_path, looks=5) == all_of_them
    assert held_below(tmp_path, looks=6) == all_of_them // 4, "it begins anew"


def test_files_deeper_than_any_path_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3000):
        os.mkdir("d")  # noqa: PTH102 - a path would grow with them
        os.chdir("d")
    Path("large").write_bytes(b"x" * 1_000_000)
    monkeypatch.chdir(tmp_path)
    assert held_below(tmp_path) >= 1_000_000
    assert remove_tree(tmp_path / "d") == []


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "large").write_bytes(b"x" * 1_000_000)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "link").symlink_to(tmp_path / "elsewhere")
    assert held_below(tmp_path / "own") < 100_000
    assert held_below(tmp_path / "own" / "link") == 0


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert held_below(tmp_path / "gone") == 0


def test_a_folder_that_is_moved_meanwhile_is_no_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, elsewhere = tmp_path / "own", tmp_path / "elsewhere"
    for name in ("a", "b"):
        (own / name).mkdir(parents=True)
        (own / name / "file").touch()
    last, first = (path.name for path in reversed(list(own.iterdir())))
    (elsewhere / first).mkdir(parents=True)
    (elsewhere / first / "large").write_bytes(b"x" * 1_000_000)
    monkeypatch.setattr(files, "_MOST_ENTRIES", 3)
    counted = Files(str(own))
    counted.look_at_named()  # as far as the file of the last one
    (own / last).rename(elsewhere / last)
    counted.look_at_named()
    assert counted.disk < 100_000
    (own / "late").write_bytes(b"x" * 1_000_000)
    monkeypatch.undo()
    counted.look_at_named()
    assert counted.disk >= 1_000_000, "it begins anew"


@pytest.mark.usefixtures("as_an_ordinary_user")
def test_a_folder_that_cannot_be_entered_hides_no_other() -> None:
    for number in range(4):  # in turn: whatever the order of a listing, one comes before others
        Path(f"closed{number}").mkdir(mode=0o444)
        Path(f"{number}").mkdir()
        Path(f"{number}", "large").write_bytes(b"x" * 1_000_000)
    held = held_below(Path())
    for folder in Path().iterdir():
        assert remove_tree(folder) == []
    assert held >= 4_000_000


def test_looks_at_files_count_into_the_rest_of_a_keeper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0

    def takes_long(*_: object) -> None:
        nonlocal now
        now += 0.0625

    monkeypatch.setattr(keeper, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(Files, "look_at_named", takes_long)
    monkeypatch.setattr(Files, "look_at_nameless", takes_long)
    order = {"memory_size": 1 << 20, "temporary": str(tmp_path), "disk_size": 512}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        watches = keeper._Keeper(theirs, os.getpid(), order)  # pyright: ignore[reportPrivateUsage]
        rests: list[float] = []
        for later in (1.0, 0.1, 0.01):
            now += later
            assert watches._look()  # pyright: ignore[reportPrivateUsage]
            rests.append(watches._rest)  # pyright: ignore[reportPrivateUsage]
    nameless = 0.0625 if processes.LINUX else 0
    assert rests == pytest.approx([2 * (0.0625 + nameless), 2 * nameless, 0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there is no /proc")
def test_open_files_without_a_name_are_counted_once(tmp_path: Path) -> None:
    counted = Files(str(tmp_path))
    mine = [os.getpid()]
    counted.look_at_nameless(mine)
    before = counted.memory, counted.disk
    with ExitStack() as opened:
        memfd = os.memfd_create("x")
        opened.callback(os.close, memfd)
        os.posix_fallocate(memfd, 0, 3 << 20)
        again = os.dup(memfd)
        opened.callback(os.close, again)
        nameless = opened.enter_context((tmp_path / "file").open("wb"))
        os.posix_fallocate(nameless.fileno(), 0, 5 << 20)
        (tmp_path / "file").unlink()
        named = opened.enter_context((tmp_path / "named (deleted)").open("wb"))
        os.posix_fallocate(named.fileno(), 0, 7 << 20)
        counted.look_at_nameless(mine)
        total = counted.memory + counted.disk - sum(before)
        # a test's folder may be in memory
        assert counted.memory - before[0] in (3 << 20, 8 << 20)
        assert total == 8 << 20
    counted.look_at_nameless(mine)
    assert (counted.memory, counted.disk) == before
