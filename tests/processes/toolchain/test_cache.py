"""Artefacts are whole or absent, and named by what they are made of."""

from pathlib import Path

import pytest

from toolchain import sources
from toolchain.cache import cache_folder, made_whole


def test_a_folder_appears_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "engine"
    with made_whole(target) as folder:
        (folder / "pulumi").touch()
        assert not target.exists()
    assert [entry.name for entry in target.iterdir()] == ["pulumi"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_failure_keeps_the_older_folder(tmp_path: Path) -> None:
    target = tmp_path / "engine"
    target.mkdir()
    (target / "old").touch()

    def fail() -> None:
        with made_whole(target) as folder:
            (folder / "new").touch()
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk"):
        fail()
    assert [entry.name for entry in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]


def test_a_newer_folder_replaces_an_older_one(tmp_path: Path) -> None:
    target = tmp_path / "engine"
    for name in ("old", "new"):
        with made_whole(target) as folder:
            (folder / name).touch()
    assert [entry.name for entry in target.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [target]


def test_the_cache_follows_the_xdg_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("XDG_CACHE_HOME", "/large/cache")
    assert cache_folder() == Path("/large/cache/fc-async-tasks")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path("/home/someone/.cache/fc-async-tasks")


@pytest.fixture
def go_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("go.mod", "go.sum", "pulumi-language-python/main.go"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("pulumi-resource-alicloud/main.go", "alibabacloud-gateway-oss/client.go"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    monkeypatch.setattr(sources, "GO_FOLDER", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "parts"),
    [
        ("go.sum", {"engine", "provider", "everything"}),
        ("pulumi-language-python/main.go", {"engine", "everything"}),
        ("pulumi-resource-alicloud/main.go", {"provider", "everything"}),
        ("alibabacloud-gateway-oss/client.go", {"provider", "everything"}),
        ("pulumi-language-python/main_test.go", set[str]()),
    ],
)
def test_a_key_changes_with_what_the_part_is_made_of(
    go_folder: Path, file: str, parts: set[str]
) -> None:
    names = ("engine", "provider", "everything")
    before = {name: sources.key(name) for name in names}
    (go_folder / file).write_text("changed")
    assert {name for name in names if sources.key(name) != before[name]} == parts


def test_a_renamed_file_and_another_go_change_the_key(go_folder: Path) -> None:
    before = sources.key("engine", "go1.26.8")
    assert sources.key("engine", "go1.26.9") != before
    main = go_folder / "pulumi-language-python" / "main.go"
    main.rename(main.with_name("other.go"))
    assert sources.key("engine", "go1.26.8") != before
