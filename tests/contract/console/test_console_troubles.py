"""What the console shows when the cloud refuses, is away, or comes back."""

from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.contract.console.serving import Console
from tests.contract.task_stack import TaskStack
from tests.fctask_program import Fctask, environment_of
from tests.recorded import against, answering, fc
from tests.running_cloud import RunningCloud, running_cloud

Look = Callable[..., Page]
Serve = Callable[..., Console]
UNANSWERED = ("502 (Bad Gateway)", "503 (Service", "ERR_CONNECTION_REFUSED", "status of 502")


@pytest.fixture
def cloud(tmp_path: Path) -> Generator[RunningCloud, None, None]:
    """A localcloud of this test's own, to be taken away."""
    with running_cloud(tmp_path) as running:
        yield running


def test_localcloud_going_away_shows_a_banner_and_its_return_takes_it_away(
    serve: Serve, cloud: RunningCloud, look: Look
) -> None:
    stack = TaskStack(cloud)
    job = stack.function()
    stack.wait(job, stack.submit(job, x_fc_async_task_id="before"))
    console = serve(Fctask(environment_of(cloud)).of(job))
    page = look(console, expected=UNANSWERED)
    expect(page.locator("#task-before")).to_be_visible()
    cloud.stop()
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("the local cloud is not running", timeout=10_000)
    expect(page.locator("#task-before")).to_be_visible()  # what was known stays
    other = page.context.new_page()
    other.goto(console.origin + "/tasks")
    expect(other.get_by_role("heading", name="No answer")).to_be_visible()
    expect(other.locator("main .failure")).to_contain_text("localcloud serve")
    cloud.restart()
    expect(banner).to_be_hidden(timeout=15_000)
    stack = TaskStack(cloud)
    stack.submit(job, x_fc_async_task_id="after")
    expect(page.locator("#task-after")).to_be_visible()
    expect(other.locator("#task-after")).to_be_visible(timeout=10_000)  # by itself


def test_the_console_ending_is_told_in_the_page(
    serve: Serve, cloud: RunningCloud, look: Look
) -> None:
    job = TaskStack(cloud).function()
    console = serve(Fctask(environment_of(cloud)).of(job))
    page = look(console, expected=UNANSWERED)
    page.wait_for_timeout(1200)
    console.end()
    expect(page.get_by_role("alert")).to_contain_text("The console has ended", timeout=10_000)


def test_a_missing_permission_is_a_page_that_names_the_action(serve: Serve, look: Look) -> None:
    denied = "the caller is not authorized to perform 'fc:GetAsyncTask'"
    answers = {
        "/async-tasks/": fc(403, "AccessDenied", denied),
        "/async-tasks": (200, b'{"tasks": [{"taskId": "t", "status": "Running"}]}'),
        "/messages": fc(500, "x", "x"),
    }
    with answering(answers) as service:
        console = serve(against(service))
        page = look(console, "/tasks/t", expected=UNANSWERED)
        expect(page.get_by_role("heading", name="Permission missing")).to_be_visible()
        told = page.get_by_role("alert").last
        expect(told).to_contain_text("permission missing: fc:GetAsyncTask on t")
        expect(told).to_contain_text("RAM policy")
        page.get_by_role("link", name="Tasks").last.click()
        expect(page.locator("#task-t")).to_be_visible()  # all else goes on


def test_what_is_not_there_is_a_page_of_its_own(
    serve: Serve, cloud: RunningCloud, look: Look
) -> None:
    job = TaskStack(cloud).function()
    console = serve(Fctask(environment_of(cloud)).of(job))
    page = look(console, "/tasks/none-such", expected=("status of 404",))
    expect(page.get_by_role("heading", name="No such task")).to_be_visible()
    page.goto(console.origin + "/tasks/..%2F..%2Fetc")
    expect(page.get_by_role("heading", name="No such")).to_be_visible()
    page.goto(console.origin + "/messages")
    expect(page.get_by_role("heading", name="No such queue")).to_be_visible()
    expect(page.get_by_role("alert").last).to_contain_text("go to no queue")
