"""What earlier states of the sources left in the cache goes when nobody has used it for long."""

import io
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from tests.processes.toolchain.fakes import Fakes
from toolchain import ensure, find, record, sources
from toolchain.progress import Display

DAY = 24 * 3600


@pytest.fixture(autouse=True)
def a_set_up(machine: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that builds, and Go sources that a test may change."""
    machine.go()
    copy = tmp_path / "go"
    shutil.copytree(sources.GO_FOLDER, copy)
    monkeypatch.setattr(sources, "GO_FOLDER", copy)


def made_anew() -> str:
    """Build another state of the sources; gives what the set-up said."""
    module = sources.GO_FOLDER / "go.mod"
    module.write_text(f"{module.read_text()}// another state\n")
    shown = io.StringIO()
    ensure(Display(shown))
    return shown.getvalue()


def aged(days: float) -> None:
    """Have every use that is on record be so much longer ago."""
    cache = record.record_folder().parent
    for file in (*cache.glob("*-*"), *cache.glob("*/logs"), *record.record_folder().iterdir()):
        then = file.stat().st_mtime - days * DAY
        os.utime(file, (then, then))


def states(cache: Path) -> "set[str]":
    """The names of the engines and homes that are there."""
    return {file.name for kind in ("engine", "home") for file in cache.glob(f"{kind}-*")}


def test_the_newest_two_stay_and_the_others_go_after_a_month(cache: Path) -> None:
    made_anew()
    first = states(cache)
    aged(40)
    made_anew()
    second = states(cache) - first
    aged(40)

    said = made_anew()

    third = states(cache) - second
    assert len(first) == len(second) == len(third) == 2
    assert not third & first
    for name in first:
        assert f"Removed {cache / name} (" in said
        assert "unused for 80 days" in said
    assert len(list(record.record_folder().glob("*.json"))) == 2
    assert not list(cache.glob(".*")), "nothing half removed"
    assert find() is not None


def test_what_is_younger_than_a_month_stays(cache: Path) -> None:
    for _ in range(4):
        assert "Removed" not in made_anew()
        aged(9)
    assert len(states(cache)) == 8


@pytest.mark.parametrize("used_by", ["a checkout", "a command"])
def test_what_is_still_used_stays_however_old_it_is(cache: Path, used_by: str) -> None:
    made_anew()
    old = find()
    assert old is not None
    assert old.home is not None
    (old.home / "logs").mkdir()
    old_sources = shutil.copytree(sources.GO_FOLDER, cache / "old-sources")
    aged(80)
    made_anew()
    aged(40)
    if used_by == "a checkout":
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sources, "GO_FOLDER", old_sources)
            assert find() == old
    else:
        (old.home / "logs" / "of-a-command.log").touch()

    made_anew()
    said = made_anew()

    assert old.home.is_dir()
    assert str(old.home) not in said
    assert old.pulumi.exists() == (used_by == "a checkout")


def test_what_a_process_runs_from_stays() -> None:
    made_anew()
    old = find()
    assert old is not None
    program = old.pulumi.with_name("runs")
    shutil.copy(shutil.which("sleep", path="/bin:/usr/bin") or "", program)
    process = subprocess.Popen([program, "60"])
    try:
        for _ in range(3):
            aged(40)
            made_anew()
        assert old.pulumi.exists()
    finally:
        process.kill()
        process.wait()
    aged(40)
    assert f"Removed {old.pulumi.parent}" in made_anew()


def test_finding_it_changes_the_record_once_a_day_at_most() -> None:
    made_anew()
    file = record.record_file()
    made = file.stat().st_mtime_ns
    assert find() is not None
    assert file.stat().st_mtime_ns == made
    aged(2)
    assert find() is not None
    assert time.time() - file.stat().st_mtime < DAY
