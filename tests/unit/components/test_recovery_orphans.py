"""Which processes are an update's that lost its engine, and how this machine's are listed."""

import os
from pathlib import Path

import pytest
from fc_async_tasks.recovery.orphans import orphans
from fc_async_tasks.recovery.processes import Process, folder_of, running
from fc_async_tasks.recovery.project import project_folder, project_name

ME = os.getuid()
PROVIDER = "pulumi-resource"  # as Linux cuts it


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A project, with a folder in it, and another project inside."""
    (tmp_path / "Pulumi.yaml").write_text("name: outer\nruntime: python\n")
    (tmp_path / "src").mkdir()
    (tmp_path / "examples" / "one").mkdir(parents=True)
    (tmp_path / "examples" / "one" / "Pulumi.yaml").write_text("name: inner\n")
    return tmp_path


def found(here: Path, *listed: Process, place: "Path | None" = None) -> set[int]:
    by_pid = {one.pid: one for one in (Process(1, 0, 0, "systemd"), *listed)}
    return orphans(by_pid, here, lambda _: place or here)


def test_a_provider_that_the_first_process_took_over_is_an_orphan(here: Path) -> None:
    assert found(here, Process(7, 1, ME, PROVIDER)) == {7}
    assert found(here, Process(7, 1, ME, "pulumi-language")) == {7}
    assert found(here, Process(5, 1, ME, "systemd"), Process(7, 5, ME, PROVIDER)) == {7}


def test_a_provider_with_its_engine_is_none(here: Path) -> None:
    assert found(here, Process(5, 4, ME, "pulumi"), Process(7, 5, ME, PROVIDER)) == set()


def test_in_a_container_the_engine_can_be_the_first_process(here: Path) -> None:
    listed = {1: Process(1, 0, ME, "pulumi"), 7: Process(7, 1, ME, PROVIDER)}
    assert orphans(listed, here, lambda _: here) == set()


@pytest.mark.parametrize(
    "process", [Process(7, 1, ME + 1, PROVIDER), Process(7, 1, ME, "postgres")]
)
def test_what_is_anothers_or_no_provider_is_none(here: Path, process: Process) -> None:
    assert found(here, process) == set()


def test_only_those_of_this_project_are_found(here: Path, tmp_path: Path) -> None:
    orphan = Process(7, 1, ME, PROVIDER)
    assert found(here, orphan, place=here / "src") == {7}
    assert found(here / "src", orphan, place=here) == {7}
    assert found(here, orphan, place=here / "examples" / "one") == set()
    assert found(here, orphan, place=tmp_path.parent) == set()
    assert orphans({7: orphan}, here, lambda _: None) == set(), "it has ended meanwhile"


def test_a_project_is_found_from_within(here: Path) -> None:
    assert project_folder(here / "src") == here
    assert project_name(here / "src") == "outer"
    assert project_name(here / "examples" / "one") == "inner"


def test_this_process_is_among_those_that_run() -> None:
    me = running()[os.getpid()]
    assert (me.parent, me.user) == (os.getppid(), ME)
    assert folder_of(os.getpid()) == Path.cwd()
