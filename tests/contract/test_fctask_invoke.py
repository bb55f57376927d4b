"""fctask invoke: one event, and batches that can be interrupted."""

import itertools
import json
import os
import re
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.between import Relay, relay_to
from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask, Terminal
from tests.running_cloud import RunningCloud


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    return stack.function()


def payload(stack: TaskStack, job: str, task_id: str) -> str:
    return stack.wait(job, task_id).task_payload


def test_the_event_comes_from_an_option_a_file_or_standard_input(
    fctask: Fctask, stack: TaskStack, job: str, tmp_path: Path
) -> None:
    program = fctask.of(job)
    file = tmp_path / "event.json"
    file.write_text('{"from": "a file"}\n')
    by_option = program.json("invoke", "-e", '{"from": "an option"}')
    by_file = program.json("invoke", "-f", str(file))
    by_stdin = program.json("invoke", "-", stdin='{"from": "stdin"}')
    by_default = program.json("invoke")
    found = [
        payload(stack, job, one["taskId"]) for one in (by_option, by_file, by_stdin, by_default)
    ]
    assert found == ['{"from": "an option"}', '{"from": "a file"}\n', '{"from": "stdin"}', "{}"]
    assert by_option["requestId"] == stack.task(job, by_option["taskId"]).request_id


def test_an_id_of_ones_own_is_taken_once(fctask: Fctask, job: str) -> None:
    program = fctask.of(job)
    assert program.json("invoke", "--task-id", "monday")["taskId"] == "monday"
    ran = program.run("invoke", "--task-id", "monday", "--json")
    assert ran.exit_code == 1
    assert ran.error["kind"] == "AlreadyExists"
    assert "monday" in ran.error["message"]


@pytest.mark.parametrize(
    ("event", "exit_code", "status"), [("{}", 0, "Succeeded"), ('{"raise": "no"}', 10, "Failed")]
)
def test_wait_follows_the_task(
    fctask: Fctask, job: str, event: str, exit_code: int, status: str
) -> None:
    document = fctask.of(job).json("invoke", "-e", event, "--wait", exit_code=exit_code)
    assert document["status"] == status


def test_sync_gives_the_very_bytes_of_the_answer(fctask: Fctask, job: str) -> None:
    ran = fctask.of(job).run("invoke", "--sync", "-e", '{"answer": 5}')
    assert (ran.exit_code, ran.stdout) == (0, "xxxxx")
    failed = fctask.of(job).run("invoke", "--sync", "-e", '{"raise": "no luck"}')
    assert failed.exit_code == 10
    assert "no luck" in failed.stdout
    assert "handling" in failed.stderr  # its last log lines
    document = fctask.of(job).json("invoke", "--sync", "-e", '{"raise": "x"}', exit_code=10)
    assert document["error"]


def test_a_function_without_async_task_is_told(fctask: Fctask, stack: TaskStack) -> None:
    plain = fctask.of(stack.function(task=False))
    ran = plain.run("invoke")
    assert ran.exit_code == 0, ran.text
    assert "asyncTask" in ran.stderr
    for options in (("--wait",), ("--task-id", "a")):
        ran = plain.run("invoke", *options, "--json")
        assert ran.exit_code == 5, ran.text
        assert ran.error["kind"] == "NotATaskFunction"


@pytest.mark.parametrize(
    "words",
    [
        ("-e", "{not json}"),
        ("-e", "{}", "-"),
        ("-e", "{}", "-f", "/dev/null"),
        ("--sync", "--wait"),
        ("--batch", "x", "-e", "{}"),
        ("--batch", "-"),
        ("--record", "x"),
        ("event.json",),
        ("--no-such-option",),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    fctask: Fctask, job: str, words: tuple[str, ...]
) -> None:
    ran = fctask.of(job).run("invoke", *words, "--json")
    assert ran.exit_code == 2, ran.text
    assert ran.error["kind"] == "Usage"
    assert ran.stdout == ""


def test_too_large_an_event_is_refused_with_the_services_words(
    fctask: Fctask, job: str, tmp_path: Path
) -> None:
    file = tmp_path / "large"
    file.write_bytes(b'"' + b"x" * 131072 + b'"')
    ran = fctask.of(job).run("invoke", "-f", str(file))
    assert ran.exit_code == 1
    assert "payload size exceeds" in ran.stderr
    assert fctask.of(job).run("invoke", "-f", str(tmp_path / "none")).exit_code in (1, 2)


def write_batch(folder: Path, count: int) -> Path:
    file = folder / "events.jsonl"
    file.write_text("".join(json.dumps({"n": number}) + "\n" for number in range(count)))
    return file


def numbers(stack: TaskStack, job: str, prefix: str) -> list[int]:
    """The events that were submitted, each as often as it was."""
    found: list[int] = []
    token = None
    while True:
        page = stack.tasks(job, prefix=prefix, limit=100, include_payload=True, next_token=token)
        found += [json.loads(task.task_payload)["n"] for task in page.tasks or []]
        token = page.next_token
        if not token:
            return sorted(found)


def test_a_batch_submits_every_line_once(fctask: Fctask, stack: TaskStack, tmp_path: Path) -> None:
    job = stack.function()
    file = write_batch(tmp_path, 150)
    document = fctask.of(job).json("invoke", "--batch", str(file))
    assert (document["accepted"], document["acceptedBefore"], document["refused"]) == (150, 0, [])
    assert numbers(stack, job, f"batch-{document['batch']}") == list(range(150))
    again = fctask.of(job).json("invoke", "--batch", str(file))
    assert (again["accepted"], again["acceptedBefore"]) == (0, 150)
    with file.open("a") as more:
        more.write('{"n": 150}\n\n{"n": 0}\n')  # one new, an empty line, one that comes twice
    more_of_it = fctask.of(job).json("invoke", "--batch", str(file))
    assert more_of_it["accepted"] == 2
    assert numbers(stack, job, "batch-") == sorted([*range(151), 0])


def test_a_batch_on_a_terminal_has_a_bar_with_a_rate(
    fctask: Fctask, stack: TaskStack, tmp_path: Path
) -> None:
    file = write_batch(tmp_path, 60)
    terminal = Terminal(fctask.of(stack.function()), "invoke", "--batch", str(file))
    assert terminal.ended() == 0, terminal.shown
    assert "60/60" in terminal.shown
    assert re.search(r"\d+/s", terminal.shown)
    assert "60 accepted" in terminal.shown


def test_the_lines_that_are_refused_are_told(
    fctask: Fctask, stack: TaskStack, tmp_path: Path
) -> None:
    job = stack.function()
    file = tmp_path / "events"
    file.write_text('{"n": 1}\n"' + "x" * 131072 + '"\n{"n": 3}\n')
    document = fctask.of(job).json("invoke", "--batch", str(file), exit_code=6)
    assert document["accepted"] == 2
    (refused,) = document["refused"]
    assert refused["line"] == 2
    assert "EntityTooLarge" in refused["note"]


def test_a_line_that_is_no_json_stops_the_batch_before_it_begins(
    fctask: Fctask, stack: TaskStack, tmp_path: Path
) -> None:
    job = stack.function()
    file = tmp_path / "events"
    file.write_text('{"n": 1}\n{n: 2}\n')
    ran = fctask.of(job).run("invoke", "--batch", str(file))
    assert ran.exit_code == 1
    assert "line 2" in ran.stderr
    assert numbers(stack, job, "batch-") == []


@pytest.fixture
def relay(cloud: RunningCloud) -> Generator[Relay, None, None]:
    with relay_to(cloud) as made:
        yield made


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["killed", "ctrl-c"])
def test_an_interrupted_batch_goes_on_and_submits_none_twice(
    fctask: Fctask, stack: TaskStack, relay: Relay, tmp_path: Path, how: signal.Signals
) -> None:
    job = stack.function()
    file = write_batch(tmp_path, 120)
    numbered = itertools.count(1)

    def strike(method: str, path: str) -> None:  # called by several threads at once
        if (method, path.endswith("/invocations")) == ("POST", True) and next(numbered) == 40:
            os.kill(process.pid, how)

    relay.after = strike
    environment = {key: value for key, value in fctask.environment.items() if key != "HTTP_PROXY"}
    through = Fctask({**environment, "FCTASK_FC_ENDPOINT": relay.url}).of(job)
    process = through.start("invoke", "--batch", str(file), "--concurrency", "4")
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == (-how if how == signal.SIGKILL else 130), stderr
    assert "Traceback" not in stderr
    relay.wait_until_left()  # of a program killed, up to 3 requests are still under way
    relay.after = None
    before = len(numbers(stack, job, "batch-"))
    assert 40 <= before < 120
    if how == signal.SIGINT:
        assert f"{before} of 120 are accepted" in stderr  # what was under way is recorded, too

    document = fctask.of(job).json("invoke", "--batch", str(file))
    assert document["accepted"] == 120 - before
    assert document["acceptedBefore"] == before
    assert numbers(stack, job, "batch-") == list(range(120))
