"""fctask on the guide's stack: named by --stack, from failure to redrive."""

import json
import re
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.contract.console.serving import serving
from tests.e2e.stack import Ran, Stack
from tests.fctask_program import PROGRAM, Fctask, environment_of
from tests.running_cloud import RunningCloud

pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def provisioned(stack: Stack) -> Generator[Stack, None, None]:
    """The guide's stack, up; destroyed at the end."""
    stack.set("timeout", "1")
    stack.up()
    yield stack
    stack.destroy()


def fctask(stack: Stack, *words: str) -> Ran:
    return stack.exec(str(PROGRAM), *words, "--stack", stack.name)


def test_the_guides_failing_task_from_invoke_to_redrive(provisioned: Stack) -> None:
    failed = fctask(provisioned, "invoke", "-e", '{"failure":true}', "--wait", "--json")
    assert failed.exit_code == 10, failed.text
    task = json.loads(failed.stdout)
    assert (task["status"], task["alreadyRetriedTimes"]) == ("Failed", 1)

    listed = fctask(provisioned, "list", "--status", "Failed")
    assert task["taskId"] in listed.stdout
    assert "timed out after 1 seconds" in listed.stdout

    deadline = time.monotonic() + 20  # Log Service shows lines some time after they were written
    lines: list[str] = []
    while sum(line.startswith("FC Invoke End") for line in lines) < 2:
        assert time.monotonic() < deadline, lines
        told = fctask(provisioned, "logs", task["taskId"], "--json")
        assert told.exit_code == 0, told.text
        lines = [line["message"] for line in json.loads(told.stdout)["lines"]]

    peeked = json.loads(fctask(provisioned, "messages", "peek", "--json").stdout)
    assert peeked["messages"][0]["body"]["requestContext"]["requestId"] == task["requestId"]

    done = fctask(provisioned, "redrive", "--yes", "--json")
    assert done.exit_code == 0, done.text
    (message,) = [one for one in json.loads(done.stdout)["messages"] if one["done"] == "redriven"]
    assert message["taskId"] == f"redrive-{task['requestId']}"
    watched = fctask(provisioned, "watch", message["taskId"], "--json")
    assert json.loads(watched.stdout)["taskPayload"] == '{"failure":true}'


def test_list_does_not_wait_for_pulumi(provisioned: Stack, tmp_path: Path) -> None:
    ran = provisioned.exec("env", f"PATH={tmp_path}", str(PROGRAM), "list", "--stack", "dev")
    assert ran.exit_code == 0, ran.text  # no pulumi on the PATH: the backend's file is enough


def test_no_such_stack_is_pulumis_own_sentence(provisioned: Stack) -> None:
    ran = provisioned.exec(str(PROGRAM), "list", "--stack", "nowhere", "--json")
    assert ran.exit_code == 5, ran.text
    error = json.loads(ran.stderr.splitlines()[-1])["error"]
    assert error["kind"] == "NoSuchStack"
    assert "no stack named 'nowhere'" in error["message"]


def test_the_console_draws_the_stacks_resources_and_what_they_need(
    provisioned: Stack, cloud: RunningCloud
) -> None:
    program = Fctask(environment_of(cloud), ("--stack", provisioned.name), provisioned.folder)
    console = serving(program)
    console.let_in()
    page = console.send("GET", "/stack").text
    assert console.end().exit_code == 0
    rows = re.findall(r'<span class="type">([^<]*)</span>', page)
    parts = {"AsyncTask", "ram Role", "message ServiceQueue", "log Store", "fc V3Function"}
    assert parts <= set(rows)
    assert re.search(r"fc V3Function</span>.*needs [^<]*task", page)
    drawn = re.findall(r'<path d="M100 [\d. C-]+"', page)
    assert len(drawn) >= 5  # the function needs its role and logs, the policy its role, ...
