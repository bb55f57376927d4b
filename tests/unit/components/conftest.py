"""What the tests of the components share: a folder with code, and a program run on mocks."""

from pathlib import Path

import fc_async_tasks.function
import pytest

from tests.unit.components.deployment import Deploy, deploy_on_mocks


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
