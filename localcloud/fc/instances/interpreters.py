"""Which interpreter runs which runtime: found by running the candidates, remembered in a file."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON_RUNTIMES = ("python3", "python3.9", "python3.10", "python3.12")
_MEANT = {"python3": (3, 6)}  # FC's python3 is Python 3.6
_OLDEST, _NEWEST = 6, 20
_QUESTION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
_PATIENCE = 5  # seconds that a candidate gets to answer

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python that was seen running."""

    path: str
    version: Version

    @property
    def number(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))


@dataclass(frozen=True, slots=True)
class Choice:
    """The interpreter for a runtime. `stands_in_for` is the version that was not found, or ""."""

    interpreter: Interpreter
    stands_in_for: str = ""

    @property
    def sentence(self) -> str:
        """For health, the start-up line and logs."""
        said = f"python {self.interpreter.number}"
        return f"{said} (stands in for {self.stands_in_for})" if self.stands_in_for else said


def own_interpreter() -> Interpreter:
    """The base interpreter of the one that runs localcloud (not the virtual environment's)."""
    path = getattr(sys, "_base_executable", None) or sys.executable
    return Interpreter(os.path.realpath(path), sys.version_info[:3])


def choose(runtime: str, found: Iterable[Interpreter]) -> Choice | None:
    """The interpreter for a Python runtime of FC, or None for a name that is no such runtime.

    The same version, else the next newer one that was found, else the newest.
    """
    if runtime not in PYTHON_RUNTIMES:
        return None
    wanted = _MEANT.get(runtime) or (3, int(runtime.removeprefix("python3.")))
    best: dict[tuple[int, int], Interpreter] = {}
    for interpreter in (*found, own_interpreter()):
        minor = interpreter.version[:2]
        if minor not in best or best[minor].version < interpreter.version:
            best[minor] = interpreter
    if wanted in best:
        return Choice(best[wanted])
    number = f"{wanted[0]}.{wanted[1]}"
    if runtime == "python3":  # nearly any Python 3 runs what was written for 3.6
        return Choice(own_interpreter(), number)
    newer = sorted(minor for minor in best if minor > wanted)
    return Choice(best[newer[0] if newer else max(best)], number)


async def find(memory: Path) -> list[Interpreter]:
    """Every working CPython 3 from 3.6 on, by running the candidates; `memory` caches the answers.

    A candidate that was asked before and has not changed since is not run again.
    """
    known = _remembered(memory)
    stamps = {path: stamp for path in candidates() if (stamp := _stamp(path))}
    new = [path for path, stamp in stamps.items() if known.get(path, ("", None))[0] != stamp]
    answers = await asyncio.gather(*map(_ask, new))
    for path, version in zip(new, answers, strict=True):
        known[path] = (stamps[path], version)
    if new:
        _remember(memory, {path: known[path] for path in stamps})
    return [
        Interpreter(path, version)
        for path in stamps
        if (version := known[path][1]) is not None and version[:2] >= (3, _OLDEST)
    ]


def candidates() -> list[str]:
    """Real files (links resolved) that may be interpreters: PATH, pyenv, uv, Homebrew, python.org.

    Scripts are left out: pyenv's shims exist for every version and work for the chosen ones only.
    """
    home = Path.home()
    names = [f"python3.{minor}" for minor in range(_OLDEST, _NEWEST)]
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    folders += [Path(folder) for folder in ("/usr/local/bin", "/usr/bin", "/opt/homebrew/bin")]
    paths = [folder / name for folder in folders for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or home / ".local/share/uv/python")
    frameworks = Path("/Library/Frameworks/Python.framework/Versions")
    for folder in (pyenv / "versions", uv, frameworks):
        paths += folder.glob("*/bin/python3.[0-9]*")
    found: dict[str, None] = {}
    for path in paths:
        if re.fullmatch(r"python3\.\d+", path.name) and path.is_file():
            real = os.path.realpath(path)
            if not _is_script(real) and not (Path(real).parent.parent / "pyvenv.cfg").exists():
                found[real] = None
    return list(found)


def _is_script(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def _stamp(path: str) -> str:
    try:
        status = Path(path).stat()
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size}"


async def _ask(path: str) -> Version | None:
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            "-I",
            "-S",
            "-c",
            _QUESTION,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return None
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _PATIENCE)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
        return None
    numbers = re.fullmatch(rb"(\d+)\.(\d+)\.(\d+)\s*", said)
    if process.returncode != 0 or numbers is None:
        return None
    return int(numbers[1]), int(numbers[2]), int(numbers[3])


def _remembered(memory: Path) -> dict[str, tuple[str, Version | None]]:
    try:
        lines: dict[str, Any] = json.loads(memory.read_text())
        return {
            str(path): (str(stamp), (int(v[0]), int(v[1]), int(v[2])) if v else None)
            for path, (stamp, v) in lines.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, IndexError):
        return {}  # none yet, or not ours: asked again


def _remember(memory: Path, known: dict[str, tuple[str, Version | None]]) -> None:
    fresh = memory.with_suffix(".new")
    fresh.write_text(json.dumps(known))
    fresh.replace(memory)
