"""The console's tasks in a genuine Chromium: live, filtered, page by page, and one by one."""

import time
from collections.abc import Callable, Generator
from typing import Any

import pytest
from aliyun.log import IndexConfig, IndexLineConfig, LogClient
from mns.queue import Message
from playwright.sync_api import Page, expect

from tests.contract.console.serving import Console, serving
from tests.contract.function_packages import models
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn
from tests.fctask_program import Fctask

Look = Callable[..., Page]
Serve = Callable[..., Console]
PROJECT, LOGSTORE = "console-logs", "lines"
APPEARS_WITHIN = 2  # seconds


def indexed(log: LogClient, project: str) -> Any:
    """A function's logConfig with a new logstore, whose lines are indexed by their words."""
    log.create_project(project, "")
    log.create_logstore(project, LOGSTORE, 7, 1)
    words = IndexLineConfig(token_list=list(", '\";=()[]{}?@&<>/:\n\t\r"))
    log.create_index(project, LOGSTORE, IndexConfig(line_config=words))
    return models.LogConfig(project=project, logstore=LOGSTORE)


@pytest.fixture(scope="module")
def job(stack: TaskStack, log: LogClient) -> str:
    """A function with logs and a queue; its failures are tried twice."""
    settings = indexed(log, PROJECT)
    arn = queue_arn(stack.queue())
    return stack.function(
        role=stack.role(GUIDE_POLICY),
        success=arn,
        failure=arn,
        retries=1,
        timeout=60,
        log_config=settings,
    )


@pytest.fixture(scope="module")
def console(fctask: Fctask, job: str) -> Generator[Console, None, None]:
    made = serving(fctask.of(job))
    yield made
    assert made.end().exit_code == 0


def expect_tasks(page: Page, ids: list[str]) -> None:
    """Exactly these tasks are shown, in this order, or come to be."""
    expect(page.locator("tr[data-task] a")).to_have_text(ids)


def test_a_task_submitted_elsewhere_appears_within_two_seconds_and_nothing_flickers(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    for number in range(60):
        stack.submit(job, {"n": number}, x_fc_async_task_id=f"before-{number}")
    stack.wait(job, "before-59")
    page = look(console)
    expect(page.locator("tr[data-status=Succeeded]")).to_have_count(50)
    page.locator("#link-before-40").focus()
    page.evaluate("""() => {
        const row = document.getElementById("task-before-40");
        row.scrollIntoView({ block: "center" });
        row.mark = "the same node";
        window.seen = { top: row.getBoundingClientRect().top, taken: [] };
        new MutationObserver((all) => all.forEach((one) => one.removedNodes.forEach((node) => {
            if (node.dataset?.task) window.seen.taken.push(node.dataset.task);
        }))).observe(document.querySelector("main"), { childList: true, subtree: true });
    }""")
    page.wait_for_timeout(1200)  # a look without a change: the page holds what is true by now
    began = time.monotonic()
    stack.submit(job, {"sleep": 1}, x_fc_async_task_id="elsewhere")
    page.locator("#task-elsewhere").wait_for(timeout=APPEARS_WITHIN * 1000)
    assert time.monotonic() - began < APPEARS_WITHIN
    assert page.evaluate("document.activeElement.id") == "link-before-40"
    assert page.evaluate("document.getElementById('task-before-40').mark") == "the same node"
    top = "document.getElementById('task-before-40').getBoundingClientRect().top"
    assert abs(page.evaluate(top) - page.evaluate("window.seen.top")) < 2
    assert page.evaluate("window.seen.taken") == ["before-10"]  # the one that fell off the page
    expect(page.locator("#said")).to_contain_text("elsewhere")
    expect(page.locator("#task-elsewhere .status")).to_have_text("Succeeded")


def test_name_status_and_time_filter_the_tasks(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    for task_id, event in (("red-1", {"raise": "no luck"}), ("red-2", {}), ("blue-1", {})):
        stack.submit(job, event, x_fc_async_task_id=task_id)
        stack.wait(job, task_id)
    page = look(console)
    page.get_by_label("Name begins with").fill("red-")
    page.get_by_label("Name begins with").press("Enter")
    expect(page.locator("tr[data-task]")).to_have_count(2)
    expect_tasks(page, ["red-2", "red-1"])
    page.get_by_role("link", name="Failed", exact=True).click()
    expect_tasks(page, ["red-1"])
    expect(page.locator("#task-red-1 .error")).to_have_text("no luck")
    expect(page.get_by_label("Name begins with")).to_have_value("red-")
    page.get_by_label("Until").fill("1h")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#tasks .nothing")).to_have_text("No task matches.")
    page.get_by_label("Until").fill("")
    page.get_by_label("Since").fill("1h")
    page.get_by_role("button", name="Filter").click()
    expect_tasks(page, ["red-1"])
    page.get_by_label("Since").fill("yesterday")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("#since-problem")).to_contain_text("'yesterday' is neither a duration")
    expect(page.get_by_label("Since")).to_have_attribute("aria-describedby", "since-problem")
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#task-red-1")).to_be_visible()


def test_a_filtered_list_is_live_too(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    page = look(console, "/tasks?prefix=late-&status=Succeeded")
    expect(page.locator("#tasks .nothing")).to_be_visible()
    stack.submit(job, {}, x_fc_async_task_id="late-other-status-soon")
    page.locator("#task-late-other-status-soon").wait_for(timeout=APPEARS_WITHIN * 1000)
    stack.submit(job, {}, x_fc_async_task_id="not-late")
    stack.wait(job, "not-late")
    page.wait_for_timeout(1200)
    expect_tasks(page, ["late-other-status-soon"])


def test_history_is_gone_through_page_by_page(
    serve: Serve, fctask: Fctask, stack: TaskStack, look: Look
) -> None:
    job = stack.function()
    submitted = [stack.submit(job, x_fc_async_task_id=f"t-{n:03}") for n in range(130)]
    stack.wait(job, "t-129")
    console = serve(fctask.of(job))
    page = look(console)
    newest_first = submitted[::-1]
    expect_tasks(page, newest_first[:50])
    page.get_by_role("link", name="Older").click()
    expect_tasks(page, newest_first[50:100])
    page.get_by_role("link", name="Older").click()
    expect_tasks(page, newest_first[100:])
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newer").click()
    expect_tasks(page, newest_first[50:100])
    page.get_by_role("link", name="Newest").click()
    expect_tasks(page, newest_first[:50])


def test_a_tasks_page_draws_its_way_and_tells_payload_result_and_log(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    payload = {"raise": "<script>window.bad = 1</script>", "more": ["x" * 40, {"deep": True}]}
    task_id = stack.submit(job, payload)
    stack.wait(job, task_id)
    page = look(console, f"/tasks/{task_id}")
    names = page.locator(".timeline .name").all_inner_texts()
    assert names == [
        "Queued", "Taken", "Attempt 1", "Pause", "Taken", "Attempt 2", "Failed", "Destination",
    ]  # fmt: skip
    bars = page.locator(".timeline rect")
    ends = [(float(bar.get_attribute("x") or -1), float(bar.get_attribute("width") or -1))
            for bar in bars.all()]  # fmt: skip
    assert all(x >= 0 and x + width <= 1000.01 for x, width in ends)
    assert [x for x, _ in ends[:-2]] == sorted(x for x, _ in ends[:-2])
    pause = ends[names.index("Pause")]
    assert pause[1] > 800  # a second of pause beside attempts of milliseconds
    boxes = [bar.bounding_box() for bar in bars.all()]
    assert all(box and box["width"] > 0.5 for box in boxes)  # each is seen
    expect(page.locator(".timeline .note").last).to_contain_text("queues/results-")
    expect(page.locator(".timeline .note").last).to_contain_text("Succeeded")
    told = page.locator("section[aria-labelledby=payload-title] pre").inner_text()
    assert '    {\n      "deep": true\n    }' in told
    assert (
        '"errorType": "ValueError"'
        in page.locator("section[aria-labelledby=result-title] pre").inner_text()
    )
    lines = page.locator("#log li")
    expect(lines.filter(has_text="FC Invoke End")).to_have_count(2, timeout=15_000)
    assert all(task_id in line or "Duration" in line for line in lines.all_inner_texts()
               if line.split("\n")[-1].startswith(("FC ", "Duration")))  # fmt: skip
    assert page.evaluate("window.bad") is None
    assert "<script>window.bad" in page.locator(".failure").inner_text()


def test_what_a_payload_holds_is_shown_and_never_acts(
    serve: Serve, fctask: Fctask, stack: TaskStack, look: Look
) -> None:
    arn = queue_arn(stack.queue())
    job = stack.function(role=stack.role(GUIDE_POLICY), failure=arn)
    console = serve(fctask.of(job))
    evil = (
        '<script>window.bad=1</script>"><img src=x onerror="window.bad=1">'
        '<svg onload="window.bad=1"></svg>'
        "<a href='javascript:window.bad=1' data-live='/x' data-dialog='stop-dialog'>click</a>"
        "</code></pre>\u202egnp\x1b[2J"
    )
    task_id = stack.submit(job, {"raise": evil, "note": "/dev/null"})
    stack.wait(job, task_id)
    for path in (f"/tasks/{task_id}", "/tasks", "/messages", "/totals"):
        page = look(console, path)
        part = page.get_by_text("<script>window.bad=1</script>").first
        expect(part).to_be_visible(timeout=15_000)
        page.wait_for_timeout(1200)  # also as a live part
        assert page.evaluate("window.bad") is None
        assert page.locator("main img, main [onload], main [href^=javascript]").count() == 0
        assert "\u202e" not in page.locator("main").inner_text()


LINES = """
def handler(event, context):
    print("w" * 9_000)
    for number in range(1, 1_200):
        print("line", number)
    print("<script>window.bad=1</script>" + "v" * 6_000)
"""


def test_of_a_long_log_the_newest_lines_are_read_and_long_lines_are_cut(
    serve: Serve, fctask: Fctask, stack: TaskStack, log: LogClient, look: Look
) -> None:
    settings = indexed(log, "console-talk")
    talker = stack.function(source=LINES, role=stack.role(GUIDE_POLICY), log_config=settings)
    task_id = stack.submit(talker)
    stack.wait(talker, task_id)
    console = serve(fctask.of(talker))
    page = look(console, f"/tasks/{task_id}")
    lines = page.locator("#log li code")
    expect(page.locator("#log .nothing")).to_contain_text("the newest 500 lines", timeout=15_000)
    expect(lines.last).to_contain_text("Duration:", timeout=15_000)
    told = lines.all_inner_texts()
    assert len(told) == 500
    numbers = [int(line.split()[1]) for line in told if line.startswith("line ")]
    assert numbers == list(range(numbers[0], 1_200))
    (cut,) = [line for line in told if line.startswith("<script>")]
    assert 2_000 <= len(cut) < 2_050
    assert page.evaluate("window.bad") is None


ODD = (
    '{"requestContext":{"requestId":"\\ud800","condition":"\\ud800"},"requestPayload":"\\ud800"}',
    '{"requestContext":{"requestId":{"a":1}}}',
    '{"requestContext":{"requestId":"../../x?y#z"}}',
    "<script>window.bad=1</script>",
    "<b>" + "x" * 60_000,
    '{"deep":' + "[" * 900 + "]" * 900 + "}",
    '{"requestContext":{"requestId":"abc"}}',
)
"""Bodies that Function Compute does not send, and anybody who may send to the queue can."""


def test_a_message_of_anybodys_making_breaks_no_page(
    serve: Serve, fctask: Fctask, stack: TaskStack, look: Look
) -> None:
    queue = stack.queue()
    sending = stack.smq.get_queue(queue)
    sending.set_encoding(False)
    for body in ODD:
        sending.send_message(Message(body))
    console = serve(fctask.of(stack.function(), "--queue", queue))
    page = look(console, "/messages")
    expect(page.locator(".messages > li")).to_have_count(len(ODD))
    links = page.locator(".messages a").evaluate_all("all => all.map(one => one.pathname)")
    assert links == ["/tasks/abc"]  # the others can be no task's
    page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
    shown = page.locator(".messages pre").all_inner_texts()
    assert len(shown) == len(ODD)
    assert max(map(len, shown)) < 20_200
    assert "of 60,003 characters" in shown[4]
    assert page.evaluate("window.bad") is None


def test_a_running_task_is_followed_to_its_end(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = stack.submit(job, {"sleep": 2.5})
    stack.wait(job, task_id, ("Running",))
    page = look(console, f"/tasks/{task_id}")
    expect(page.locator("#state dd .status")).to_have_text("Running")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    first = page.locator(".timeline rect").last.get_attribute("x")
    expect(page.locator("#state dd .status")).to_have_text("Succeeded", timeout=6_000)
    assert page.locator(".timeline .name").all_inner_texts()[-2:] == ["Succeeded", "Destination"]
    assert page.locator(".timeline rect").last.get_attribute("x") != first
    expect(page.locator("#said")).to_contain_text("Succeeded")
    expect(page.get_by_role("button", name="Run again")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_long_result_is_cut_on_the_page_and_whole_behind_a_link(
    console: Console, stack: TaskStack, job: str, look: Look
) -> None:
    task_id = stack.submit(job, {"answer": 30_000})
    stack.wait(job, task_id)
    page = look(console, f"/tasks/{task_id}")
    section = page.locator("section[aria-labelledby=result-title]")
    assert len(section.locator("pre").inner_text()) == 20_000
    page.get_by_role("link", name="All 30,000 characters").click()
    page.wait_for_url("**/result")
    assert page.locator("body").inner_text().count("x") == 30_000


def test_totals_are_counted_drawn_and_lead_to_the_tasks(
    serve: Serve, fctask: Fctask, stack: TaskStack, look: Look
) -> None:
    job = stack.function()
    for number in range(7):
        stack.submit(job, {"raise": "no luck"} if number < 2 else {"sleep": number / 50})
    stack.wait(job, stack.submit(job, {}, x_fc_async_task_id="last"))
    console = serve(fctask.of(job))
    page = look(console, "/totals")
    tiles = page.locator(".tiles li")
    expect(tiles.filter(has_text="Succeeded").locator(".count")).to_have_text("6")
    expect(tiles.filter(has_text="Failed").locator(".count")).to_have_text("2")
    expect(page.locator("#totals .hint").first).to_contain_text("Counted: all 8 tasks")
    for words in ("succeeded", "failed", "range", "median"):
        box = page.locator(f".plot rect.is-{words}").first.bounding_box()
        assert box
        assert box["width"] > 2
        assert box["height"] > 0.5
    expect(page.locator(".errors li")).to_have_count(1)
    expect(page.locator(".errors li")).to_contain_text("no luck")
    stack.submit(job, {}, x_fc_async_task_id="one-more")
    expect(tiles.filter(has_text="Succeeded").locator(".count")).to_have_text("7")
    page.get_by_text("The same as a table").click()
    page.wait_for_timeout(2500)
    expect(page.get_by_role("columnheader", name="p95").last).to_be_visible()  # still open
    tiles.filter(has_text="Failed").locator("a").click()
    expect(page.locator("tr[data-task]")).to_have_count(2)


def test_the_stack_page_draws_what_works_with_what(console: Console, job: str, look: Look) -> None:
    page = look(console, "/stack")
    wiring = page.locator(".wiring")
    for part in (job, "results-", f"{PROJECT} / {LOGSTORE}", "role-", "1 retry"):
        expect(wiring).to_contain_text(part)
    box = wiring.locator(".box.main").bounding_box()
    queue = wiring.locator(".out .box").bounding_box()
    assert box
    assert queue
    assert queue["x"] > box["x"] + box["width"]
    wiring.get_by_role("link", name="results-").click()
    expect(page.get_by_role("heading", name="Messages")).to_be_visible()
