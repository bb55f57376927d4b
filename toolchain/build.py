"""Builds the engine, its language host and the provider from Go modules, in one go command.

One module and one command for all three, so that the packages they share are compiled once, and
the linking of one goes on beside the compilation of another.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from toolchain import process, sources
from toolchain.cache import cache_folder, made_whole
from toolchain.go_command import Go
from toolchain.official import install_provider

TARGETS = {"engine": (sources.ENGINE, sources.HOST), "provider": (sources.PROVIDER,)}
"""What is compiled for each part: the language host has to lie beside its engine."""

SDK_SCRIPTS = ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python")
"""What the official distribution has beside its language host, from the SDK's Python folder."""


def engine_folder(go: Go) -> Path:
    """Where the engine that this Go makes of the present sources lies, or will."""
    return cache_folder() / f"engine-{_key('engine', go)}"


def home_folder(go: Go) -> Path:
    """The same for the PULUMI_HOME that holds the provider."""
    return cache_folder() / f"home-{_key('provider', go)}"


def _key(part: str, go: Go) -> str:
    return sources.key(part, go.version, sys.platform, platform.machine())


def download_modules(parts: Sequence[str], go: Go, log: Path, detail: Callable[[str], None]) -> int:
    """Download the modules that the parts need; gives the number of packages in them.

    Raises process.StepFailed.
    """
    packages = 0

    def count(line: str) -> None:
        nonlocal packages
        if line.startswith("go: downloading "):
            detail(line.removeprefix("go: downloading "))
        else:
            packages += 1

    command = [str(go.command), "list", "-deps", "-mod=readonly", *_targets(parts)]
    process.run(command, log=log, env=go.environment(), cwd=sources.GO_FOLDER, on_line=count)
    return packages


def compile_parts(
    parts: Sequence[str],
    go: Go,
    output: Path,
    log: Path,
    detail: Callable[[str], None],
    packages: int,
) -> None:
    """Compile the parts' executables into the folder `output`. Raises process.StepFailed."""
    compiled = 0

    def count(line: str) -> None:
        nonlocal compiled
        compiled += 1
        detail(f"{compiled} of at most {packages} packages: {line}")

    command = [str(go.command), "build", "-v", *sources.COMPILER_FLAGS, sources.linker_flags()]
    command += ["-o", f"{output}/", *_targets(parts)]
    process.run(command, log=log, env=go.environment(), cwd=sources.GO_FOLDER, on_line=count)


def _targets(parts: Sequence[str]) -> list[str]:
    return [target for part in parts for target in TARGETS[part]]


def lay_out_engine(compiled: Path, go: Go, log: Path) -> Path:
    """Make the engine's folder of what was compiled and the SDK's scripts; gives the executable.

    Raises process.StepFailed.
    """
    sdk: list[str] = []
    command = [str(go.command), "list", "-m", "-mod=readonly", "-f", "{{.Dir}}", sources.SDK_MODULE]
    process.run(command, log=log, env=go.environment(), cwd=sources.GO_FOLDER, on_line=sdk.append)
    target = engine_folder(go)
    with made_whole(target) as folder:
        for name in ("pulumi", "pulumi-language-python"):
            shutil.move(compiled / name, folder / name)
        for script in SDK_SCRIPTS:
            copy = folder / Path(script).name
            shutil.copyfile(Path(sdk[-1]) / "python" / script, copy)
            copy.chmod(0o755)
    return target / "pulumi"


def lay_out_home(compiled: Path, go: Go, engine: Path, log: Path) -> Path:
    """Make the PULUMI_HOME with the provider that was compiled, and its schema.

    Raises process.StepFailed.
    """
    plugin = compiled / "plugin"
    plugin.mkdir()
    executable = plugin / "pulumi-resource-alicloud"
    shutil.move(compiled / executable.name, executable)
    with (plugin / "schema.json").open("wb") as schema, log.open("ab") as kept:
        command = [str(executable), "-schema"]
        done = subprocess.run(command, stdout=schema, stderr=kept, check=False)
    if done.returncode != 0:
        raise process.StepFailed(command, done.returncode, ["the provider gives no schema"])
    target = home_folder(go)
    with made_whole(target) as folder:
        install_provider(engine, folder, log, built=plugin)
    return target
