"""The key that installed requirements are kept under: what changes it, and what makes it none."""

from collections.abc import Callable
from pathlib import Path

import pulumi
import pytest
from fc_async_tasks.installation_key import Key, installation_key, requirements_texts

from tests.wheel import make_wheel

KeyOf = Callable[..., Key]


@pytest.fixture
def key(tmp_path: Path) -> KeyOf:
    """Give the key of a requirements.txt with this text, with these variables and no others."""
    (tmp_path / "code").mkdir()
    (tmp_path / "home").mkdir()

    def of(text: str = "reel\n", **environ: str) -> Key:
        file = tmp_path / "code" / "requirements.txt"
        file.write_text(text)
        environ = {"XDG_CONFIG_HOME": str(tmp_path / "home"), **environ}
        return installation_key(file, ("1", "3.12", "linux"), environ)

    return of


@pytest.mark.parametrize(
    "line",
    [
        *("-r {}", "-r{}", "--requirement {}", "--requirement={}", "-r '{}'", "-r {}  # why"),
        *("-c {}", "-c{}", "--constraint {}", "--constraint={}", "-r ${{WHERE}}", "-r file:{}"),
    ],
)
def test_a_file_that_is_included_counts(key: KeyOf, tmp_path: Path, line: str) -> None:
    more = tmp_path / "code" / "more.txt"
    text = f"reel\n{line.format('more.txt')}\n"
    keys: list[Key] = []
    for content in ("reel==1", "reel==2", "-r more.txt", "reel==1"):
        more.write_text(content)
        keys.append(key(text, WHERE="more.txt"))
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]
    assert all(each.is_whole for each in keys)


def test_files_include_files_from_their_own_folder(key: KeyOf, tmp_path: Path) -> None:
    deep = tmp_path / "code" / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "code" / "a" / "one.txt").write_text("-r b/two.txt")
    (deep / "two.txt").write_text("spool==1")
    before = key("-r a/one.txt")
    (deep / "two.txt").write_text("spool==2")
    assert key("-r a/one.txt") != before
    file = tmp_path / "code" / "requirements.txt"
    assert requirements_texts(file) == ["-r a/one.txt", "-r b/two.txt", "spool==2"]


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ("--find-links wheels\nreel", {}),
        ("--find-links=wheels\nreel", {}),
        ("-fwheels\nreel", {}),
        ("--find-links \\\n ./wheels\nreel", {}),
        ("--extra-index-url file:wheels\nreel", {}),
        ("reel", {"UV_FIND_LINKS": "none,wheels"}),
        ("reel", {"UV_INDEX": "https://one.example own=wheels"}),
        ("reel", {"UV_DEFAULT_INDEX": "file:wheels"}),
    ],
)
def test_a_folder_of_packages_counts_by_what_is_in_it(
    key: KeyOf, tmp_path: Path, text: str, environ: "dict[str, str]"
) -> None:
    wheels = tmp_path / "code" / "wheels" / "reel"  # as an index on a disk has them
    wheels.mkdir(parents=True)
    keys = [key(text, **environ)]
    for version, content in (("1", "a"), ("1", "b"), ("2", "b")):
        make_wheel(wheels, "reel", version, {"reel.py": content})
        keys.append(key(text, **environ))
    assert len(set(keys)) == 4
    assert keys[-1] == key(text, **environ)
    assert all(each.is_whole for each in keys)


@pytest.mark.parametrize(
    "line",
    ["./{}", "reel @ {}", "reel@file:{}", "{}[fast]", "{} ; python_version > '3'"],
)
def test_a_wheel_that_is_named_counts_by_its_content(key: KeyOf, tmp_path: Path, line: str) -> None:
    wheel = make_wheel(tmp_path / "code", "reel", "1", {"reel.py": "a"})
    before = key(line.format(wheel.name))
    make_wheel(tmp_path / "code", "reel", "1", {"reel.py": "b"})
    assert key(line.format(wheel.name)) != before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UV_DEFAULT_INDEX", "https://one.example/simple"),
        ("UV_INDEX", "https://one.example/simple"),
        ("UV_FIND_LINKS", "https://one.example/wheels"),
        ("UV_NO_INDEX", "1"),
        ("UV_INDEX_STRATEGY", "unsafe-best-match"),
        ("UV_PRERELEASE", "allow"),
        ("UV_RESOLUTION", "lowest"),
        ("UV_EXCLUDE_NEWER", "2026-01-01"),
        ("UV_CONSTRAINT", "bounds.txt"),
    ],
)
def test_a_setting_of_uv_counts(key: KeyOf, name: str, value: str) -> None:
    assert key(**{name: value}) != key()
    assert key(**{name: value}).is_whole


@pytest.mark.parametrize("name", ["UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE"])
def test_a_file_that_a_setting_names_counts(key: KeyOf, tmp_path: Path, name: str) -> None:
    bounds = tmp_path / "code" / "bounds.txt"
    keys: list[Key] = []
    for content in ("reel<2", "reel<3"):
        bounds.write_text(content)
        keys.append(key(**{name: f"none.txt {bounds}"}))
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("UV_CACHE_DIR", "/elsewhere"), ("UV_HTTP_TIMEOUT", "9"), ("PATH", "/elsewhere")),
        *(("UV_INDEX_OWN_PASSWORD", "s3cr3t"), ("UV_OFFLINE", "1"), ("UV_CONCURRENT_BUILDS", "1")),
    ],
)
def test_what_changes_only_how_does_not_count(key: KeyOf, name: str, value: str) -> None:
    assert key(**{name: value}) == key()


def test_a_password_does_not_count(key: KeyOf) -> None:
    def with_password(password: str) -> Key:
        index = f"https://ci:{password}@one.example/simple"
        text = f"--index-url {index}\n--extra-index-url https://ci:${{PASSWORD}}@two.example\nreel"
        return key(text, UV_INDEX=index, PASSWORD=password)

    assert with_password("one") == with_password("two")


@pytest.mark.parametrize("where", ["code/uv.toml", "uv.toml", "home/uv/uv.toml", "pyproject.toml"])
def test_uvs_configuration_counts(key: KeyOf, tmp_path: Path, where: str) -> None:
    file = tmp_path / where
    file.parent.mkdir(exist_ok=True)
    table = "[tool.uv]\n" if file.name == "pyproject.toml" else ""
    keys = [key()]
    for strategy in ("lowest", "highest"):
        file.write_text(f'{table}resolution = "{strategy}"\n')
        keys.append(key())
    assert len(set(keys)) == 3
    assert all(each.is_whole for each in keys)


def test_a_configuration_file_that_is_named_replaces_the_others(key: KeyOf, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('resolution = "lowest"\n')
    own = key(UV_CONFIG_FILE=str(tmp_path / "own.toml"))
    (tmp_path / "code" / "uv.toml").write_text('resolution = "highest"\n')
    assert key(UV_CONFIG_FILE=str(tmp_path / "own.toml")) == own


@pytest.mark.parametrize(
    ("text", "file", "content"),
    [
        ("-r https://one.example/more.txt", "x", ""),
        ("-c https://one.example/more.txt", "x", ""),
        ("-e ./package", "package/pyproject.toml", ""),
        ("./package", "package/pyproject.toml", ""),
        ("reel @ file:package", "package/pyproject.toml", ""),
        ("reel", "uv.toml", 'find-links = ["../wheels"]'),
        ("reel", "uv.toml", '[[index]]\nurl = "../wheels"\nformat = "flat"'),
        ("reel", "uv.toml", '[[index]]\nurl = "file:///wheels"'),
    ],
)
def test_what_cannot_be_known_makes_no_whole_key(
    key: KeyOf, tmp_path: Path, text: str, file: str, content: str
) -> None:
    there = tmp_path / "code" / file
    there.parent.mkdir(exist_ok=True)
    there.write_text(content)
    assert not key(text).is_whole


def test_a_package_that_is_called_as_a_folder_is_one_of_an_index(
    key: KeyOf, tmp_path: Path
) -> None:
    (tmp_path / "code" / "reel").mkdir()
    assert key("reel\n").is_whole


def test_a_file_that_cannot_be_read_is_told(key: KeyOf, tmp_path: Path) -> None:
    key()
    missing = tmp_path / "code" / "absent.txt"
    with pytest.raises(pulumi.RunError, match=r"absent\.txt cannot be read \(No such file"):
        installation_key(missing, (), {})
