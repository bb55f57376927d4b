"""What the tests of the components share: a folder with code, a program run on mocks, a stack."""

import importlib
from pathlib import Path

import fc_async_tasks.function
import pytest
from fc_async_tasks.recovery import lock
from fc_async_tasks.recovery.processes import Process

from tests.unit.components.deployment import Deploy, deploy_on_mocks
from tests.unit.components.recovery_double import DoubledStack


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deploy:
    """Run a program on the mocks: `deploy(program, preview=False)` gives what it did.

    The working folder has the guide's handler in `code`; the provider's own range checks count as
    softened, and the warning about them as not yet given.
    """
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context):\n    return event\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", "true")
    monkeypatch.setattr(fc_async_tasks.function, "_warned_of_the_age", False)
    return deploy_on_mocks


@pytest.fixture
def orphans_ended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filled when recovery ends orphans; none run."""
    ended: list[str] = []

    def end(_: object) -> int:
        ended.append("looked")
        return 0

    # The package's own `recover` is the function.
    room = importlib.import_module("fc_async_tasks.recovery.recover")
    monkeypatch.setattr(room, "end_orphans", end)
    return ended


@pytest.fixture
def stack(orphans_ended: list[str], monkeypatch: pytest.MonkeyPatch) -> DoubledStack:
    """A stack with a provider and nothing else, on a machine where nothing runs."""
    assert orphans_ended == []
    monkeypatch.setattr(lock, "running", dict[int, Process])
    return DoubledStack().begin()
