"""That everybody can read and use the console: by keyboard, by ear, on a phone, in the dark."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.contract.console.serving import Console, serving
from tests.contract.task_stack import GUIDE_POLICY, TaskStack, queue_arn
from tests.fctask_program import Fctask

Look = Callable[..., Page]
LEAST_CONTRAST = 4.5  # WCAG 2.2 AA, for text of this size

AUDIT = """() => {
    const problems = [];
    const shown = (node) => node.checkVisibility();
    const name = (node) => (node.getAttribute("aria-label") || node.textContent ||
        node.title || "").trim();
    const tell = (why, node) => problems.push(why + ": " + node.outerHTML.slice(0, 160));
    for (const [what, count] of [["main", 1], ["header", 1], ["h1", 1], ["title", 1]])
        if (document.querySelectorAll(what).length !== count) problems.push(`not one ${what}`);
    if (!document.documentElement.lang) problems.push("no language");
    if (!document.title.trim()) problems.push("no title");
    for (const node of document.querySelectorAll("a[href], button, summary"))
        if (!name(node)) tell("no name", node);
    for (const node of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
        if (![...node.labels].some(name)) tell("no label", node);
    for (const node of document.querySelectorAll("nav, section, dialog, [role=region]"))
        if (!node.getAttribute("aria-label") && !document.getElementById(
            node.getAttribute("aria-labelledby"))) tell("no name", node);
    for (const node of document.querySelectorAll("svg"))
        if (!node.closest("[aria-hidden=true]")) tell("a drawing that is read", node);
    for (const node of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
        for (const id of (node.getAttribute("aria-labelledby") ||
            node.getAttribute("aria-describedby")).split(" "))
            if (!document.getElementById(id)) tell("names nobody", node);
    const ids = [...document.querySelectorAll("[id]")].map((node) => node.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push("twice " + id);
    for (const node of document.querySelectorAll("th"))
        if (!node.getAttribute("scope")) tell("no scope", node);
    for (const node of document.querySelectorAll("*"))
        if (shown(node) && node.scrollHeight > node.clientHeight + 1 && node.tabIndex < 0
            && ["auto", "scroll"].includes(getComputedStyle(node).overflowY)
            && node !== document.scrollingElement) tell("scrolls by mouse alone", node);
    let level = 1;
    for (const node of document.querySelectorAll("h1, h2, h3, h4")) {
        if (!shown(node)) continue;
        const now = Number(node.tagName[1]);
        if (now > level + 1) tell("skips a level", node);
        level = now;
    }
    return problems;
}"""

CONTRASTS = """() => {
    const light = (parts) => parts.map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
    const parts = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
    const under = (node) => {
        for (; node; node = node.parentElement) {
            const found = parts(getComputedStyle(node).backgroundColor);
            if (found.length === 3 || found[3] === 1) return found.slice(0, 3);
        }
        throw new Error("no background");
    };
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const node = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !node.checkVisibility() || node.closest(":disabled"))
            continue;
        const ink = parts(getComputedStyle(node).color).slice(0, 3);
        const [one, two] = [ink, under(node)].map(light);
        const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
        found.push([contrast, walk.currentNode.data.trim().slice(0, 40)]);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def job(stack: TaskStack) -> str:
    arn = queue_arn(stack.queue())
    made = stack.function(role=stack.role(GUIDE_POLICY), success=arn, failure=arn, timeout=120)
    long = "a word and another, " * 30 + "/a/path/without/any/space" * 10
    for number in range(3):
        stack.wait(made, stack.submit(made, {"raise": long, "n": number}))
    stack.wait(made, stack.submit(made, {"n": 1}, x_fc_async_task_id="w" * 128))
    stack.submit(made, {"sleep": 100}, x_fc_async_task_id="running")
    stack.wait(made, "running", ("Running",))
    return made


@pytest.fixture(scope="module")
def console(fctask: Fctask, job: str) -> Generator[Console, None, None]:
    made = serving(fctask.of(job))
    yield made
    assert made.end().exit_code == 0


@pytest.fixture(scope="module")
def paths(stack: TaskStack, job: str) -> list[str]:
    """Every page of the console."""
    failed = stack.tasks(job, status="Failed").tasks[0].task_id
    return [
        "/tasks",
        "/tasks?status=Failed&since=yesterday",
        "/tasks?prefix=nothing",
        f"/tasks/{failed}",
        f"/tasks/{'w' * 128}",
        "/tasks/running",
        "/tasks/running/stop",
        f"/tasks/{failed}/rerun",
        "/tasks/none-such",
        "/messages",
        "/messages/redrive",
        "/totals",
        "/stack",
        "/nowhere",
    ]


def gone_through(page: Page, console: Console, paths: list[str]) -> Generator[str, None, None]:
    for path in paths:
        page.goto(console.origin + path)
        if path == "/totals":
            page.locator(".tiles").wait_for()
        if path.startswith("/tasks/") and page.locator("#log").count():
            page.locator("#log .nothing:not(:text('Reading'))").wait_for()
        yield path


NOT_FOUND = ("404 (Not Found)", "status of 404", "status of 400")


def test_every_control_has_a_name_and_every_page_its_landmarks(
    console: Console, look: Look, paths: list[str]
) -> None:
    page = look(console, expected=NOT_FOUND)
    found = {path: page.evaluate(AUDIT) for path in gone_through(page, console, paths)}
    assert found == {path: [] for path in paths}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_in_dark(
    console: Console, look: Look, paths: list[str], scheme: str
) -> None:
    page = look(console, expected=NOT_FOUND, color_scheme=scheme)
    for path in gone_through(page, console, paths):
        contrasts: list[Any] = page.evaluate(CONTRASTS)
        assert len(contrasts) > 5
        faint = [one for one in contrasts if one[0] < LEAST_CONTRAST]
        assert faint == [], path
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper[4:-1].split(","))) > 3 * 128) is (scheme == "light")


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_no_page_is_wider_than_its_window(
    console: Console, look: Look, paths: list[str], width: int
) -> None:
    page = look(console, expected=NOT_FOUND, width=width, height=800)
    for path in gone_through(page, console, paths):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_on_a_phone_a_row_is_a_card_that_is_still_a_row(console: Console, look: Look) -> None:
    page = look(console, width=375, height=800)
    row = page.get_by_role("row").filter(has_text="running")
    expect(row.get_by_role("cell").first).to_contain_text("Running")
    expect(row.get_by_role("rowheader")).to_have_text("running")
    box = row.bounding_box()
    assert box
    assert box["width"] <= 375
    name = row.get_by_role("rowheader").bounding_box()
    cell = row.get_by_role("cell").first.bounding_box()
    assert name
    assert cell
    assert cell["y"] >= name["y"] + name["height"] - 1  # below its name, not beside it


def test_the_keyboard_reaches_all_and_skips_what_repeats(console: Console, look: Look) -> None:
    page = look(console)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.goto(console.origin + "/tasks")
    count = page.evaluate(
        "[...document.querySelectorAll('a[href], button, input, summary')]"
        ".filter((node) => node.checkVisibility()).length"
    )
    reached: set[str] = set()
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        told = page.evaluate(
            "(() => { const node = document.activeElement;"
            " return [node.outerHTML.slice(0, 90), getComputedStyle(node).outlineStyle] })()"
        )
        if told[0].startswith("<body"):
            break
        assert told[1] != "none", f"no focus to be seen: {told[0]}"
        reached.add(told[0])
    assert len(reached) == count


def test_a_reader_is_told_of_changes_politely(console: Console, look: Look) -> None:
    page = look(console)
    said = page.locator("#said")
    expect(said).to_have_attribute("aria-live", "polite")
    snapshot = page.locator("body").aria_snapshot()
    for part in ("banner", 'navigation "Console"', "main", 'search "Tasks"', "table", "rowheader"):
        assert part in snapshot
    assert page.locator("[aria-live]").count() == 1  # the table itself is not read again


def test_nothing_moves_for_who_wants_none_of_it(console: Console, look: Look) -> None:
    for wish, moves in (("reduce", "none"), ("no-preference", "breathe")):
        page = look(console, "/tasks/running", reduced_motion=wish)
        name = page.locator("dd .status").evaluate(
            "(node) => getComputedStyle(node, '::before').animationName"
        )
        assert name == moves
