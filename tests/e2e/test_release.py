"""What `make release` builds is what it says, and the checks find what is wrong."""

import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest
from fc_async_tasks.package_version import __version__

from release.__main__ import main, make
from release.build import PLATFORMS, Release, ReleaseError, build
from release.changelog import newest, released
from release.checks import check_wheel
from tests.e2e.stack import ROOT


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The component folder as it is now: what the release is built from, and compared with."""
    return copied(ROOT / "components", tmp_path_factory.mktemp("checkout") / "components")


@pytest.fixture(scope="module")
def made(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release: built, built again with the same bytes, and tried in empty environments."""
    return make(tmp_path_factory.mktemp("release") / "dist", checkout)


@pytest.fixture
def elsewhere(checkout: Path, tmp_path: Path) -> Path:
    """The component folder as another machine has it: in another place, other times and modes."""
    folder = copied(checkout, tmp_path / "elsewhere" / "components")
    for file in folder.rglob("*"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
        if file.is_file():
            file.chmod(0o600)
    return folder


def copied(components: Path, folder: Path) -> Path:
    """A copy of the component folder, without what running it leaves there."""
    ignored = shutil.ignore_patterns("__pycache__", "venv", "build", "*.egg-info")
    return Path(shutil.copytree(components, folder, ignore=ignored))


def names_in(archive: Path) -> set[str]:
    """The files in a wheel or a tar archive."""
    if archive.suffix == ".whl":
        return set(zipfile.ZipFile(archive).namelist())
    with tarfile.open(archive) as opened:
        return {member.name for member in opened if member.isfile()}


def sources(components: Path) -> set[str]:
    """The package's files, by their names relative to the component folder."""
    files = (components / "fc_async_tasks").rglob("*")
    return {str(file.relative_to(components)) for file in files if file.is_file()}


def test_a_release_is_built_and_works_in_empty_environments(made: Release) -> None:
    assert made.version == __version__
    assert made.wheel.name == f"fc_async_tasks-{__version__}-py3-none-any.whl"
    assert made.sdist.name == f"fc_async_tasks-{__version__}.tar.gz"
    assert {one.name for one in made.plugins} == {
        f"pulumi-resource-fc-async-tasks-v{__version__}-{platform}.tar.gz" for platform in PLATFORMS
    }
    sums = (made.wheel.parent / "SHA256SUMS").read_text().splitlines()
    assert {line.split()[1] for line in sums} == {one.name for one in made.files()}


def test_the_archives_hold_the_package_and_nothing_else(made: Release, checkout: Path) -> None:
    package = sources(checkout)
    info = f"fc_async_tasks-{__version__}.dist-info"
    beside = {f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "licenses/LICENSE")}
    assert names_in(made.wheel) == package | beside
    folder = {"LICENSE", "PulumiPlugin.yaml", "README.md", "__main__.py", "pyproject.toml"}
    for plugin in made.plugins:
        assert names_in(plugin) == package | folder


def test_another_machine_builds_the_same_bytes(
    made: Release, elsewhere: Path, tmp_path: Path
) -> None:
    again = build(tmp_path / "dist", elsewhere)
    for one, other in zip(made.files(), again.files(), strict=True):
        assert one.name == other.name
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_wheel_that_lacks_a_module_is_no_release(elsewhere: Path, tmp_path: Path) -> None:
    (elsewhere / "fc_async_tasks" / "queue.py").unlink()
    broken = build(tmp_path / "dist", elsewhere)
    with pytest.raises(ReleaseError, match=r"No module named 'fc_async_tasks\.queue'"):
        check_wheel(broken)


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("kept")
    assert main([str(tmp_path)]) == 1
    assert "is not empty: name another folder" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == ["mine"]


def test_the_version_is_written_in_one_place() -> None:
    written = [
        str(file.relative_to(ROOT))
        for folder in ("components", "release", "examples")
        for file in (ROOT / folder).rglob("*")
        if file.is_file()
        and file.suffix in (".py", ".toml", ".yaml")
        and "venv" not in file.parts
        and re.search(rf"[\"']{re.escape(__version__)}[\"']", file.read_text())
    ]
    assert written == ["components/fc_async_tasks/package_version.py"]


def test_the_changelogs_newest_version_is_this_one() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert newest(text) == __version__
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", released(text)[__version__])


def test_a_version_without_a_date_is_not_released() -> None:
    text = "## [Unreleased]\n\n## [0.3.0]\n\n## [0.2.0] - 2026-02-01\n\n## [0.1.0] - 2026-01-01\n"
    assert released(text) == {"0.2.0": "2026-02-01", "0.1.0": "2026-01-01"}
    assert newest(text) == "0.2.0"
    assert newest("# Changelog\n") == ""


def test_the_licence_is_the_one_that_the_package_names() -> None:
    licence = (ROOT / "LICENSE").read_text()
    assert "Apache License\n                           Version 2.0" in licence
    assert (ROOT / "components" / "LICENSE").read_text() == licence
    assert 'license = "Apache-2.0"' in (ROOT / "components" / "pyproject.toml").read_text()
