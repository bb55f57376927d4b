"""What runs a function: ready before its first call, or said to be missing at once."""

import json
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract.task_stack import TaskStack, trail, wait_until
from tests.running_cloud import RunningCloud, running_cloud


def templates(cloud: RunningCloud) -> list[str]:
    """The template processes of a localcloud: its children that run the runtime's start."""
    listing = subprocess.run(
        ["ps", "-axww", "-o", "ppid=,command="], capture_output=True, text=True, check=True
    )
    parent = str(cloud.process.pid)
    lines = [line.split(None, 1) for line in listing.stdout.splitlines()]
    return [line[1] for line in lines if line[0] == parent and "runtime/start.py" in line[1]]


def test_a_template_is_ready_before_the_first_call_and_none_runs_without_a_function(
    fresh_cloud: RunningCloud,
) -> None:
    stack = TaskStack(fresh_cloud)
    assert templates(fresh_cloud) == []
    job = stack.function()
    wait_until(lambda: len(templates(fresh_cloud)) == 1)
    fresh_cloud.kill()
    fresh_cloud.restart()
    wait_until(lambda: len(templates(fresh_cloud)) == 1)
    assert stack.wait(job, stack.submit(job)).status == "Succeeded"
    assert len(templates(fresh_cloud)) == 1


@pytest.fixture
def without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[RunningCloud]:
    """A localcloud that finds no node, as on a machine that has none."""
    folders = [one for one in os.environ["PATH"].split(os.pathsep) if one]
    empty = [one for one in folders if not (Path(one) / "node").exists()]
    monkeypatch.setenv("PATH", os.pathsep.join(empty))
    with running_cloud(tmp_path) as cloud:
        monkeypatch.undo()
        yield cloud


def test_a_runtime_that_is_not_on_this_machine_is_told_at_once(without_node: RunningCloud) -> None:
    stack = TaskStack(without_node)
    job = stack.function(runtime="nodejs20", retries=8)
    assert f"function {job} cannot run here: runtime nodejs20 needs node" in without_node.stderr()
    task = stack.wait(job, stack.submit(job), seconds=5)
    assert trail(task) == ["Enqueued", "Dequeued", "Running", "Failed"]
    assert (task.already_retried_times, task.task_error_message) == (0, "UnhandledInvocationError")
    payload = json.loads(task.return_payload)
    assert payload["errorType"] == "RuntimeNotSupported"
    for part in ("nodejs20", "node 14 or newer on PATH", "install it"):
        assert part in payload["errorMessage"]
    assert json.loads(task.events[-1].event_detail)["ErrorMessage"] == payload["errorMessage"]
