"""Every example, as its README has it: brought up, seen at work, and taken down again.

Three examples at a time live on one localcloud; each test then looks at what its example did.
"""

import json
import shutil
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.account_contents import contents
from tests.e2e.example import Command, Life, commands_of, live
from tests.e2e.stack import BIN, ROOT
from tests.running_cloud import ACCOUNT_ID, REGION, RunningCloud

NAMES = (
    "guide",
    "shared_queue",
    "queue_of_another_stack",
    "pipeline",
    "own_role",
    "nightly",
)


@pytest.fixture(scope="module")
def lives(
    cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory
) -> Generator[dict[str, "Future[Life]"], None, None]:
    """All examples under way, each on a copy of its folder."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / ".venv").symlink_to(BIN.parent)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "examples", clone / "examples", ignore=ignored)
    with ThreadPoolExecutor(max_workers=3) as pool:
        # The slow one first: it waits for the minute of its timer.
        order = sorted(NAMES, key=lambda name: name != "nightly")
        yield {name: pool.submit(live, clone / "examples" / name, cloud.port) for name in order}


def arn_of(function: str) -> str:
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:functions/{function}"


def of(messages: Sequence[dict[str, Any]], function: str) -> dict[str, Any]:
    """The one message about a function."""
    (found,) = [one for one in messages if one["requestContext"]["functionArn"] == arn_of(function)]
    return found


def answer(message: dict[str, Any]) -> Any:
    """What the function returned, of a message about a success."""
    assert message["requestContext"]["condition"] == "", message
    return json.loads(message["responsePayload"])


def test_the_readmes_table_names_every_example() -> None:
    folders = {path.parent.name for path in (ROOT / "examples").glob("*/README.md")}
    assert folders == {*NAMES, "yaml"}  # which test_package.py lives through
    table = (ROOT / "examples" / "README.md").read_text()
    assert all(f"[{name}]({name})" in table for name in folders)


def test_the_guides_failure_is_in_the_queue(lives: dict[str, "Future[Life]"]) -> None:
    life = lives["guide"].result()
    (invoked,) = life.of("fctask", "invoke")
    assert invoked.exit_code == 10, invoked.text
    message = of(life.messages(), "example-guide")
    assert message["requestContext"]["condition"] == "InvocationError"
    assert message["requestContext"]["approximateInvokeCount"] == 2
    assert message["requestPayload"] == '{"failure":true}'
    said = json.loads(message["responsePayload"])["errorMessage"]
    assert said.startswith("Function timed out after 1 seconds"), said


def test_two_tasks_send_to_one_queue(lives: dict[str, "Future[Life]"]) -> None:
    messages = lives["shared_queue"].result().messages()
    assert len(messages) == 2
    assert answer(of(messages, "example-invoices")) == {"invoice": "INV-7", "total": 42}
    assert answer(of(messages, "example-thumbnails")) == {
        "thumbnail": "a.png",
        "width": 256,
        "height": 128,
    }


def test_a_task_sends_to_the_queue_of_another_stack(lives: dict[str, "Future[Life]"]) -> None:
    life = lives["queue_of_another_stack"].result()
    first, second = life.of("pulumi", "up")
    assert "ServiceQueue" in first.stdout
    assert "ServiceQueue" not in second.stdout  # the second stack makes no queue
    assert answer(of(life.messages(), "example-report")) == {"report": "sales"}


def test_the_second_stage_has_the_firsts_result(lives: dict[str, "Future[Life]"]) -> None:
    life = lives["pipeline"].result()
    (invoked,) = life.of("fctask", "invoke")
    first = json.loads(invoked.stdout)
    (message,) = life.messages()
    assert message["requestContext"]["functionArn"] == arn_of("example-load")
    assert answer(message) == {
        "of": first["requestId"],
        "counts": {"be": 2, "not": 1, "or": 1, "to": 2},
    }
    (listed,) = life.of("fctask", "list")
    (task,) = json.loads(listed.stdout)["tasks"]
    assert task["status"] == "Succeeded"
    assert task["requestId"] == message["requestContext"]["requestId"]


def test_the_task_runs_as_the_teams_own_role(
    lives: dict[str, "Future[Life]"], cloud: RunningCloud
) -> None:
    life = lives["own_role"].result()
    assert answer(of(life.messages(), "example-own-role")) == {"asRole": True}
    made = [one["parameters"] for one in cloud.requests() if one["operation"] == "CreateFunction"]
    (function,) = [one for one in made if one["functionName"] == "example-own-role"]
    assert function["role"] == f"acs:ram::{ACCOUNT_ID}:role/example-team-tasks"
    (up,) = life.of("pulumi", "up")
    assert "TaskRole" not in up.stdout  # the component made none


def test_the_timer_submits_the_task(lives: dict[str, "Future[Life]"]) -> None:
    life = lives["nightly"].result()
    message = of(life.messages(), "example-nightly")
    event = json.loads(message["requestPayload"])
    assert event["triggerName"] == "nightly"
    assert answer(message) == {"report": "sales", "for": event["triggerTime"]}
    (listed,) = life.of("fctask", "list")
    (task,) = json.loads(listed.stdout)["tasks"]
    assert task["status"] == "Succeeded"


def test_their_names_stand_beside_each_other_and_beside_the_demo(
    lives: dict[str, "Future[Life]"], cloud: RunningCloud
) -> None:
    for life in lives.values():
        life.result()
    made = [one["parameters"] for one in cloud.requests() if one["operation"] == "CreateFunction"]
    names = [one["functionName"] for one in made]
    assert len(names) == 8
    assert len(set(names)) == 8
    assert all(name.startswith("example-") for name in names), names


def test_every_example_is_destroyed(lives: dict[str, "Future[Life]"], cloud: RunningCloud) -> None:
    for name in NAMES:
        life = lives[name].result()
        assert len(life.of("pulumi", "destroy")) == len(commands_of_kind(name, "destroy"))
    assert contents(cloud) == set()


def commands_of_kind(name: str, verb: str) -> list[Command]:
    return [one for one in commands_of(ROOT / "examples" / name) if one.is_pulumi(verb)]
