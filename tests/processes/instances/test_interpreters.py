"""Which interpreter is chosen for a runtime, and how they are found."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from localcloud.fc.instances import interpreters
from localcloud.fc.instances.interpreters import Interpreter, choose, find, own_interpreter

OWN = Interpreter("/own", (3, 11, 7))


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "own_interpreter", lambda: OWN)


def found(*versions: tuple[int, int, int]) -> list[Interpreter]:
    return [Interpreter(f"/python{version}", version) for version in versions]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("runtime", "versions", "sentence"),
    [
        ("python3", [(3, 6, 15), (3, 12, 1)], "python 3.6.15"),
        ("python3", [(3, 7, 1), (3, 12, 1)], "python 3.11.7 (stands in for 3.6)"),
        ("python3.9", [(3, 9, 2), (3, 9, 18), (3, 10, 1)], "python 3.9.18"),
        ("python3.9", [(3, 6, 15), (3, 10, 13)], "python 3.10.13 (stands in for 3.9)"),
        ("python3.10", [], "python 3.11.7 (stands in for 3.10)"),
        ("python3.12", [(3, 13, 0)], "python 3.13.0 (stands in for 3.12)"),
        ("python3.12", [(3, 9, 1)], "python 3.11.7 (stands in for 3.12)"),
    ],
)
def test_the_same_version_else_the_next_newer_one_stands_in(
    runtime: str, versions: list[tuple[int, int, int]], sentence: str
) -> None:
    choice = choose(runtime, found(*versions))
    assert choice is not None
    assert choice.sentence == sentence


def test_what_is_no_python_runtime_has_no_interpreter() -> None:
    assert choose("nodejs20", found((3, 12, 1))) is None


def test_the_own_interpreter_is_the_base_one_and_not_the_virtual_environments() -> None:
    own = own_interpreter()
    assert own.version == sys.version_info[:3]
    assert not (Path(own.path).parent.parent / "pyvenv.cfg").exists()


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_candidates_are_run_once_and_shims_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "real" / "python3.11"
    real.parent.mkdir()
    real.symlink_to(own_interpreter().path)
    shims = tmp_path / "shims"
    executable(shims / "python3.7", "#!/bin/sh\ntouch shim-was-run\n")
    broken = executable(tmp_path / "broken" / "python3.8", "\x7fELF and nothing more")
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, (real.parent, shims, broken.parent))))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    memory = tmp_path / "interpreters.json"
    first = asyncio.run(find(memory))
    assert own_interpreter() in first
    assert not any("shims" in one.path or "broken" in one.path for one in first)

    async def never(path: str) -> None:
        raise AssertionError(f"{path} was asked again")

    monkeypatch.setattr(interpreters, "_ask", never)
    assert asyncio.run(find(memory)) == first


def test_a_memory_that_is_no_json_is_asked_anew(tmp_path: Path) -> None:
    memory = tmp_path / "interpreters.json"
    memory.write_text("{")
    assert own_interpreter().version[:2] in {one.version[:2] for one in asyncio.run(find(memory))}
    assert memory.read_text().startswith('{"/')
