"""Outputs of a stack: read from the backend's own file, or asked for and kept for a moment."""

import json
import os
import stat
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from fctask.cli.session import Session
from fctask.errors import NoSuchStack, TargetError
from fctask.stacks import KEPT, outputs_of
from fctask.target import target_of_stack

OUTPUTS = {"accountId": "123", "region": "cn-hangzhou", "functionName": "job", "queueName": None}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text('# name: not this\nname: "my-tasks"  # but this\n')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    return folder


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """A stand-in for `pulumi` that gives OUTPUTS with a number; what it was asked."""
    program, calls = tmp_path / "bin" / "pulumi", tmp_path / "calls"
    program.parent.mkdir()
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        f"calls = open({str(calls)!r}, 'a+')\n"
        "print(json.dumps(sys.argv[1:]), file=calls)\n"
        "calls.flush(); calls.seek(0)\n"
        "if sys.argv[5] == 'none': sys.exit(\"error: no stack named 'none' found\")\n"
        f"print(json.dumps({{**{OUTPUTS!r}, 'asked': len(calls.readlines())}}))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return lambda: [json.loads(line) for line in calls.read_text().splitlines()]


def write_state(backend: Path, outputs: Mapping[str, object]) -> None:
    state = backend / ".pulumi" / "stacks" / "my-tasks" / "dev.json"
    state.parent.mkdir(parents=True, exist_ok=True)
    resource = {"type": "pulumi:pulumi:Stack", "outputs": outputs}
    state.write_text(
        json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [resource]}}})
    )


def test_a_folder_backend_is_read_without_pulumi_and_never_stale(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = tmp_path / "with space"
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{backend}")
    monkeypatch.setenv("PATH", "")  # no pulumi
    write_state(backend, OUTPUTS)
    below = project / "some" / "folder"
    below.mkdir(parents=True)
    assert outputs_of("dev", below) == OUTPUTS
    assert outputs_of("organization/my-tasks/dev", project) == OUTPUTS
    write_state(backend, {**OUTPUTS, "functionName": "renamed"})
    assert target_of_stack("dev", project, fresh=False).function_name == "renamed"


def test_a_stack_that_is_not_up_is_told(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    write_state(tmp_path, {})
    with pytest.raises(TargetError, match="pulumi up"):
        target_of_stack("dev", project)


def test_a_secret_output_is_left_to_pulumi(
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    asked: Callable[[], list[list[str]]],
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{tmp_path}")
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    write_state(tmp_path, {**OUTPUTS, "password": {**secret, "ciphertext": "v1:x"}})
    assert outputs_of("dev", project)["asked"] == 1
    assert len(asked()) == 1


def test_an_answer_of_pulumi_serves_those_who_only_look_for_a_minute(
    project: Path, asked: Callable[[], list[list[str]]], tmp_path: Path
) -> None:
    assert outputs_of("dev", project, fresh=False)["asked"] == 1
    assert outputs_of("dev", project, fresh=False)["asked"] == 1
    assert outputs_of("dev", project, fresh=True)["asked"] == 2  # one that acts asks
    assert outputs_of("dev", project, fresh=False)["asked"] == 2  # and the others know it, too
    assert outputs_of("prod", project, fresh=False)["asked"] == 3  # another stack
    (tmp_path / "pulumi").mkdir()
    (tmp_path / "pulumi" / "credentials.json").write_text("{}")  # another login
    assert outputs_of("dev", project, fresh=False)["asked"] == 4
    kept = list((tmp_path / "cache" / "fctask").iterdir())
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept} == {0o600}
    old = time.time() - KEPT - 1
    for one in kept:
        os.utime(one, (old, old))
    assert outputs_of("dev", project, fresh=False)["asked"] == 5
    assert asked()[0] == ["stack", "output", "--json", "--stack", "dev", "--non-interactive"]


def test_commands_that_act_have_pulumi_asked_anew(
    project: Path, asked: Callable[[], list[list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    for acts, times in ((False, 1), (False, 1), (True, 2), (True, 3), (False, 3)):
        assert Session(acts=acts, as_json=False, stack="dev").target.function_name == "job"
        assert len(asked()) == times


def test_no_such_stack_has_pulumis_own_words(
    project: Path, asked: Callable[[], list[list[str]]]
) -> None:
    with pytest.raises(NoSuchStack, match="stack none: no stack named 'none' found"):
        outputs_of("none", project)
    assert len(asked()) == 1


def test_without_pulumi_it_is_said_what_to_do(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(TargetError, match="--function"):
        outputs_of("dev", project)
