"""A snapshot has Pulumi's state as it is between two updates, and restores all or nothing."""

import os
import shutil
import tarfile
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from localcloud.cli.commands import app
from localcloud.server import folder
from localcloud.snapshot import writing
from localcloud.snapshot.manifest import CannotRestore
from localcloud.snapshot.reading import restore
from localcloud.snapshot.writing import CannotExport, export
from tests.unit.localcloud.prepared import prepare_database

STACK = ".pulumi/stacks/jobs/dev.json"
LOCK = ".pulumi/locks/organization/jobs/dev/0b5e.json"


@pytest.fixture(autouse=True)
def _umask() -> Generator[None, None, None]:  # pyright: ignore[reportUnusedFunction]
    """Holding a folder sets the umask of the process; the next test has its own again."""
    before = os.umask(0o077)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder at rest, with a stack's state."""
    made = tmp_path / "data"
    folder.hold(made).release()
    prepare_database(made / folder.DATABASE)
    write(made / "pulumi" / STACK, "state 1")
    return made


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def exported(data: Path) -> Path:
    target = data.parent / "snapshot.tar.gz"
    export(data, target, now=0, version="0.1.0")
    return target


def refusal(data: Path) -> str:
    with pytest.raises(CannotExport) as refused:
        exported(data)
    assert sorted(each.name for each in data.parent.iterdir()) == ["data"], "nothing is left"
    return str(refused.value)


def test_the_folder_that_is_missing_is_named(data: Path) -> None:
    missing = data.parent / "missing"
    with pytest.raises(CannotExport) as refused:
        export(data, missing / "x.tar.gz", now=0, version="0.1.0")
    assert str(refused.value).startswith(f"there is no folder {missing}: make it")


def test_the_folder_that_cannot_be_written_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: str, *_: object) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "mkdir", denied)
    assert refusal(data) == f"{data.parent} could not be used: Permission denied"


def test_how_to_go_on_names_the_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = str(exported(data))
    other = data.parent / "my other data"
    done = CliRunner().invoke(app, ["import", snapshot, "--data", str(other)])
    assert done.exit_code == 0, done.output
    assert f"`localcloud serve --data '{other}'` goes on with it" in done.stdout
    monkeypatch.setenv("XDG_DATA_HOME", str(data.parent / "share"))
    done = CliRunner().invoke(app, ["import", snapshot])
    assert "`localcloud serve` goes on with it" in done.stdout


def state_in(snapshot: Path) -> "dict[str, str]":
    with tarfile.open(snapshot) as tar:
        contents = {each.name: tar.extractfile(each) for each in tar}
        return {
            name: content.read().decode()
            for name, content in contents.items()
            if content and name.startswith("pulumi/")
        }


# Writing


def test_a_stack_that_is_being_changed_is_not_exported(data: Path) -> None:
    write(data / "pulumi" / LOCK, "{}")
    sentence = refusal(data)
    assert "Pulumi is changing the stack dev right now" in sentence
    assert "python -m fc_async_tasks.recovery --stack dev" in sentence
    (data / "pulumi" / LOCK).unlink()
    assert state_in(exported(data)) == {f"pulumi/{STACK}": "state 1"}


def test_an_update_that_begins_while_the_state_is_copied_is_seen(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_copying(monkeypatch, lambda: write(data / "pulumi" / LOCK, "{}"))
    assert "Pulumi is changing the stack dev right now" in refusal(data)


def after_copying(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let something happen once when a file has been copied."""
    copyfile = shutil.copyfile
    left = [happens]

    def copied(source: Path, target: Path) -> Path:
        made = copyfile(source, target)
        if left:
            left.pop()()
        return made

    monkeypatch.setattr(shutil, "copyfile", copied)


def test_a_whole_update_while_the_state_is_copied_has_it_copied_again(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data / "pulumi" / ".pulumi" / "meta.yaml", "version: 1")

    def update() -> None:
        write(data / "pulumi" / STACK, "state two")
        write(data / "pulumi" / ".pulumi" / "history" / "jobs" / "dev.json", "an update")
        (data / "pulumi" / ".pulumi" / "meta.yaml").unlink()

    after_copying(monkeypatch, update)
    assert state_in(exported(data)) == {
        f"pulumi/{STACK}": "state two",
        "pulumi/.pulumi/history/jobs/dev.json": "an update",
    }


def test_what_changes_after_it_was_copied_is_not_in_the_snapshot(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = getattr(writing, "_sha256")  # noqa: B009 - where the files were read a second time

    def hashed(path: Path) -> str:
        found = digest(path)
        write(data / "pulumi" / STACK, "state 2, which is longer")
        return found

    monkeypatch.setattr(writing, "_sha256", hashed)
    snapshot = exported(data)
    assert state_in(snapshot) == {f"pulumi/{STACK}": "state 1"}
    restore(snapshot, data.parent / "restored")
    assert (data.parent / "restored" / "pulumi" / STACK).read_text() == "state 1"


def test_a_state_that_changes_all_the_time_is_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copyfile = shutil.copyfile

    def copied(source: Path, target: Path) -> Path:
        made = copyfile(source, target)
        write(source, source.read_text() + "!")
        return made

    monkeypatch.setattr(shutil, "copyfile", copied)
    assert "change while they are copied: stop localcloud and Pulumi" in refusal(data)


def copying(packages: Iterable[str]) -> Callable[[Path, Path], list[str]]:
    """Copies a database that refers to the next one of these, the last one for good."""
    coming = iter(packages)
    at = ""

    def copy(source: Path, target: Path) -> list[str]:
        nonlocal at
        shutil.copyfile(source, target)
        at = next(coming, at)
        return [at]

    return copy


def test_a_code_package_that_is_missing_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = "ab" * 32
    monkeypatch.setattr(writing, "_copy_database", copying([absent]))
    said = refusal(data)
    assert f"the code package {data / 'code' / absent}.zip is missing" in said
    assert "deploy that again, or delete it" in said


def test_code_packages_that_come_and_go_are_told(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = (f"{number:064x}" for number in range(100))
    monkeypatch.setattr(writing, "_copy_database", copying(names))
    assert "change while they are copied: stop localcloud and Pulumi" in refusal(data)


# Reading


@pytest.fixture
def snapshot(data: Path) -> Path:
    return exported(data)


def test_pulumis_empty_folder_is_nothing(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "restored"
    (target / "pulumi").mkdir(parents=True)
    restore(snapshot, target)
    assert (target / "pulumi" / STACK).read_text() == "state 1"
    assert sorted(each.name for each in target.iterdir()) == [
        folder.LOCK,
        folder.DATABASE,
        "pulumi",
    ]


def test_pulumis_empty_folder_stays_where_the_snapshot_has_none(data: Path, tmp_path: Path) -> None:
    shutil.rmtree(data / "pulumi")
    target = tmp_path / "restored"
    (target / "pulumi").mkdir(parents=True)
    restore(exported(data), target)
    assert (target / "pulumi").is_dir()
    assert (target / folder.DATABASE).is_file()


def test_a_state_that_is_there_is_not_overwritten(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "restored"
    write(target / "pulumi" / STACK, "mine")
    with pytest.raises(CannotRestore, match="holds something already"):
        restore(snapshot, target)
    assert (target / "pulumi" / STACK).read_text() == "mine"


@pytest.mark.parametrize("fails", ["pulumi", folder.DATABASE])
@pytest.mark.parametrize("has_folder", [True, False], ids=["pulumi's folder", "no folder"])
def test_an_error_while_moving_leaves_nothing(
    snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str, has_folder: bool
) -> None:
    target = tmp_path / "restored"
    target.mkdir()
    if has_folder:
        (target / "pulumi").mkdir()
    moved: list[str] = []
    replace = Path.replace

    def replaced(self: Path, to: Path) -> Path:
        if to == target / fails:
            raise OSError(28, "No space left on device", str(to))
        moved.append(to.name)
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", replaced)
    with pytest.raises(CannotRestore, match="No space left on device"):
        restore(snapshot, target)
    monkeypatch.undo()
    left = [folder.LOCK, *(["pulumi"] if has_folder else [])]
    assert sorted(each.name for each in target.iterdir()) == left
    assert not list(target.glob("pulumi/*"))
    if fails == folder.DATABASE:
        assert moved == ["pulumi", "pulumi"], "there and back; the database comes last"
    restore(snapshot, target)
    assert (target / "pulumi" / STACK).read_text() == "state 1"


def test_all_that_is_restored_is_on_the_disk_before_it_has_its_name(
    snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "restored"
    happened: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(opened: int) -> None:
        happened.append(Path(f"/proc/self/fd/{opened}").readlink().name)
        fsync(opened)

    def replaced(self: Path, to: Path) -> Path:
        happened.append(f"-> {to.name}")
        return replace(self, to)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    restore(snapshot, target)
    first = happened.index("-> pulumi")
    names = {folder.DATABASE, *Path("pulumi", STACK).parts}
    assert names <= set(happened[:first])
    assert happened[first:] == ["-> pulumi", f"-> {folder.DATABASE}", "restored"]
