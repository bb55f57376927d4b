"""A handler's dependencies: requirements.txt beside the code, installed for Function Compute.

Function Compute runs functions on Linux x86_64 with an interpreter of its own. So packages are
taken as wheels for that platform and that Python, whatever machine `pulumi` runs on; a package that
has none is refused. What was installed is kept in the user's cache by all that decides it
(installation_key.py), so that a preview of unchanged requirements needs no network and gives the
same bytes.

It is done by uv, as pip reads the conditions of requirements (`; sys_platform == "linux"`) for
the machine it runs on, and uv for the one it installs for. Indexes are pip's: package_index.py.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pulumi

from .archive import write_archive
from .installation_key import installation_key, requirements_texts
from .package_index import uv_environment

REQUIREMENTS = "requirements.txt"
"""The file whose packages are installed into the code archive."""

_FORMAT = "2"  # of the cache: another way to install is another number
_PATIENCE = 900  # seconds for one installation


class Platform(NamedTuple):
    """What packages are installed for: a version of Python, and a platform as uv names it."""

    python: str
    name: str
    words: str


# "Runtimes" of Function Compute: the system of each, all of them x86_64. Debian 9 has glibc 2.24,
# below which the next set of wheels that uv knows is manylinux2014.
PLATFORMS: Mapping[str, Platform] = {
    "python3": Platform("3.6", "x86_64-manylinux2014", "Debian 9"),
    "python3.9": Platform("3.9", "x86_64-manylinux2014", "Debian 9"),
    "python3.10": Platform("3.10", "x86_64-manylinux_2_28", "Debian 10"),
    "python3.12": Platform("3.12", "x86_64-manylinux_2_31", "Debian 11"),
}
"""The platform of each runtime that requirements are installed for."""


def installed_dependencies(folder: Path, runtime: str) -> "dict[str, bytes]":
    """Give the files that a code folder's requirements.txt installs, by their names in the archive.

    Nothing without that file, or for a runtime that is not Python's. Raises pulumi.RunError with
    one sentence if uv is missing, the file cannot be read, or a package cannot be installed.
    """
    package = install_dependencies(folder, runtime)
    if package is None:
        return {}
    with zipfile.ZipFile(package) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    _warn_of_what_is_open(folder / REQUIREMENTS, files)
    return files


def install_dependencies(folder: Path, runtime: str) -> "Path | None":
    """Install what requirements.txt names, unless that is done; give the archive in the cache.

    It is done each time where what decides cannot be known beforehand. None, and an error, as
    `installed_dependencies`.
    """
    requirements = folder / REQUIREMENTS
    platform = PLATFORMS.get(runtime)
    if platform is None or not requirements.is_file():
        return None
    environ = {**os.environ, **uv_environment(os.environ)}
    key = installation_key(requirements, (_FORMAT, platform.python, platform.name), environ)
    package = _cache_folder() / f"{key.text}.zip"
    if key.is_whole and package.is_file():
        return package
    try:
        _install(requirements, runtime, platform, package, environ)
    except OSError as error:
        raise pulumi.RunError(
            f"{requirements} cannot be installed into {package.parent} ({error}): make room or "
            "rights there, or set XDG_CACHE_HOME to another folder."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise pulumi.RunError(
            f"{requirements} could not be installed in {_PATIENCE} seconds: is the package index "
            "within reach?"
        ) from error
    return package


def requirements_refusals(settings: Mapping[str, object]) -> "list[str]":
    """Give a sentence where requirements are asked for, and no runtime could have them."""
    runtime, path = settings.get("runtime"), settings.get("code_path")
    if settings.get("install_requirements") is not True or not isinstance(runtime, str):
        return []
    if runtime not in PLATFORMS:
        return [
            f"installRequirements is true with runtime {runtime!r}: requirements are installed for "
            f"{', '.join(PLATFORMS)}; leave it out."
        ]
    if isinstance(path, str) and Path(path).is_dir() and not (Path(path) / REQUIREMENTS).is_file():
        return [f"installRequirements is true, but {path!r} has no {REQUIREMENTS}: write one."]
    return []


def _cache_folder() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The XDG specification has relative paths ignored.
    base = root if root.is_absolute() else Path.home() / ".cache"
    return base / "fc-async-tasks" / "dependencies"


def _install(
    requirements: Path,
    runtime: str,
    platform: Platform,
    package: Path,
    environ: Mapping[str, str],
) -> None:
    uv = _uv(requirements)
    pulumi.log.info(f"Installing {requirements} for {runtime}: once, until it changes.")
    package.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=package.parent, prefix=".installing-") as made:
        target = Path(made) / "target"
        command = [uv, "pip", "install", "--quiet", "--no-progress", "--target", str(target)]
        command += ["--python", sys.executable, "--python-version", platform.python]
        command += ["--python-platform", platform.name, "--only-binary", ":all:"]
        if not environ.get("UV_OFFLINE"):
            command.append("--refresh")  # uv would take a wheel that was built again for the first
        if any("--hash=" in text for text in requirements_texts(requirements)):
            command.append("--require-hashes")  # as pip does once there is one
            if "UV_CONSTRAINT" not in os.environ:
                # pip's own: uv would refuse it without hashes, and all versions are pinned anyway
                environ = {name: environ[name] for name in environ if name != "UV_CONSTRAINT"}
        command += ["--requirement", REQUIREMENTS]
        ended = subprocess.run(
            command,
            cwd=requirements.parent,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        if ended.returncode:
            raise pulumi.RunError(_refusal(requirements, runtime, platform, ended.stderr))
        whole = Path(made) / "whole.zip"
        whole.write_bytes(write_archive(_installed(target)))
        whole.replace(package)


def _uv(requirements: Path) -> str:
    if importlib.util.find_spec("uv") is not None:
        beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
        if beside.is_file():
            return str(beside)
    if found := shutil.which("uv"):
        return found
    raise pulumi.RunError(
        f"{requirements} is to be installed by uv, which is neither in this Python environment nor "
        "on PATH: add `uv` to the requirements of the Pulumi program, or set installRequirements "
        "to false."
    )


def _refusal(requirements: Path, runtime: str, platform: Platform, said: str) -> str:
    # An address may hold the password of an index.
    lines = re.sub(r"//[^/@\s]+@", "//***@", said).splitlines()
    told = (re.sub(r"^\W*(?:error|cause)?\W*", "", line).strip() for line in lines)
    reason = " ".join(line for line in told if line and not line.startswith("hint:"))
    sentence = (
        f"{requirements} cannot be installed for {runtime} (Python {platform.python} on "
        f"{platform.words}, Linux x86_64), from wheels only: {reason}"
    )
    if "no usable wheels" in reason or "no wheels" in reason:
        sentence += (
            " Choose a version that has a wheel for it, or build one and name its folder in "
            f"{REQUIREMENTS} with --find-links."
        )
    return sentence


# What differs between two installations of the same packages, or is of no use to a function:
# scripts name the interpreter of the machine they were installed on.
_LEFT_OUT_FOLDERS = ("bin", "Scripts", "__pycache__")
_LEFT_OUT_FILES = ("INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")


def _installed(target: Path) -> "dict[str, bytes]":
    files: dict[str, bytes] = {}
    for path in target.rglob("*"):
        name = path.relative_to(target)
        if not path.is_file() or _is_left_out(name):
            continue
        data = path.read_bytes()
        files[name.as_posix()] = _record(data) if _of_dist_info(name, "RECORD") else data
    return files


def _is_left_out(name: Path) -> bool:
    return (
        name.parts[0] in _LEFT_OUT_FOLDERS
        or "__pycache__" in name.parts
        or name.as_posix() == ".lock"
        or any(_of_dist_info(name, file) for file in _LEFT_OUT_FILES)
    )


def _of_dist_info(name: Path, file: str) -> bool:
    return name.name == file and name.parent.name.endswith(".dist-info")


def _record(data: bytes) -> bytes:
    """Give a RECORD without what is left out, and in order."""
    lines = data.decode().splitlines()
    kept = [line for line in lines if not _outside(line.split(",")[0].strip('"'))]
    return "".join(f"{line}\n" for line in sorted(kept)).encode()


def _outside(name: str) -> bool:
    return name.startswith("..") or _is_left_out(Path(name))


_PINNED = re.compile(
    r"^\s*([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*===?\s*[^*\s,;]+\s*(?:[;\\#]|--|$)"
)


def _warn_of_what_is_open(requirements: Path, files: Mapping[str, bytes]) -> None:
    """Say which packages no line names the version of: another machine may get another."""
    texts = requirements_texts(requirements)
    matches = (_PINNED.match(line) for text in texts for line in text.splitlines())
    pinned = {_normal(match[1]) for match in matches if match}
    folders = {name.split("/")[0] for name in files}
    dists = sorted(each.removesuffix(".dist-info") for each in folders if ".dist-info" in each)
    free = [dist for dist in dists if _normal(dist.rpartition("-")[0]) not in pinned]
    if free:
        pulumi.log.warn(
            f"{requirements} leaves the versions of {len(free)} packages open, and installed "
            f"{', '.join(free[:5])}{' ...' if len(free) > 5 else ''}: another machine may get "
            "others, and its preview then shows a change of code. Name each with ==, as "
            "`uv pip compile` does."
        )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
