"""`localcloud settings` prints what the stacks of this repository have, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from localcloud.cli.commands import app

ROOT = Path(__file__).parents[4]
LOCAL_STACKS = [ROOT / "Pulumi.dev.yaml", *sorted((ROOT / "examples").rglob("Pulumi.dev.yaml"))]


def printed() -> str:
    done = CliRunner().invoke(app, ["settings"])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("file", LOCAL_STACKS, ids=lambda file: str(file.relative_to(ROOT)))
def test_it_prints_what_the_stacks_of_this_repository_have(file: Path) -> None:
    config: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    provider = {key: value for key, value in config.items() if key.startswith("alicloud:")}
    assert yaml.safe_load(printed()) == {"config": provider}


def test_it_can_be_appended_to_what_pulumi_has_written() -> None:
    both = yaml.safe_load("encryptionsalt: v1:abc\n" + printed())
    assert sorted(both) == ["config", "encryptionsalt"]


def test_it_says_where_it_belongs() -> None:
    comment = [line for line in printed().splitlines() if line.startswith("#")]
    assert "Pulumi.<stack>.yaml, under its `config:`" in " ".join(comment)
