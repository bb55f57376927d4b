"""Where a stack's state is no file, Pulumi's own program is asked for it."""

import json
from pathlib import Path

import pytest

from fctask.stacks import resources_of
from tests.unit.fctask.test_console_stack import STATE, project

__all__ = ["project"]


def test_other_backends_are_asked_through_pulumi(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    (tmp_path / "export.json").write_text(json.dumps({"deployment": {"resources": STATE}}))
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/export.json\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    assert [one.name for one in resources_of("dev", project)][1:] == ["task", "job", "task"]
    assert (tmp_path / "asked").read_text().split() == [
        "stack", "export", "--stack", "dev", "--non-interactive",
    ]  # fmt: skip
