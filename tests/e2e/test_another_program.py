"""docs/components.md followed in an empty folder: its program, `localcloud settings`, and up."""

import re
from pathlib import Path

import pytest

from tests.e2e.stack import BIN, ROOT, Stack, run
from tests.running_cloud import RunningCloud

PAGE = (ROOT / "docs" / "components.md").read_text()
SETTINGS = "localcloud settings >> Pulumi.dev.yaml"


def block(language: str, words: str) -> str:
    """The page's block in a language that has these words in it."""
    found = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return next(text for text in found if words in text)


@pytest.fixture
def another(cloud: RunningCloud, tmp_path: Path) -> Stack:
    """The page's program, which is in no checkout and has no stack yet."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text("def handler(event, context):\n    return 'done'\n")
    (tmp_path / "__main__.py").write_text(block("python", "from fc_async_tasks import"))
    (tmp_path / "Pulumi.yaml").write_text(block("yaml", "virtualenv: .venv"))
    (tmp_path / ".venv").symlink_to(BIN.parent)  # the components are installed in it
    return Stack(tmp_path, cloud.port)


def test_another_program_lives_on_the_local_cloud(another: Stack, cloud: RunningCloud) -> None:
    warned = another.pulumi("preview")
    assert "no stack named 'dev'" in warned.text, "it has none before it has settings"
    assert f"`{SETTINGS}`" in warned.text

    assert SETTINGS in PAGE
    done = run(["sh", "-c", f"{BIN}/{SETTINGS}"], another.folder, {})
    assert done.exit_code == 0, done.text

    assert another.preview() == {"create": 15}
    assert "real Alibaba Cloud" not in another.up().text
    assert another.outputs()["queueName"] == "thumbnails-results"
    assert another.preview() == {"same": 15}
    assert "CreateFunction" in [request["operation"] for request in cloud.requests()]
    another.destroy()
