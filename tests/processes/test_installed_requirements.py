"""A handler's dependencies: installed by the genuine uv, from a folder of wheels made here."""

import base64
import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from fc_async_tasks import AsyncTask, TaskFunction
from fc_async_tasks.archive import code_archive
from fc_async_tasks.dependencies import PLATFORMS, installed_dependencies
from fc_async_tasks.runtimes import RUNTIMES

from tests.unit.components.deployment import Deploy
from tests.wheel import make_wheel

NATIVE = "cp312-cp312-manylinux_2_31_x86_64"


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that is the only index; installed packages are kept in a folder beside."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "function"
    folder.mkdir()
    (folder / "index.py").write_text("import reel\n")
    return folder


@pytest.fixture
def require(code: Path) -> "Callable[[str], Path]":
    """Write the code folder's requirements.txt; gives the folder."""

    def write(text: str) -> Path:
        (code / "requirements.txt").write_text(text)
        return code

    return write


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> "list[str]":
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    informed: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", informed.append)
    return said


@pytest.fixture
def _quiet(warnings: "list[str]") -> None:  # pyright: ignore[reportUnusedFunction]
    """What is logged is no part of the test."""


Require = Callable[[str], Path]


def refusal(folder: Path, runtime: str = "python3.12") -> str:
    with pytest.raises(pulumi.RunError) as refused:
        installed_dependencies(folder, runtime)
    return str(refused.value)


def test_packages_and_what_they_need_are_files_of_the_archive(
    wheels: Path, require: Require, warnings: "list[str]"
) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": ""}, metadata="Requires-Dist: spool (==2.0)\n")
    make_wheel(wheels, "spool", "2.0", {"spool/__init__.py": "", "spool/data.txt": "x"})
    folder = require("reel==1.0\nspool==2.0\n")

    files = installed_dependencies(folder, "python3.12")

    assert {"reel.py", "spool/__init__.py", "spool/data.txt"} <= files.keys()
    assert "reel-1.0.dist-info/METADATA" in files  # importlib.metadata finds it on the cloud
    names = zipfile.ZipFile(io.BytesIO(code_archive(folder, files))).namelist()
    assert {"index.py", "reel.py", "requirements.txt"} <= set(names)
    assert warnings == []


@pytest.mark.usefixtures("_quiet")
@pytest.mark.parametrize(
    ("runtime", "tag"),
    [
        ("python3", "cp36-cp36m-manylinux2014_x86_64"),
        ("python3.9", "cp39-cp39-manylinux2014_x86_64"),
        ("python3.10", "cp310-cp310-manylinux_2_28_x86_64"),
        ("python3.12", NATIVE),
    ],
)
def test_wheels_are_those_of_the_runtimes_python_and_system(
    wheels: Path, require: Require, runtime: str, tag: str
) -> None:
    for each in ("macosx_11_0_arm64", "win_amd64", "manylinux_2_32_x86_64", "manylinux1_i686"):
        make_wheel(wheels, "reel", "1.0", {"wrong.py": ""}, tag=f"{tag.rsplit('-', 1)[0]}-{each}")
    make_wheel(wheels, "reel", "1.0", {"wrong.py": ""}, tag="cp311-cp311-manylinux2014_x86_64")
    make_wheel(wheels, "reel", "1.0", {"right.so": ""}, tag=tag)

    files = installed_dependencies(require("reel==1.0\n"), runtime)

    assert "right.so" in files
    assert "wrong.py" not in files


@pytest.mark.usefixtures("_quiet")
def test_conditions_are_read_for_the_cloud_and_not_for_this_machine(
    wheels: Path, require: Require
) -> None:
    for name in ("old", "new", "mac", "tux"):
        make_wheel(wheels, name, "1", {f"{name}.py": ""})
    folder = require(
        'old==1; python_version < "3.8"\n'
        'new==1; python_version >= "3.8"\n'
        'mac==1; sys_platform == "darwin"\n'
        'tux==1; sys_platform == "linux" and platform_machine == "x86_64"\n'
    )

    assert {"old.py", "tux.py"} == modules(installed_dependencies(folder, "python3"))
    assert {"new.py", "tux.py"} == modules(installed_dependencies(folder, "python3.12"))


def modules(files: "dict[str, bytes]") -> "set[str]":
    return {name for name in files if name.endswith(".py")}


@pytest.mark.usefixtures("_quiet")
def test_two_machines_make_the_same_archive(
    wheels: Path, require: Require, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scripts = {"reel": "reel:main"}  # whose first line names the interpreter
    make_wheel(wheels, "reel", "1.0", {"reel.py": "def main(): ..."}, scripts=scripts)
    folder = require("reel==1.0\n")
    one = code_archive(folder, installed_dependencies(folder, "python3.12"))

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another machine"))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another uv"))
    files = installed_dependencies(folder, "python3.12")

    assert code_archive(folder, files) == one
    assert not any(name.startswith("bin/") for name in files)
    assert b"bin/reel" not in files["reel-1.0.dist-info/RECORD"]
    assert b"reel.py" in files["reel-1.0.dist-info/RECORD"]


@pytest.mark.usefixtures("_quiet")
def test_what_has_not_changed_is_not_installed_again(
    wheels: Path, require: Require, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": ""})
    folder = require("reel==1.0\n")
    before = installed_dependencies(folder, "python3.12")

    def absent(_: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", absent)
    monkeypatch.setenv("PATH", "")
    assert installed_dependencies(folder, "python3.12") == before
    assert "add `uv`" in refusal(folder, "python3.10")
    (wheels / "reel-1.0-py3-none-any.whl").unlink()  # what it would be taken from now
    assert "add `uv`" in refusal(folder)


@pytest.mark.usefixtures("_quiet")
def test_an_included_file_counts(wheels: Path, require: Require) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": "NUMBER = 1\n"})
    make_wheel(wheels, "reel", "2.0", {"reel.py": "NUMBER = 2\n"})
    folder = require("-r sub/more.txt\n")
    (folder / "sub").mkdir()
    more = folder / "sub" / "more.txt"
    more.write_text("-c bounds.txt\nreel\n")
    bounds = folder / "sub" / "bounds.txt"
    for number in ("1", "2"):
        bounds.write_text(f"reel=={number}.0\n")
        found = installed_dependencies(folder, "python3.12")
        assert found["reel.py"] == f"NUMBER = {number}\n".encode()
    more.write_text("\n")
    assert installed_dependencies(folder, "python3.12") == {}


@pytest.mark.usefixtures("_quiet")
def test_a_folder_of_wheels_counts_by_its_content(wheels: Path, require: Require) -> None:
    folder = require("reel\n")
    for number in ("1", "2"):  # the same version built again
        make_wheel(wheels, "reel", "1.0", {"reel.py": f"NUMBER = {number}\n"})
        found = installed_dependencies(folder, "python3.12")
        assert found["reel.py"] == f"NUMBER = {number}\n".encode()
    make_wheel(wheels, "reel", "1.1", {"reel.py": "NUMBER = 3\n"})
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 3\n"


@pytest.mark.usefixtures("_quiet")
def test_another_place_of_packages_counts(
    wheels: Path, require: Require, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": "NUMBER = 1\n"})
    other = tmp_path / "other"
    other.mkdir()
    make_wheel(other, "reel", "1.0", {"reel.py": "NUMBER = 2\n"})
    folder = require("reel==1.0\n")
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 1\n"
    monkeypatch.setenv("PIP_FIND_LINKS", str(other))
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 2\n"
    monkeypatch.delenv("PIP_FIND_LINKS")
    for name in (wheels, other):  # uv's own file takes what is there then, whenever that is
        (folder / "uv.toml").write_text(f'find-links = ["{name}"]\n')
        number = 1 if name == wheels else 2
        found = installed_dependencies(folder, "python3.12")
        assert found["reel.py"] == f"NUMBER = {number}\n".encode()
    make_wheel(other, "reel", "1.0", {"reel.py": "NUMBER = 3\n"})
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 3\n"


@pytest.mark.usefixtures("_quiet", "wheels")
def test_requirements_that_name_nothing_install_nothing(require: Require) -> None:
    assert installed_dependencies(require("# later\n"), "python3.12") == {}


@pytest.mark.usefixtures("_quiet")
def test_a_cache_that_cannot_be_written_is_told(
    wheels: Path, require: Require, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = make_wheel(wheels, "reel", "1.0", {"reel.py": ""})
    monkeypatch.setenv("XDG_CACHE_HOME", str(wheel))

    sentence = refusal(require("reel==1.0\n"))
    assert sentence.endswith("make room or rights there, or set XDG_CACHE_HOME to another folder.")


@pytest.mark.usefixtures("_quiet", "wheels")
def test_a_wheel_beside_the_code_counts_by_its_content(code: Path, require: Require) -> None:
    make_wheel(code, "reel", "1.0", {"reel.py": "NUMBER = 1\n"})
    folder = require("./reel-1.0-py3-none-any.whl\n")
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 1\n"

    make_wheel(code, "reel", "1.0", {"reel.py": "NUMBER = 2\n"})
    assert installed_dependencies(folder, "python3.12")["reel.py"] == b"NUMBER = 2\n"


@pytest.mark.usefixtures("_quiet")
def test_hashes_are_honoured(wheels: Path, require: Require) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": ""})
    make_wheel(wheels, "spool", "1.0", {"spool.py": ""})

    wrong = refusal(require(f"reel==1.0 --hash=sha256:{'0' * 64}\n"))
    assert "ash mismatch" in wrong
    # As with pip, one hash asks for all.
    missing = refusal(require(f"reel==1.0 --hash=sha256:{'0' * 64}\nspool==1.0\n"))
    assert "spool" in missing
    assert "hash" in missing


@pytest.mark.usefixtures("_quiet")
def test_pips_constraints_hold_and_are_not_in_the_way_of_hashes(
    wheels: Path, require: Require, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "reel", "2.0", {"reel.py": "VERSION = 2.0\n"})
    older = make_wheel(wheels, "reel", "1.0", {"reel.py": "VERSION = 1.0\n"})
    (tmp_path / "constraints.txt").write_text("reel<2\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    files = installed_dependencies(require("reel\n"), "python3.12")
    assert files["reel.py"] == b"VERSION = 1.0\n"

    digest = hashlib.sha256(older.read_bytes()).hexdigest()
    pinned = require(f"reel==1.0 --hash=sha256:{digest}\n")
    assert installed_dependencies(pinned, "python3.12")["reel.py"] == b"VERSION = 1.0\n"


@pytest.mark.usefixtures("_quiet")
def test_a_package_without_a_wheel_is_refused_with_what_to_do(
    wheels: Path, require: Require
) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": ""}, tag="cp312-cp312-win_amd64")
    folder = require("reel==1.0\n")

    sentence = refusal(folder)

    assert sentence.startswith(
        f"{folder / 'requirements.txt'} cannot be installed for python3.12 (Python 3.12 on Debian "
        "11, Linux x86_64), from wheels only: "
    )
    assert "reel==1.0" in sentence
    assert "Choose a version that has a wheel for it, or build one" in sentence
    assert "\n" not in sentence


@pytest.mark.usefixtures("_quiet", "wheels")
def test_an_index_that_does_not_answer_is_told_without_its_password(
    require: Require, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://ci:s3cr3t@127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")

    sentence = refusal(require("absent==1.0\n"))

    assert "127.0.0.1:9" in sentence
    assert "s3cr3t" not in sentence


def test_open_versions_are_warned_of_with_what_was_installed(
    wheels: Path, require: Require, warnings: "list[str]"
) -> None:
    make_wheel(wheels, "reel", "1.5", {"reel.py": ""}, metadata="Requires-Dist: Spool_Up\n")
    make_wheel(wheels, "spool_up", "2.0", {"spool.py": ""})

    installed_dependencies(require("reel>=1.0\n"), "python3.12")
    (warning,) = warnings
    assert "leaves the versions of 2 packages open, and installed reel-1.5, spool_up-2.0" in warning

    installed_dependencies(require("reel==1.5 ; python_version > '3'\n"), "python3.12")
    assert "leaves the versions of 1 packages open, and installed spool_up-2.0" in warnings[1]


@pytest.mark.usefixtures("_quiet")
def test_a_file_of_the_code_and_of_a_package_is_refused(wheels: Path, require: Require) -> None:
    make_wheel(wheels, "reel", "1.0", {"index.py": ""})
    folder = require("reel==1.0\n")
    files = installed_dependencies(folder, "python3.12")

    with pytest.raises(pulumi.RunError) as refused:
        code_archive(folder, files)

    assert str(refused.value) == (
        f"codePath is {str(folder)!r} and has index.py, which its requirements install too: remove "
        "one of the two."
    )


def test_without_requirements_or_for_another_language_nothing_is_installed(
    code: Path, require: Require
) -> None:
    assert installed_dependencies(code, "python3.12") == {}
    require("reel==1.0\n")
    for runtime in ("nodejs20", "custom.debian12", "java11"):
        assert installed_dependencies(code, runtime) == {}


@pytest.mark.usefixtures("_quiet", "wheels")
def test_a_uv_on_path_will_do_and_no_password_that_it_tells_is_shown(
    require: Require, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: str) -> None:
        return None

    uv = tmp_path / "uv"
    uv.write_text(
        "#!/bin/sh\necho 'error: no way to https://ci:s3cr3t@one.example/simple' >&2; exit 2\n"
    )
    uv.chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", absent)
    monkeypatch.setenv("PATH", str(tmp_path))

    sentence = refusal(require("reel==1.0\n"))

    assert sentence.endswith("from wheels only: no way to https://***@one.example/simple")


@pytest.mark.usefixtures("wheels")
def test_without_uv_it_is_said_where_to_get_it(
    require: Require, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: str) -> None:
        return None

    monkeypatch.setattr("importlib.util.find_spec", absent)
    monkeypatch.setenv("PATH", "")

    assert "add `uv` to the requirements of the Pulumi program" in refusal(require("reel==1.0\n"))


def test_every_python_runtime_has_its_platform() -> None:
    assert PLATFORMS.keys() == {runtime for runtime in RUNTIMES if runtime.startswith("python")}


@pytest.mark.usefixtures("_quiet", "wheels")
def test_what_cannot_be_installed_is_said_before_anything_is_made(deploy: Deploy) -> None:
    Path("code/requirements.txt").write_text("absent==1.0\n")
    said: list[str] = []

    def program() -> None:
        with pytest.raises(pulumi.RunError) as refused:
            AsyncTask("task", {"code_path": "code", "runtime": "python3.12"})
        said.append(str(refused.value))

    assert deploy(program).in_the_cloud() == []
    assert "absent" in said[0]


def names_in(deployment: Any) -> "set[str]":
    data = base64.b64decode(deployment.inputs("V3Function")["code"]["zipFile"])
    return set(zipfile.ZipFile(io.BytesIO(data)).namelist())


@pytest.mark.parametrize("later", [False, True], ids=["known now", "known later"])
def test_a_function_has_its_requirements_unless_told_otherwise(
    deploy: Deploy, wheels: Path, later: bool
) -> None:
    make_wheel(wheels, "reel", "1.0", {"reel.py": ""})
    Path("code/requirements.txt").write_text("reel==1.0\n")

    def function(installs: "bool | None") -> TaskFunction:
        runtime = pulumi.Output.from_input("python3.12") if later else "python3.12"
        args: Any = {"code_path": "code", "role_arn": "acs:ram::1:role/a", "runtime": runtime}
        return TaskFunction("job", args | {"install_requirements": installs})

    assert "reel.py" in names_in(deploy(lambda: function(None)))
    assert "reel.py" in names_in(deploy(lambda: function(True)))
    assert "reel.py" not in names_in(deploy(lambda: function(False)))
