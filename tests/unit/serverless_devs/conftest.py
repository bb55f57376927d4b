"""What the tests of the conversion share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.serverless_devs.sample import Sample

MakeSample = Callable[..., Sample]


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSample:
    """Make a project of Serverless Devs: `sample(text, STAGE="prod")`, the rest its environment."""
    monkeypatch.setenv("TF_SKIP_RESOURCE_SCHEMA_VALIDATION", "true")

    def made(text: str, **environment: str) -> Sample:
        return Sample(tmp_path, text, environment)

    return made
