"""Stop, re-run and redrive in a genuine Chromium, by mouse, by keyboard, and by a forger."""

import http.server
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest
from mns.queue import QueueMeta
from playwright.sync_api import Page, expect

from tests.between import relay_to
from tests.contract.console.serving import Console, serving
from tests.contract.function_packages import code_of, models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn
from tests.fctask_program import Fctask
from tests.running_cloud import RunningCloud

Look = Callable[..., Page]
Serve = Callable[..., Console]


@pytest.fixture(scope="module")
def queue(stack: TaskStack) -> str:
    name = stack.queue()
    meta = QueueMeta()
    meta.set_visibilitytimeout(2)
    stack.smq.get_queue(name).set_attributes(meta)
    return name


@pytest.fixture(scope="module")
def job(stack: TaskStack, queue: str) -> str:
    arn = queue_arn(queue)
    return stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn, timeout=120)


@pytest.fixture(scope="module")
def console(fctask: Fctask, job: str) -> Generator[Console, None, None]:
    made = serving(fctask.of(job))
    made.let_in()
    yield made
    assert made.end().exit_code == 0


def running(stack: TaskStack, job: str) -> str:
    task_id = stack.submit(job, {"sleep": 100})
    stack.wait(job, task_id, ("Running",))
    return task_id


def status(page: Page) -> str:
    return page.locator("#state").get_attribute("data-status") or ""


def test_stop_asks_first_and_shows_when_it_is_true(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = running(stack, job)
    page = look(console, f"/tasks/{task_id}")
    page.get_by_role("button", name="Stop").click()
    dialog = page.get_by_role("dialog", name="Stop this task?")
    expect(dialog).to_contain_text(task_id)
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).not_to_be_visible()
    assert stack.task(job, task_id).status == "Running"
    page.get_by_role("button", name="Stop").click()
    dialog.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("status")).to_contain_text("The stop is asked for")
    expect(page.locator("#state dd .status")).to_have_text("Stopped")
    assert stack.task(job, task_id).status == "Stopped"


def test_stop_by_keyboard_alone_and_escape_leaves_it(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = running(stack, job)
    page = look(console, f"/tasks/{task_id}")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.dialog") == "stop-dialog":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(1500)  # the page goes on below it
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    assert page.evaluate("document.activeElement.dataset.dialog") == "stop-dialog"
    assert stack.task(job, task_id).status == "Running"
    page.keyboard.press("Enter")
    for _ in range(5):
        if page.evaluate("document.activeElement.textContent") == "Stop it":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#state dd .status")).to_have_text("Stopped")


def test_a_click_beside_the_dialog_leaves_it_and_one_on_its_margin_does_not(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = stack.submit(job)
    stack.wait(job, task_id)
    page = look(console, f"/tasks/{task_id}")
    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog")
    box = dialog.bounding_box()
    assert box
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    expect(dialog).to_be_visible()
    page.mouse.click(box["x"] - 5, box["y"] + 5)
    expect(dialog).not_to_be_visible()


def test_a_stop_whose_answer_is_lost_is_shown_as_what_came_of_it(
    cloud: RunningCloud, fctask: Fctask, stack: TaskStack, job: str
) -> None:
    task_id = running(stack, job)
    with relay_to(cloud) as relay:
        environment = {**fctask.environment, "FCTASK_FC_ENDPOINT": relay.url}
        del environment["HTTP_PROXY"]
        console = serving(Fctask(environment).of(job))
        console.let_in()
        key = console.form_key()

        def lost(method: str, _: str, status: int, body: bytes) -> tuple[int, bytes]:
            if method == "GET":
                return status, body
            stack.wait(job, task_id)
            return 500, b'{"Code": "InternalServerError", "Message": "lost"}'

        relay.change = lost
        assert 'data-status="Running"' in console.send("GET", f"/tasks/{task_id}").text
        answer = console.post(f"/tasks/{task_id}/stop", {"key": key})
        assert answer.status == 503
        assert 'data-status="Stopped"' in console.send("GET", f"/tasks/{task_id}").text
        assert console.end().exit_code == 0


def test_without_script_the_question_is_a_page(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = running(stack, job)
    page = look(console, f"/tasks/{task_id}", java_script_enabled=False)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Stop this task?")).to_be_visible()
    page.get_by_role("button", name="Stop it").click()
    assert stack.wait(job, task_id).status == "Stopped"


def test_a_task_that_ended_meanwhile_is_told_so(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = stack.submit(job)
    stack.wait(job, task_id)
    answer = console.post(f"/tasks/{task_id}/stop", {"key": console.form_key()})
    page = look(console, answer.headers["location"])
    expect(page.get_by_role("status")).to_contain_text("It had ended already")
    assert status(page) == "Succeeded"


def test_run_again_makes_one_new_task_that_names_the_first(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = stack.submit(job, {"n": 1}, x_fc_async_task_id="nightly")
    stack.wait(job, task_id)
    page = look(console, f"/tasks/{task_id}")
    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog", name="Run it again?")
    fields = {
        one.get_attribute("name") or "": one.get_attribute("value") or ""
        for one in dialog.locator("input[type=hidden]").all()
    }
    dialog.get_by_role("button", name="Run it again").click()
    page.wait_for_url("**/tasks/rerun-nightly-*")
    expect(page.get_by_role("status")).to_contain_text("Accepted")
    expect(page.get_by_role("link", name="nightly", exact=True)).to_be_visible()
    expect(page.locator("#state dd .status")).to_have_text("Succeeded")
    # the same form once more, as a second click sends it
    answer = console.post(f"/tasks/{task_id}/rerun", fields)
    assert (
        answer.headers["location"].partition("?")[0]
        == page.url.removeprefix(console.origin).partition("?")[0]
    )
    (again,) = stack.tasks(job, prefix="rerun-nightly-", include_payload=True).tasks
    assert again.task_payload == '{"n": 1}'


def test_run_again_of_a_task_that_has_not_ended_is_a_readable_refusal(
    console: Console, stack: TaskStack, job: str
) -> None:
    task_id = running(stack, job)
    answer = console.post(f"/tasks/{task_id}/rerun", {"key": console.form_key()})
    assert answer.status == 409
    assert "only a task that has ended can be run again" in answer.text
    stack.stop(job, task_id)


def test_redrive_submits_the_failed_ones_and_leaves_the_others(
    serve: Serve, fctask: Fctask, stack: TaskStack, look: Look
) -> None:
    queue = stack.queue()
    arn = queue_arn(queue)
    job = stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn)
    failed = [stack.submit(job, {"raise": "<b>no</b>", "n": n}) for n in range(2)]
    for task_id in (*failed, stack.submit(job, {"fine": True})):
        stack.wait(job, task_id)
    code = code_of("def handler(event, context):\n    return 'repaired'\n")
    stack.fc.update_function(
        job, models.UpdateFunctionRequest(body=models.UpdateFunctionInput(code=code))
    )
    console = serve(fctask.of(job))
    page = look(console, "/messages")
    expect(page.locator(".messages > li")).to_have_count(3)
    expect(page.locator(".messages .condition")).to_have_count(2)
    page.locator(".messages summary").first.click()
    body = page.locator(".messages pre").first
    expect(body).to_contain_text('"requestContext": {')
    page.wait_for_timeout(2500)
    expect(body).to_be_visible()  # what was opened stays so while the page is live
    page.get_by_role("button", name="Redrive").click()
    page.get_by_role("dialog", name="Redrive the failed tasks?").get_by_role(
        "button", name="Redrive"
    ).click()
    expect(page.locator("#run-told")).to_contain_text("2 redriven", timeout=15_000)
    expect(page.locator("#run-told")).to_contain_text("ended", timeout=15_000)
    outcomes = page.locator(".outcomes li")
    expect(outcomes.filter(has_text="redriven").filter(has_text="redrive-")).to_have_count(2)
    expect(outcomes.filter(has_text="left alone").filter(has_text="Succeeded")).to_have_count(1)
    for task_id in failed:
        assert stack.wait(job, f"redrive-{task_id}").status == "Succeeded"
    expect(page.locator(".messages .condition")).to_have_count(0)


@contextmanager
def another_site(page_source: str) -> Generator[str]:
    """A page of another origin on this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = page_source.encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_a_page_of_another_origin_can_neither_act_nor_read_nor_frame(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = running(stack, job)
    page = look(console, f"/tasks/{task_id}")  # the browser holds the cookie
    forger = page.context.new_page()
    refused: list[str] = []
    forger.on("console", lambda message: refused.append(message.text))
    target = f"{console.origin}/tasks/{task_id}/stop"
    source = f"""<form method="post" action="{target}"><input name="key" value="guess"></form>
        <iframe src="{console.origin}/tasks/{task_id}"></iframe>"""
    with another_site(source) as site:
        forger.goto(site)
        read = forger.evaluate(
            """(url) => fetch(url, {method: "POST", credentials: "include", mode: "cors",
               body: new URLSearchParams({key: "guess"})}).then(() => "read", () => "refused")""",
            target,
        )
        assert read == "refused"
        assert any("frame" in one.lower() for one in refused), refused
        with forger.expect_navigation() as moved:
            forger.evaluate("document.forms[0].submit()")
        answer = moved.value
        assert answer
        assert answer.status == 403
        sent = answer.request.all_headers()
        assert sent["origin"] == site
        assert "fctask-console" in sent.get("cookie", "")  # the same site: the cookie went along
    forger.close()
    assert stack.task(job, task_id).status == "Running"
    stack.stop(job, task_id)
