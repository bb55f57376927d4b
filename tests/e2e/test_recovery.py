"""An update that is cut off: one command brings the stack back, and nothing is made twice.

KILLS is how many random moments are tried of each kind (30 in CI; a few by default)."""

import os
import random
import subprocess
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest
from mns.account import Account
from mns.queue import QueueMeta

from tests.e2e.account_contents import contents
from tests.e2e.stack import BIN, LONGEST_RUN, Stack
from tests.held_answers import Holds, Wire, wire_to
from tests.ran import Ran
from tests.running_cloud import RunningCloud, processes_with

ONE_OF_EACH = ["function", "policy", "project", "queue", "role"]
STILL_UPDATING = 3
KILLS = int(os.environ.get("KILLS", "2"))
MOMENTS = [
    round(random.Random(at).uniform(0.2, 3.0), 2)  # noqa: S311 - any moment
    for at in range(KILLS)
]
"""Seconds after its start at which an update is cut off: from loading the program to its end."""


def begin_update(folder: Path, port: int, *words: str) -> "subprocess.Popen[str]":
    """`pulumi up` behind `localcloud exec`, under way."""
    command = words or ("up", "--yes", "--skip-preview")
    return subprocess.Popen(
        [str(BIN / "localcloud"), "exec", "--port", str(port), "--", "pulumi", *command]
        + ["--stack", "dev", "--non-interactive"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def held(wire: Wire, update: "subprocess.Popen[str]") -> None:
    """Wait until an answer to the update is held back."""
    while not wire.held.wait(0.5):
        assert update.poll() is None, update.communicate()[0]


def created(what: str) -> Holds:
    """Requests that create `what`: a part of the request line or body; reading is let through."""
    return lambda line, body: not line.startswith("GET") and what.encode() in line.encode() + body


def ended_before(update: "subprocess.Popen[str]", seconds: float) -> bool:
    """Let an update run for a time; whether it ended by itself before that."""
    with suppress(subprocess.TimeoutExpired):
        update.wait(seconds)
        return True
    return False


def orphans(folder: Path) -> list[str]:
    """Processes of an update of the project in `folder` that outlived it."""
    return [line for line in processes_with("pulumi-resource-") if working_in(line, folder)]


def working_in(line: str, folder: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{line.split()[0]}/cwd").resolve() == folder.resolve()
    return False


def cut_off(update: "subprocess.Popen[str]") -> None:
    update.kill()
    update.communicate()


def recover(stack: Stack, *options: str) -> Ran:
    return stack.exec("python", "-m", "fc_async_tasks.recovery", "--stack", stack.name, *options)


@pytest.fixture
def stack(cloud: RunningCloud, program: Path) -> Generator[Stack, None, None]:
    """The dev stack on the module's localcloud, which is empty again afterwards."""
    assert contents(cloud) == set()
    stack = Stack(program, cloud.port)
    yield stack
    stack.destroy()
    assert contents(cloud) == set(), "destroy left something behind"
    # the next test's stack begins anew
    removed = stack.pulumi("stack", "rm", "--yes", "--preserve-config")
    assert removed.exit_code == 0, removed.text


def goes_on(stack: Stack, cloud: RunningCloud) -> None:
    """That the next update converges, and that there is one of each thing."""
    stack.up()
    assert set(stack.preview()) == {"same"}
    assert sorted(name.partition(" ")[0] for name in contents(cloud)) == ONE_OF_EACH


@pytest.mark.parametrize("request_", ["CreateQueue", "CreateRole", "/2023-03-30/functions HTTP"])
def test_a_create_that_took_effect_unheard_is_taken_in(
    stack: Stack, cloud: RunningCloud, request_: str
) -> None:
    with wire_to(cloud.port, created(request_)) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
        plain = stack.pulumi("up", "--yes", "--skip-preview")
        assert plain.exit_code != 0
        told = recover(stack)
    assert told.exit_code == 0, told.text
    assert "the lock of the update that is gone was taken away" in told.stdout
    assert "taken in: " in told.stdout
    assert orphans(stack.folder) == []
    goes_on(stack, cloud)


def test_a_plain_refresh_and_up_end_in_already_exists(stack: Stack, cloud: RunningCloud) -> None:
    """Why the command is there: if Pulumi mends this by itself one day, it can go."""
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
    stack.pulumi("cancel", "--yes")
    stack.pulumi("refresh", "--yes", "--skip-preview")
    plain = stack.pulumi("up", "--yes", "--skip-preview")
    assert plain.exit_code != 0
    assert "QueueAlreadyExist" in plain.text
    told = recover(stack, "--yes")  # nothing is pending any more: what is there has to be asked for
    assert "taken in: ServiceQueue my-fc-job-results" in told.stdout, told.text
    goes_on(stack, cloud)


def test_what_an_update_did_not_begin_is_left_alone_unless_said(
    stack: Stack, cloud: RunningCloud
) -> None:
    theirs = Account(cloud.url, cloud.key, cloud.secret).get_queue("my-fc-job-results")
    theirs.create(QueueMeta())
    failed = stack.pulumi("up", "--yes", "--skip-preview")
    assert failed.exit_code != 0
    told = recover(stack)
    assert told.exit_code == 0, told.text
    assert "left alone: ServiceQueue my-fc-job-results" in told.stdout
    assert "queue my-fc-job-results" in contents(cloud)
    assert "ServiceQueue" not in stack.pulumi("stack", "export").stdout.split('"resources"')[1]
    theirs.delete()


def test_attributes_of_the_state_that_were_cut_off_are_no_obstacle(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.up()
    attributes = list((cloud.data / "pulumi" / ".pulumi" / "stacks").rglob("dev.json.attrs"))
    assert len(attributes) == 1
    attributes[0].write_text("")  # as a kill between creating and writing leaves it
    plain = stack.pulumi("up", "--yes", "--skip-preview")
    assert "failed to load checkpoint: EOF" in plain.text
    told = recover(stack)
    assert told.exit_code == 0, told.text
    goes_on(stack, cloud)


def test_an_update_that_runs_is_not_disturbed(stack: Stack, cloud: RunningCloud) -> None:
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        second = stack.pulumi("up", "--yes", "--skip-preview")
        assert second.exit_code != 0
        assert "currently locked" in second.text  # of two updates at once, one is told to wait
        told = recover(stack)
        assert told.exit_code == STILL_UPDATING, told.text
        assert f"is being updated by process {update.pid} of" in told.stderr
        assert update.poll() is None
        cut_off(update)
    assert recover(stack, "--yes").exit_code == 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_update_killed_at_any_moment_can_go_on(
    stack: Stack, cloud: RunningCloud, moment: float
) -> None:
    update = begin_update(stack.folder, cloud.port)
    ended_before(update, moment)
    cut_off(update)
    told = recover(stack)
    assert told.exit_code == 0, told.text
    assert orphans(stack.folder) == []
    goes_on(stack, cloud)


@pytest.mark.parametrize("moment", MOMENTS)
def test_localcloud_killed_under_an_update_at_any_moment(
    stack: Stack, cloud: RunningCloud, moment: float
) -> None:
    update = begin_update(stack.folder, cloud.port)
    ended_before(update, moment)
    cloud.kill()
    cloud.restart()
    update.communicate(timeout=LONGEST_RUN)
    told = recover(stack, "--yes")
    assert told.exit_code == 0, told.text
    goes_on(stack, cloud)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_destroy_killed_at_any_moment_can_go_on(
    stack: Stack, cloud: RunningCloud, moment: float
) -> None:
    stack.up()
    ending = begin_update(stack.folder, cloud.port, "destroy", "--yes", "--skip-preview")
    ended_before(ending, moment)
    cut_off(ending)
    told = recover(stack, "--yes")
    assert told.exit_code == 0, told.text
