"""`fctask console` as a program: how it starts, what it tells, how it ends."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.between import relay_to
from tests.contract.console.serving import Console, serving
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.fctask_program import Fctask
from tests.running_cloud import RunningCloud

Serve = Callable[..., Console]
MANY = 12  # messages of a redrive that is interrupted


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    return stack.function(timeout=120)


def test_it_prints_its_address_and_ctrl_c_ends_it_with_nothing_to_say(
    fctask: Fctask, job: str
) -> None:
    process = fctask.of(job).start("console")
    assert process.stdout
    line = process.stdout.readline()
    told = re.fullmatch(rf"{job}: http://127\.0\.0\.1:(\d+)/\?token=[\w-]{{40,}}\n", line)
    assert told, line
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (0, "")
    assert "Traceback" not in stderr
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(told[1])), timeout=5)


def test_json_is_one_document_and_a_port_can_be_named(
    serve: Serve, fctask: Fctask, job: str
) -> None:
    first = serve(fctask.of(job))
    ended = first.end()
    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "")
    again = serve(fctask.of(job), "--port", str(first.port))
    assert again.port == first.port
    assert again.url.startswith(f"http://127.0.0.1:{first.port}/?token=")


def test_a_port_that_is_taken_is_a_sentence(serve: Serve, fctask: Fctask, job: str) -> None:
    console = serve(fctask.of(job))
    ran = fctask.of(job).run("console", "--port", str(console.port), "--json")
    assert (ran.exit_code, ran.error["kind"]) == (1, "PortTaken"), ran.text
    assert str(console.port) in ran.error["message"]
    assert ran.stdout == ""


def test_what_is_wrong_is_told_before_anything_is_served(fctask: Fctask, stack: TaskStack) -> None:
    ran = fctask.of("no-such-job").run("console", "--json")
    assert (ran.exit_code, ran.error["kind"]) == (5, "NoSuchFunction"), ran.text
    ran = fctask.of(stack.function(task=False)).run("console", "--json")
    assert (ran.exit_code, ran.error["kind"]) == (5, "NotATaskFunction"), ran.text
    down = {"FCTASK_FC_ENDPOINT": "http://127.0.0.1:1", "HTTP_PROXY": ""}
    ran = fctask.of("job").run("console", "--json", **down)
    assert (ran.exit_code, ran.error["kind"]) == (3, "Unreachable"), ran.text


def test_open_hands_the_address_to_the_browser(
    serve: Serve, fctask: Fctask, job: str, tmp_path: Path
) -> None:
    opened, browser = tmp_path / "opened", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    browser.chmod(0o755)
    program = Fctask({**fctask.environment, "BROWSER": str(browser)}).of(job)
    console = serve(program, "--open")
    wait_until(opened.exists)
    assert opened.read_text().strip() == console.url


def test_no_other_command_imports_the_console() -> None:
    script = "from fctask.cli.app import app; import sys; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    modules = set(told.stdout.split())
    heavy = {"fctask.console", "starlette", "uvicorn", "jinja2", "anyio"}
    assert "fctask.cli.serving" in modules
    assert not heavy & modules


def test_ctrl_c_in_the_middle_of_a_redrive_loses_no_message(
    fctask: Fctask, stack: TaskStack, cloud: RunningCloud
) -> None:
    queue = stack.queue()
    arn = queue_arn(queue)
    job = stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn)
    failed = [stack.submit(job, {"raise": "no", "n": number}) for number in range(MANY)]
    for task_id in failed:
        stack.wait(job, task_id)
    with relay_to(cloud) as relay:
        environment = {**fctask.environment, "FCTASK_FC_ENDPOINT": relay.url}
        del environment["HTTP_PROXY"]
        console = serving(Fctask(environment).of(job))
        console.let_in()

        def interrupt(method: str, path: str) -> bool:
            if method == "POST" and "/invocations" in path:
                relay.before = None
                console.process.send_signal(signal.SIGINT)
            return False

        relay.before = interrupt
        assert console.post("/messages/redrive", {"key": console.form_key()}).status == 303
        stdout, stderr = console.process.communicate(timeout=30)
    assert (console.process.returncode, stdout) == (0, "")
    told = re.fullmatch(r"The redrive was stopped \((\d+) redriven, (.*)\)\. (.*)\n", stderr)
    assert told, stderr
    assert told[3] == "What it had not come to is still in the queue."
    # what it had in hand was finished; the rest can be received by others at once
    redriven = {one.task_id for one in stack.tasks(job, prefix="redrive-").tasks}
    assert 1 <= len(redriven) == int(told[1]) < MANY
    for task_id in redriven:
        stack.wait(job, task_id)
    found = stack.messages(queue, MANY)  # of each that was redriven the new one's
    requests = {one["requestContext"]["requestId"] for one in found}
    assert {task_id for task_id in failed if f"redrive-{task_id}" not in redriven} <= requests
    assert not requests & {task_id for task_id in failed if f"redrive-{task_id}" in redriven}
