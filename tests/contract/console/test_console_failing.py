"""What the console does when what it runs on fails: told on the page, and once on the terminal."""

import signal
import socket
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.between import relay_to
from tests.contract.console.serving import Console
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn, wait_until
from tests.fctask_program import Fctask
from tests.recorded import Service, against, answering, fc
from tests.running_cloud import RunningCloud

Look = Callable[..., Page]
Serve = Callable[..., Console]
TASKS = b'{"tasks": [{"taskId": "t", "status": "Succeeded", "startedTime": 1764000000000}]}'
RUBBISH = (200, b"[1]")  # an answer that no SDK of ours can read
FAILED = ("status of 500", "status of 502")
HANGS = 60  # seconds that a call hangs at most: far longer than an end by Ctrl-C may take


@pytest.fixture
def service() -> Generator[Service, None, None]:
    with answering({"/async-tasks": (200, TASKS)}) as answered:
        yield answered


def test_totals_that_cannot_be_read_say_why_and_since_when_and_the_terminal_once(
    serve: Serve, service: Service, look: Look
) -> None:
    console = serve(against(service))
    page = look(console, "/totals?window=7d")
    expect(page.locator("#totals .hint").first).to_contain_text("Counted:")
    service.answers["/async-tasks"] = RUBBISH
    trouble = page.locator("#totals-trouble")
    expect(trouble).to_contain_text(
        "Reading the tasks of the last 7d fails since 2", timeout=10_000
    )
    expect(trouble).to_contain_text("an error of its own, AttributeError")
    expect(trouble).to_contain_text("What is below was read 2")
    expect(page.locator("#totals .hint").first).to_contain_text("Counted:")  # what was known stays
    since = trouble.locator("time").first.inner_text()
    for _ in range(3):  # one look shows at the latest what the one before began
        with page.expect_response("**/live/totals?*"):
            pass
    assert trouble.locator("time").first.inner_text() == since
    service.answers["/async-tasks"] = (200, TASKS)
    expect(trouble).to_have_count(0, timeout=10_000)
    ended = console.end()
    assert ended.exit_code == 0
    assert ended.stderr.count("Reading the tasks of the last 7d fails: AttributeError") == 1
    assert ended.stderr.count("Traceback") == 1
    assert ended.stderr.endswith("Reading the tasks of the last 7d works again\n")


def test_totals_that_never_could_be_read_are_a_sentence_too(serve: Serve, service: Service) -> None:
    console = serve(against(service))
    console.let_in()
    service.answers["/async-tasks"] = RUBBISH
    console.send("GET", "/totals")
    wait_until(lambda: "fails</strong> since" in console.send("GET", "/totals").text)
    assert "Reading the tasks:" not in console.send("GET", "/totals").text  # not for ever
    assert console.end().exit_code == 0


def test_a_page_that_fails_is_a_page_with_a_sentence_and_the_terminal_is_told_once(
    serve: Serve, service: Service, look: Look
) -> None:
    console = serve(against(service))
    page = look(console, expected=FAILED)
    expect(page.locator("#task-t")).to_be_visible()
    service.answers["/async-tasks"] = RUBBISH
    expect(page.locator("#banner")).to_contain_text(
        "This page fails: an error of its own, AttributeError", timeout=10_000
    )
    expect(page.locator("#task-t")).to_be_visible()
    page.goto(console.origin + "/tasks")
    expect(page.get_by_role("heading", name="The console failed")).to_be_visible()
    expect(page.locator("main .failure")).to_contain_text("The terminal of `fctask console` tells")
    service.answers["/async-tasks"] = (200, TASKS)
    page.reload()
    expect(page.locator("#task-t")).to_be_visible()
    ended = console.end()
    assert ended.exit_code == 0
    assert ended.stderr.count("A page fails: AttributeError") == 1
    assert ended.stderr.count("Traceback") == 1


def test_keys_that_expire_are_told_with_what_to_do(
    serve: Serve, service: Service, look: Look
) -> None:
    console = serve(against(service))
    page = look(console, expected=FAILED)
    expect(page.locator("#task-t")).to_be_visible()
    expired = "Specified SecurityToken is expired."
    service.answers["/async-tasks"] = fc(403, "InvalidSecurityToken.Expired", expired)
    banner = page.locator("#banner")
    expect(banner).to_contain_text(f"the credentials are refused: {expired}", timeout=10_000)
    expect(banner).to_contain_text("end it, and start it again with new ones")
    page.goto(console.origin + "/totals")
    expect(page.locator("#totals-trouble")).to_contain_text("start it again", timeout=10_000)
    page.goto(console.origin + "/tasks")
    expect(page.get_by_role("heading", name="Credentials refused")).to_be_visible()
    expect(page.locator("main .failure")).to_contain_text("start it again with new ones")


@pytest.fixture
def queue(stack: TaskStack) -> str:
    return stack.queue()


@pytest.fixture
def failing(stack: TaskStack, queue: str) -> str:
    """A function with three failed tasks, whose messages wait in the queue."""
    arn = queue_arn(queue)
    job = stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn)
    for task_id in [stack.submit(job, {"raise": "no", "n": number}) for number in range(3)]:
        stack.wait(job, task_id)
    wait_until(lambda: int(stack.smq.get_queue(queue).get_attributes().active_messages) == 3)
    return job


def behind(relay_url: str, fctask: Fctask, job: str, serve: Serve) -> Console:
    environment = {**fctask.environment, "FCTASK_FC_ENDPOINT": relay_url}
    del environment["HTTP_PROXY"]
    console = serve(Fctask(environment).of(job))
    console.let_in()
    return console


def test_a_redrive_that_fails_ends_and_its_page_says_why(
    serve: Serve, fctask: Fctask, cloud: RunningCloud, failing: str, look: Look
) -> None:
    with relay_to(cloud) as relay:
        console = behind(relay.url, fctask, failing, serve)

        def rubbish(_: str, path: str, status: int, body: bytes) -> tuple[int, bytes]:
            return RUBBISH if "/async-tasks/" in path else (status, body)

        relay.change = rubbish
        page = look(console, "/messages")
        page.get_by_role("button", name="Redrive").click()
        page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
        expect(page.locator("#run-title")).to_have_text("Redrive, ended early", timeout=15_000)
        expect(page.locator("#run-error")).to_contain_text("an error of its own, AttributeError")
        expect(page.locator("#run-error")).to_contain_text("is still in the queue")
        expect(page.locator("#run-told")).to_contain_text("ended 2")
        relay.change = None
        page.get_by_role("button", name="Redrive").click()  # it can be begun again
        page.get_by_role("dialog").get_by_role("button", name="Redrive").click()
        expect(page.locator("#run-told")).to_contain_text("3 redriven", timeout=15_000)
        ended = console.end()
    assert ended.exit_code == 0
    assert ended.stderr.count("The redrive ended early: AttributeError") == 1


def test_a_redrive_is_stopped_by_its_button_and_a_second_one_is_not_begun_in_silence(
    serve: Serve, fctask: Fctask, cloud: RunningCloud, failing: str, stack: TaskStack, look: Look
) -> None:
    at_hand, go_on = threading.Event(), threading.Event()
    with relay_to(cloud) as relay:
        console = behind(relay.url, fctask, failing, serve)

        def hold(method: str, path: str) -> bool:
            if method == "POST" and "/invocations" in path:
                at_hand.set()
                assert go_on.wait(HANGS)
            return False

        relay.before = hold
        page = look(console, "/messages")
        assert console.post("/messages/redrive", {"key": console.form_key()}).status == 303
        assert at_hand.wait(20)
        second = console.post("/messages/redrive", {"key": console.form_key(), "stopped": "on"})
        page.goto(console.origin + second.headers["location"])
        expect(page.get_by_role("status")).to_contain_text("A redrive goes on already")
        expect(page.locator("#run-title")).to_have_text("Redrive, going on")
        page.get_by_role("button", name="Stop after the message at hand").click()
        expect(page.locator("#run-title")).to_have_text("Redrive, stopping")
        expect(page.locator("#redrive-stop-it")).to_be_disabled()
        go_on.set()
        expect(page.locator("#run-title")).to_have_text("Redrive, stopped", timeout=15_000)
        expect(page.locator("#run-told")).to_contain_text("1 redriven")
        expect(page.locator("#queue")).to_contain_text("What it had not come to is still in")
        assert console.end().stderr == ""
    assert len(stack.tasks(failing, prefix="redrive-").tasks) == 1


def test_ctrl_c_while_the_cloud_gives_no_answer_ends_it_without_a_traceback(
    serve: Serve, fctask: Fctask, cloud: RunningCloud, stack: TaskStack
) -> None:
    asked, go_on = threading.Event(), threading.Event()
    job = stack.function()
    with relay_to(cloud) as relay:
        console = behind(relay.url, fctask, job, serve)

        def hang(*_: str) -> bool:
            asked.set()
            return go_on.wait(HANGS)

        relay.before = hang
        with socket.create_connection(("127.0.0.1", console.port), timeout=HANGS) as waiting:
            head = f"GET /tasks HTTP/1.1\r\nhost: 127.0.0.1:{console.port}\r\n"
            waiting.sendall(f"{head}cookie: {console.cookie}\r\n\r\n".encode())
            assert asked.wait(20)
            began = time.monotonic()
            console.process.send_signal(signal.SIGINT)
            answer = waiting.recv(65_536).decode()
            stdout, stderr = console.process.communicate(timeout=HANGS)
            taken = time.monotonic() - began
        go_on.set()
    assert (console.process.returncode, stdout, stderr) == (0, "", "")
    assert answer.startswith("HTTP/1.1 503 ")
    assert taken < 20


def test_a_request_that_is_no_http_ends_its_connection_and_nothing_else(
    serve: Serve, fctask: Fctask, stack: TaskStack
) -> None:
    console = serve(fctask.of(stack.function()))
    console.let_in()
    for sent in (b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n", b"rubbish\r\n\r\n") * 2:
        with socket.create_connection(("127.0.0.1", console.port), timeout=10) as stranger:
            stranger.sendall(sent)
            while stranger.recv(4096):
                pass
    page = console.send("GET", "/tasks")
    assert page.status == 200
    assert "background-trouble" not in page.text
    ended = console.end()
    assert ended.exit_code == 0
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 1


def test_a_browser_that_returns_only_when_it_is_closed_holds_nothing_up(
    serve: Serve, fctask: Fctask, stack: TaskStack, tmp_path: Path
) -> None:
    closed, browser = tmp_path / "closed", tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\nuntil [ -e {closed} ]; do sleep 0.1; done\n")
    browser.chmod(0o755)
    program = Fctask({**fctask.environment, "BROWSER": str(browser)}).of(stack.function())
    console = serve(program, "--open")
    try:
        console.let_in()
        assert console.send("GET", "/tasks").status == 200
        console.process.send_signal(signal.SIGINT)
        assert console.process.wait(20) == 0
    finally:
        closed.touch()
        console.end()
