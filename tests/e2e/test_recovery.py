"""An update that is cut off: one command brings the stack back, and nothing is made twice.

KILLS is how many random moments are tried of each kind: 2 by default, 30 in the long form. Of each
the outcome and the seconds are in the report that pytest writes with --junitxml."""

import itertools
import json
import os
import pty
import random
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aliyun.log import LogClient, LogException
from fc_async_tasks.provider_ids import QUEUE
from mns.account import Account
from mns.queue import Queue, QueueMeta

from tests.e2e.account_contents import contents
from tests.e2e.cut_off import begin_update, created, cut_off, held, held_or_ended
from tests.e2e.stack import BIN, LONGEST_RUN, Stack, copy_program
from tests.held_answers import wire_to
from tests.ran import Ran
from tests.running_cloud import RunningCloud, processes_with, running_cloud

ONE_OF_EACH = ["function", "policy", "project", "queue", "role"]
MADE_ONCE = [
    *("CreateFunction", "CreateIndex", "CreateLogStore", "CreatePolicy"),
    *("CreateProject", "CreateQueue", "CreateRole"),
]
MAKES = {
    "function": "CreateFunction",
    "policy": "CreatePolicy",
    "project": "CreateProject",
    "queue": "CreateQueue",
    "role": "CreateRole",
}
STILL_UPDATING = 3
NOT_WHOLE = 4
SHORT = 2
KILLS = int(os.environ.get("KILLS", SHORT))
MOMENTS = [round(random.Random(at).uniform(0.1, 1.05), 2) for at in range(KILLS)]  # noqa: S311 - any
"""When an update is cut off, as a part of what one takes: from loading the program to its end."""
EACH_ANSWER = random.Random(0).sample(range(1, 29), 28)  # noqa: S311 - any
ANSWERS = list(itertools.islice(itertools.cycle(EACH_ANSWER), KILLS))
"""The how-manieth answer of localcloud to an update is lost: `up` hears 28."""
ANSWERS_OF_LOCALCLOUD = ANSWERS if KILLS > SHORT else ANSWERS[:1]
"""A provider that lost localcloud tries again for half a minute."""
Note = Callable[[str, object], None]
QUEUE_RENAMED = ("queueName", "renamed-results", "CreateQueue")
FUNCTION_RENAMED = ("functionName", "renamed-job", "/2023-03-30/functions HTTP")


def ended_before(update: "subprocess.Popen[str]", seconds: float) -> bool:
    """Let an update run for a time; whether it ended by itself before that."""
    with suppress(subprocess.TimeoutExpired):
        update.wait(seconds)
        return True
    return False


def orphans(folder: Path) -> list[str]:
    """Processes of an update of the project in `folder` that outlived it."""
    return [line for line in processes_with("pulumi") if working_in(line, folder)]


def working_in(line: str, folder: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{line.split()[0]}/cwd").resolve() == folder.resolve()
    return False


def recover(stack: Stack, *options: str) -> Ran:
    return stack.exec("python", "-m", "fc_async_tasks.recovery", "--stack", stack.name, *options)


def recovered(stack: Stack, note: Note, *options: str) -> Ran:
    """Recover, which must succeed and leave no process; note what it did and how long it took."""
    began = monotonic()
    told = recover(stack, "--json", *options)
    note("seconds", round(monotonic() - began, 2))
    assert told.exit_code == 0, told.text
    done = json.loads(told.stdout)
    note("outcome", " ".join(each for each in done if done[each]) or "nothing to do")
    assert orphans(stack.folder) == []
    return told


def resources(stack: Stack, type_: str) -> list[dict[str, Any]]:
    """The entries that the stack's state has of a type."""
    deployment = json.loads(stack.pulumi("stack", "export").stdout)["deployment"]
    return [one for one in deployment.get("resources", []) if one["type"].endswith(f":{type_}")]


@pytest.fixture(scope="module")
def takes(cloud: RunningCloud, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """How many seconds an `up` and a `destroy` take here and now."""
    stack = Stack(copy_program(tmp_path_factory.mktemp("measured") / "program"), cloud.port)
    began = monotonic()
    stack.up()
    ended = monotonic()
    stack.destroy()
    seconds = {"up": ended - began, "destroy": monotonic() - ended}
    assert stack.pulumi("stack", "rm", "--yes", "--preserve-config").exit_code == 0
    return seconds


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


def waits_for_its_queue_alone(stack: Stack) -> None:
    """Wait until an update that hears nothing of its queue has made, and written, all it can."""
    until = monotonic() + LONGEST_RUN
    while True:
        deployment = json.loads(stack.pulumi("stack", "export").stdout)["deployment"]
        begun = [one["resource"]["type"] for one in deployment.get("pending_operations", [])]
        made = {one["type"].rpartition(":")[2] for one in deployment.get("resources", [])}
        if begun == [QUEUE] and made >= {"StoreIndex", "Role"}:
            return
        assert monotonic() < until, (begun, made)


def goes_on(stack: Stack, cloud: RunningCloud) -> None:
    """That the next update converges, and that there is one of each thing."""
    stack.up()
    assert set(stack.preview()) == {"same"}
    assert sorted(name.partition(" ")[0] for name in contents(cloud)) == ONE_OF_EACH


def asked_to_make(cloud: RunningCloud, after: int, *, done: bool = False) -> Counter[str]:
    """How often each thing was asked for in requests after that one; `done`: and was made."""
    return Counter(
        str(one["operation"])
        for one in cloud.requests(after)
        if str(one["operation"]).startswith("Create") and (not done or 200 <= one["status"] < 300)
    )


def kill_and_restart(cloud: RunningCloud, before: int, folder: Path) -> Counter[str]:
    """Kill localcloud and start it again, whose journal begins anew; what it had made by then.

    That is looked at on a copy of its data in `folder`: it holds also what nobody was told of. What
    it had made twice since request `before`, or told of and not kept, fails here.
    """
    told = asked_to_make(cloud, before, done=True)
    cloud.kill()
    shutil.copytree(
        cloud.data, folder / "data", ignore=shutil.ignore_patterns("pulumi", "instances")
    )
    cloud.restart()
    with running_cloud(folder) as copy:
        made = Counter(MAKES[name.partition(" ")[0]] for name in contents(copy))
        logs = copy.log_client()
        for project in logs.list_project().get_projects():
            name = str(project["projectName"])
            stores = logs.list_logstore(name).get_logstores()
            made["CreateLogStore"] += len(stores)
            made["CreateIndex"] += sum(has_index(logs, name, store) for store in stores)
    assert told <= made, "each once, and kept"
    return made


def has_index(logs: LogClient, project: str, store: str) -> bool:
    try:
        logs.get_index_config(project, store)
    except LogException as error:
        if error.get_error_code() != "IndexConfigNotExist":
            raise
        return False
    return True


def somebody_elses_queue(stack: Stack, cloud: RunningCloud) -> Queue:
    """A queue of the stack's name that another has made, and that `up` has met."""
    queue = Account(cloud.url, cloud.key, cloud.secret).get_queue("my-fc-job-results")
    queue.create(QueueMeta())
    assert stack.pulumi("up", "--yes", "--skip-preview").exit_code != 0
    return queue


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
        waits_for_its_queue_alone(stack)  # amid a write, it leaves what no plain command reads
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
    theirs = somebody_elses_queue(stack, cloud)
    told = recover(stack)
    assert told.exit_code == NOT_WHOLE, told.text
    assert "left alone: ServiceQueue my-fc-job-results" in told.stdout
    assert "dev is not whole: `pulumi up --stack dev` would end in" in told.stdout
    assert "queue my-fc-job-results" in contents(cloud)
    assert "ServiceQueue" not in stack.pulumi("stack", "export").stdout.split('"resources"')[1]
    theirs.delete()


def test_creates_begun_before_a_destroy_are_no_obstacle(stack: Stack, cloud: RunningCloud) -> None:
    """Pulumi's message advises the cancel; destroy takes the provider of what was begun away."""
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
    for attributes in (cloud.data / "pulumi" / ".pulumi").rglob("*.attrs"):
        attributes.unlink()  # the kill may have cut one off, which is another test's subject
    assert stack.pulumi("cancel", "--yes").exit_code == 0
    stack.destroy()
    plain = stack.pulumi("up", "--yes", "--skip-preview")
    assert "QueueAlreadyExist" in plain.text
    told = recover(stack)
    assert told.exit_code == 0, told.text
    assert "taken in: ServiceQueue my-fc-job-results" in told.stdout
    goes_on(stack, cloud)


def test_what_a_destroy_has_kept_is_found_from_an_empty_stack(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.set("keepData", "true")
    stack.up()
    stack.destroy()
    asked = recover(stack)
    assert asked.exit_code == NOT_WHOLE, asked.text
    assert "left alone: ServiceQueue my-fc-job-results" in asked.stdout
    assert "is whole" not in asked.stdout
    told = recover(stack, "--yes")
    assert told.exit_code == 0, told.text
    assert "taken in: Project " in told.stdout
    assert "taken in: ServiceQueue my-fc-job-results" in told.stdout
    stack.set("keepData", "false")
    goes_on(stack, cloud)


@pytest.mark.parametrize(("setting", "value", "request_"), [QUEUE_RENAMED, FUNCTION_RENAMED])
def test_a_replacement_that_took_effect_unheard_is_taken_in(
    stack: Stack, cloud: RunningCloud, setting: str, value: str, request_: str
) -> None:
    stack.up()
    stack.set(setting, value)
    with wire_to(cloud.port, created(request_)) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
        told = recover(stack)
    assert told.exit_code == 0, told.text
    assert "taken in: " in told.stdout
    assert f" {value}" in told.stdout
    assert orphans(stack.folder) == []
    goes_on(stack, cloud)  # and the former one is gone
    assert stack.outputs()[setting] == value


def test_a_replacement_that_was_not_made_leaves_the_former_one_in_force(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.up()
    before = resources(stack, "ServiceQueue")
    stack.set("queueName", "renamed-results")
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        cut_off(update)
        # While the provider waits: left without an answer it would ask again, and make it anew.
        Account(cloud.url, cloud.key, cloud.secret).get_queue("renamed-results").delete()
        told = recover(stack)
    assert told.exit_code == 0, told.text
    assert "not there, the next update creates it: ServiceQueue renamed-results" in told.stdout
    assert [(one["id"], one.get("delete")) for one in resources(stack, "ServiceQueue")] == [
        (one["id"], None) for one in before
    ]
    goes_on(stack, cloud)


def test_a_replacement_whose_answer_was_lost_is_taken_in_if_said(
    stack: Stack, cloud: RunningCloud
) -> None:
    stack.up()
    stack.set("queueName", "renamed-results")
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        wire.released.set()  # the connection ends without an answer, and the engine lives
        assert "QueueAlreadyExist" in update.communicate(timeout=LONGEST_RUN)[0]
    asked = recover(stack)
    assert "left alone: ServiceQueue renamed-results" in asked.stdout, asked.text
    assert [one["id"] for one in resources(stack, "ServiceQueue")] == ["my-fc-job-results"]
    told = recover(stack, "--yes")
    assert "taken in: ServiceQueue renamed-results" in told.stdout, told.text
    goes_on(stack, cloud)


def test_what_a_killed_recovery_was_looking_for_is_taken_out_by_the_next(
    stack: Stack, cloud: RunningCloud
) -> None:
    theirs = somebody_elses_queue(stack, cloud)
    with wire_to(cloud.port, created("GetQueueAttributes")) as wire:
        with subprocess.Popen(
            [str(BIN / "localcloud"), "exec", "--port", str(wire.port), "--", "python"]
            + ["-m", "fc_async_tasks.recovery", "--stack", "dev"],
            cwd=stack.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as looking:
            held(wire, looking)
            os.killpg(looking.pid, signal.SIGKILL)
        left = resources(stack, "ServiceQueue")
        assert [one["retainOnDelete"] for one in left] == [True]  # no destroy would delete it
        told = recover(stack)
    assert told.exit_code == NOT_WHOLE, told.text
    assert "taking out what a recovery that was killed" in told.stderr
    assert resources(stack, "ServiceQueue") == []
    theirs.delete()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_at_the_question_leaves_nothing_taken_in(
    stack: Stack, cloud: RunningCloud, number: signal.Signals
) -> None:
    theirs = somebody_elses_queue(stack, cloud)
    terminal, inside = pty.openpty()
    command = [str(BIN / "localcloud"), "exec", "--port", str(cloud.port), "--", "python"]
    with subprocess.Popen(
        [*command, "-m", "fc_async_tasks.recovery", "--stack", "dev"],
        cwd=stack.folder,
        stdin=inside,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as asking:
        assert asking.stderr
        said = ""
        while "take them into the stack?" not in said:
            letter = asking.stderr.read(1)
            assert letter, said
            said += letter
        assert "ServiceQueue my-fc-job-results" in said
        asking.send_signal(number)
        asking.communicate(timeout=LONGEST_RUN)
    os.close(terminal)
    os.close(inside)
    assert asking.returncode == (130 if number == signal.SIGINT else -number)
    assert resources(stack, "ServiceQueue") == []
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
    stack.set("alicloud:clientReadTimeout", "600000")  # ms: it waits for its answer all the while
    with wire_to(cloud.port, created("CreateQueue")) as wire:
        update = begin_update(stack.folder, wire.port)
        held(wire, update)
        waits_for_its_queue_alone(stack)
        second = stack.pulumi("up", "--yes", "--skip-preview")
        assert second.exit_code != 0
        assert "currently locked" in second.text  # of two updates at once, one is told to wait
        told = recover(stack)
        assert told.exit_code == STILL_UPDATING, told.text
        assert f"is being updated by process {update.pid} of" in told.stderr
        attributes = next((cloud.data / "pulumi" / ".pulumi" / "stacks").rglob("dev.json.attrs"))
        attributes.write_text("")  # as a moment of its writing leaves it
        told = recover(stack)
        assert told.exit_code == STILL_UPDATING, told.text
        assert attributes.read_text() == ""
        assert update.poll() is None
        assert any("pulumi-resource-" in line for line in orphans(stack.folder))  # it still works
        cut_off(update)
    assert recover(stack, "--yes").exit_code == 0


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_update_killed_at_any_moment_can_go_on(
    stack: Stack,
    cloud: RunningCloud,
    takes: dict[str, float],
    moment: float,
    record_property: Note,
) -> None:
    before = cloud.own("requests")["last"]
    stack.outputs()  # the stack is there: killed while it is created, `localcloud exec` goes on
    update = begin_update(stack.folder, cloud.port)
    record_property("ended before", ended_before(update, moment * takes["up"]))
    cut_off(update)
    recovered(stack, record_property)
    goes_on(stack, cloud)
    assert asked_to_make(cloud, before) == dict.fromkeys(MADE_ONCE, 1)


@pytest.mark.parametrize("number", ANSWERS)
def test_an_update_killed_at_any_answer_can_go_on(
    stack: Stack, cloud: RunningCloud, number: int, record_property: Note
) -> None:
    """The request took effect, as reading or creating."""
    before = cloud.own("requests")["last"]
    heard = itertools.count(1)
    with wire_to(cloud.port, lambda _line, _body: next(heard) == number) as wire:
        update = begin_update(stack.folder, wire.port)
        record_property("ended before", not held_or_ended(wire, update))
        cut_off(update)
        recovered(stack, record_property)
    goes_on(stack, cloud)
    assert asked_to_make(cloud, before) == dict.fromkeys(MADE_ONCE, 1)


@pytest.mark.parametrize("moment", MOMENTS)
def test_localcloud_killed_under_an_update_at_any_moment(
    stack: Stack,
    cloud: RunningCloud,
    takes: dict[str, float],
    moment: float,
    record_property: Note,
    tmp_path: Path,
) -> None:
    before = cloud.own("requests")["last"]
    update = begin_update(stack.folder, cloud.port)
    record_property("ended before", ended_before(update, moment * takes["up"]))
    made = kill_and_restart(cloud, before, tmp_path)
    update.communicate(timeout=LONGEST_RUN)
    recovered(stack, record_property, "--yes")
    goes_on(stack, cloud)
    assert made + asked_to_make(cloud, 0, done=True) == dict.fromkeys(MADE_ONCE, 1)


@pytest.mark.parametrize("number", ANSWERS_OF_LOCALCLOUD)
def test_localcloud_killed_under_an_update_at_any_answer(
    stack: Stack, cloud: RunningCloud, number: int, record_property: Note, tmp_path: Path
) -> None:
    """The answer is lost with localcloud, and the engine lives on."""
    before = cloud.own("requests")["last"]
    heard = itertools.count(1)
    with wire_to(cloud.port, lambda _line, _body: next(heard) == number) as wire:
        update = begin_update(stack.folder, wire.port)
        record_property("ended before", not held_or_ended(wire, update))
        made = kill_and_restart(cloud, before, tmp_path)
        wire.released.set()
        update.communicate(timeout=LONGEST_RUN)
    recovered(stack, record_property, "--yes")
    goes_on(stack, cloud)
    assert made + asked_to_make(cloud, 0, done=True) == dict.fromkeys(MADE_ONCE, 1)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_destroy_killed_at_any_moment_can_go_on(
    stack: Stack, cloud: RunningCloud, takes: dict[str, float], moment: float, record_property: Note
) -> None:
    stack.up()
    before = cloud.own("requests")["last"]
    ending = begin_update(stack.folder, cloud.port, "destroy", "--yes", "--skip-preview")
    record_property("ended before", ended_before(ending, moment * takes["destroy"]))
    cut_off(ending)
    recovered(stack, record_property, "--yes")
    assert asked_to_make(cloud, before) == {}, "what is gone stays gone"
