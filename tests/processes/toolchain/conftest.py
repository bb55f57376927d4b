"""What these tests share: a machine of their own, with fakes on PATH and nothing else."""

from pathlib import Path

import pytest

from tests.processes.toolchain.fakes import Fakes
from toolchain import official

NOWHERE = "http://127.0.0.1:9"
"""A proxy that nothing listens at: what goes through it fails at once."""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fakes:
    """A user's home and cache that are empty, a PATH of fakes, and no way to the internet."""
    fakes = Fakes(tmp_path / "fakes")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(fakes.bin))
    monkeypatch.setenv("https_proxy", NOWHERE)
    monkeypatch.setenv("HTTPS_PROXY", NOWHERE)
    for variable in ("PULUMI_HOME", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(official, "REACH", 5.0)
    return fakes


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """The project's folder in the machine's cache."""
    return tmp_path / "cache" / "fc-async-tasks"
