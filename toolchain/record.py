"""What `ensure()` found or made last, written down so that `find()` need not look again."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from toolchain import sources
from toolchain.cache import cache_folder

PLUGIN = "resource-alicloud-v4.0.0"
"""The provider's folder below `plugins` of a PULUMI_HOME."""

_DAY = 24 * 3600  # seconds


class ToolchainError(Exception):
    """The toolchain cannot be had; the text says what failed and what to do."""


@dataclass(frozen=True)
class Toolchain:
    """Where the parts are.

    pulumi: the engine's executable.
    path_entries: folders to put first on PATH (the language host lies in one of them).
    home: the PULUMI_HOME to set; None leaves the user's own.
    origin: for `engine` and `provider`: "installed", "downloaded" (by the official installer) or
        "built"; for `engine_version` and `provider_version` the versions.
    """

    pulumi: Path
    path_entries: tuple[Path, ...]
    home: Path | None
    origin: dict[str, str]

    def as_json(self) -> str:
        """The same, for programs that are not in Python."""
        return json.dumps(
            {
                "pulumi": str(self.pulumi),
                "path_entries": [str(entry) for entry in self.path_entries],
                "home": None if self.home is None else str(self.home),
                "origin": self.origin,
            },
            indent=2,
        )


def find() -> Toolchain | None:
    """What `ensure()` came to last, or None when it is gone or its sources have changed since.

    Reads a few small files and starts no process: under 20 ms.
    """
    try:
        written = json.loads(record_file().read_text(encoding="utf-8"))
        toolchain = Toolchain(
            pulumi=Path(written["pulumi"]),
            path_entries=tuple(Path(entry) for entry in written["path_entries"]),
            home=None if written["home"] is None else Path(written["home"]),
            origin=written["origin"],
        )
        stamp = written["stamp"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    if stamp != _stamp(toolchain):
        return None
    _mark_as_used(record_file())
    return toolchain


def _mark_as_used(file: Path) -> None:
    """Let the file's time tell, to the day, when it was used last: see toolchain/unused.py."""
    with suppress(OSError):  # a cache that may only be read is nobody's to clear either
        if time.time() - file.stat().st_mtime > _DAY:
            os.utime(file)


def write_down(toolchain: Toolchain) -> None:
    """Make `find()` give this toolchain from now on."""
    written = {**json.loads(toolchain.as_json()), "stamp": _stamp(toolchain)}
    target = record_file()
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(written, indent=2), encoding="utf-8")
    beside.replace(target)


def record_file() -> Path:
    """One record for each state of the sources: checkouts that differ do not fight over it."""
    return record_folder() / f"{sources.key('everything', sys.platform)}.json"


def record_folder() -> Path:
    """The folder of the records."""
    return cache_folder() / "found"


def _stamp(toolchain: Toolchain) -> dict[str, list[int] | None]:
    """Size and time of each executable: an upgraded or removed one makes the record worthless."""
    host = toolchain.pulumi.with_name("pulumi-language-python")
    home = toolchain.home or user_home()
    provider = home / "plugins" / PLUGIN / "pulumi-resource-alicloud"
    return {str(file): _size_and_time(file) for file in (toolchain.pulumi, host, provider)}


def _size_and_time(file: Path) -> list[int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return [status.st_size, status.st_mtime_ns]


def user_home() -> Path:
    """The user's own PULUMI_HOME; one of ours (inside `localcloud exec`) does not count as such."""
    named = os.environ.get("PULUMI_HOME")
    if named and cache_folder() not in Path(named).absolute().parents:
        return Path(named)
    return Path.home() / ".pulumi"
