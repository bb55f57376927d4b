"""What a keeper reads and measures, without a process to keep."""

from pathlib import Path

import pytest

from localcloud.fc.instances.runtime import measures
from localcloud.fc.instances.runtime.lines import Lines


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


def test_what_files_take_on_the_disk_is_counted_in_every_folder(tmp_path: Path) -> None:
    (tmp_path / "below" / "deep").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * 100_000)
    (tmp_path / "below" / "deep" / "two").write_bytes(b"x" * 100_000)
    (tmp_path / "sparse").touch()
    with (tmp_path / "sparse").open("r+b") as sparse:
        sparse.truncate(1 << 30)
    assert 200_000 <= measures.held(str(tmp_path)) < 300_000


def test_a_look_at_the_disk_ends_after_so_many_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        (tmp_path / f"{number}").write_bytes(b"x" * 10_000)
    all_of_them = measures.held(str(tmp_path))
    monkeypatch.setattr(measures, "_MOST_FILES", 5)
    assert measures.held(str(tmp_path)) == all_of_them // 4


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert measures.held(str(tmp_path / "gone")) == 0
