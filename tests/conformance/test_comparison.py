"""`make conformance` as a person runs it, without an account: the dry run, and what it finds."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_ram20150501.models import ListRolesRequest
from aliyun.log import LogClient

from tests.between import relay_to
from tests.ran import Ran
from tests.running_cloud import KEY, RunningCloud, running_cloud

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "tests.conformance")
LONGEST = 180  # s


def environment(**more: str) -> dict[str, str]:
    """This process's, without an account in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ALIBABA_CLOUD_", "ALICLOUD_", "CONFORMANCE")) and name != "DRY_RUN"
    }
    return {**kept, **more}


def run(command: tuple[str, ...], env: Mapping[str, str]) -> Ran:
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)  # make and what it runs: it cleans up
        stdout, stderr = process.communicate(timeout=LONGEST)
        raise AssertionError(f"not ended within {LONGEST} s:\n{stdout}\n{stderr}") from None
    return Ran(process.returncode, stdout, stderr)


def compared(text: str) -> dict[str, tuple[int, int, int]]:
    """Of each subject in the first table: steps, facts and differences."""
    rows = re.findall(r"^(\S.*?) {2,}(\d+) +(\d+) +(\d+)$", text, re.MULTILINE)
    return {name: (int(steps), int(facts), int(of)) for name, steps, facts, of in rows}


@pytest.fixture
def stand_in(tmp_path: Path) -> Generator[RunningCloud, None, None]:
    """The localcloud that stands for the cloud."""
    with running_cloud(tmp_path) as cloud:
        yield cloud


def test_the_dry_run_compares_every_subject_and_finds_no_difference() -> None:
    done = run(("make", "--no-print-directory", "conformance", "DRY_RUN=1"), environment())
    assert done.exit_code == 0, done.text
    table = compared(done.stdout)
    assert list(table) == [
        "roles and policies",
        "queues and messages",
        "topics",
        "logs",
        "functions",
        "tasks",
        "signatures",
    ]
    assert all(steps >= 10 and facts > 4 * steps for steps, facts, _ in table.values()), table
    assert {of for _, _, of in table.values()} == {0}, done.text
    assert "localcloud and its stand-in: no differences" in done.stdout
    assert "no further" not in done.text


def test_an_account_is_not_touched_without_the_opt_in() -> None:
    account = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIkey",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret",
        "ALIBABA_CLOUD_REGION_ID": "cn-shanghai",
        "ALIBABA_CLOUD_ACCOUNT_ID": "6543210987654321",
        # what would go out to the cloud would end here
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    done = run(COMMAND, environment(**account))
    assert done.exit_code == 2, done.text
    assert "this would create in account 6543210987654321, region cn-shanghai" in done.stderr
    assert done.stdout == ""
    assert "a-secret" not in done.text


def test_what_one_side_answers_otherwise_is_found_and_printed(stand_in: RunningCloud) -> None:
    with relay_to(stand_in) as relay:

        def change(method: str, path: str, status: int, body: bytes) -> tuple[int, bytes]:
            if method == "GET" and path.endswith("-queue"):
                body = body.replace(b"<VisibilityTimeout>20<", b"<VisibilityTimeout>30<")
                body = body.replace(b"<DelaySeconds>0</DelaySeconds>", b"")
            if status == 409:
                return 400, body
            return status, body

        relay.change = change
        done = run(
            COMMAND,
            environment(
                CONFORMANCE_AGAINST=relay.url, CONFORMANCE_ONLY="queues and messages", COLUMNS="200"
            ),
        )
    assert done.exit_code == 1, done.text
    rows = [re.split(r" {2,}", line) for line in done.stdout.splitlines()]
    subject = "queues and messages"
    assert [subject, "CreateQueue otherwise", "status", "409", "400"] in rows, done.text
    assert [subject, "GetQueueAttributes", "body.VisibilityTimeout", "20", "30"] in rows
    assert [subject, "GetQueueAttributes", "body.DelaySeconds", "0", "-"] in rows
    assert [subject, "GetQueueAttributes", "the SDK says", "-", "RespDataDamaged"] in rows
    assert compared(done.stdout)[subject][2] == 4, done.text
    assert "differ in 4 facts" in done.stdout


def test_other_words_for_the_same_refusal_are_told_and_not_counted(
    stand_in: RunningCloud, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    with relay_to(stand_in) as relay:
        relay.change = lambda _method, _path, status, body: (
            status,
            body.replace(b"does not exist", b"is not there"),
        )
        done = run(
            COMMAND,
            environment(
                CONFORMANCE_AGAINST=relay.url,
                CONFORMANCE_ONLY="topics",
                CONFORMANCE_REPORT=str(report),
            ),
        )
    assert done.exit_code == 0, done.text
    assert "no differences" in done.stdout
    assert "is not there" in done.stdout
    sides = json.loads(report.read_text())
    assert list(sides) == ["localcloud", "its stand-in"]
    refused = sides["its stand-in"]["topics"][0]
    assert refused["step"] == "PublishMessage to none"
    assert (refused["status"], refused["code"]) == ("404", "TopicNotExist")
    assert refused["message"] == "The topic '<run>-topic' is not there."


def test_a_side_that_does_not_come_as_far_is_told(stand_in: RunningCloud) -> None:
    with relay_to(stand_in) as relay:
        relay.change = lambda method, path, status, body: (
            (403, body) if method == "PUT" and "/subscriptions/" in path else (status, body)
        )
        env = environment(CONFORMANCE_AGAINST=relay.url, CONFORMANCE_ONLY="topics", COLUMNS="200")
        done = run(COMMAND, env)
    assert done.exit_code == 1, done.text
    assert "topics: no further than Subscribe" in done.stderr
    rows = [re.split(r" {2,}", line) for line in done.stdout.splitlines()]
    assert ["topics", "PublishMessage", "step", "reached", "not reached"] in rows, done.text
    assert nothing_is_left(stand_in)


def nothing_is_left(cloud: RunningCloud) -> bool:
    """Whether an account has nothing in it that a run makes."""
    counts = cloud.own("status")["counts"]
    roles = RamClient(cloud.config()).list_roles(ListRolesRequest()).body
    assert roles
    assert roles.roles
    log = LogClient(cloud.url, KEY, KEY, source="127.0.0.1")
    projects = log.list_project().get_projects()
    held = [counts[name] for name in ("queues", "functions")]
    return not any(held) and not roles.roles.role and not projects


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_made_is_removed_when_the_run_is_interrupted(
    stand_in: RunningCloud, number: signal.Signals
) -> None:
    with relay_to(stand_in) as relay:
        process = subprocess.Popen(
            COMMAND,
            cwd=ROOT,
            env=environment(CONFORMANCE_AGAINST=relay.url, CONFORMANCE_ONLY="tasks"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def interrupt(method: str, path: str) -> None:
            if method == "POST" and path.endswith("/invocations?qualifier=LATEST"):
                relay.after = None
                process.send_signal(number)

        relay.after = interrupt
        _, stderr = process.communicate(timeout=LONGEST)
    assert process.returncode == 130, stderr
    assert "interrupted; what was made is removed" in stderr
    assert nothing_is_left(stand_in)


def test_what_cannot_be_removed_is_named(stand_in: RunningCloud) -> None:
    with relay_to(stand_in) as relay:

        def lose(method: str, path: str) -> bool:
            return method == "DELETE" and path.startswith("/queues/") and path.endswith("-queue")

        relay.before = lose
        env = environment(
            CONFORMANCE_AGAINST=relay.url, CONFORMANCE_ONLY="queues and messages,topics"
        )
        done = run(COMMAND, env)
    assert done.exit_code == 3, done.text
    left = re.findall(r"LEFT BEHIND: (.*): remove it by hand", done.stderr)
    assert len(left) == 1, done.text
    assert re.fullmatch(r"queue conformance-[0-9a-f]{8}-queue", left[0])
