"""The console as the installed program serves it, and a genuine Chromium that looks at it."""

import os
import shutil
from collections.abc import Callable, Generator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.contract.console.browsing import Watched, watched
from tests.contract.console.serving import Console, serving
from tests.fctask_program import Fctask

_NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def chromium() -> str:
    """Where Chromium is; without one the tests are skipped, on CI they fail."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail("no Chromium for the console's tests: install Debian's chromium")
        pytest.skip("install Debian's chromium (or name one in CHROMIUM)")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Generator[Browser, None, None]:
    """One headless Chromium for all tests."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        started.close()


@pytest.fixture
def serve() -> Generator[Callable[..., Console], None, None]:
    """Starts consoles: `serve(fctask.of(job), "--read-only")`; all are ended with the test."""
    started: list[Console] = []

    def start(program: Fctask, *options: str) -> Console:
        started.append(serving(program, *options))
        return started[-1]

    yield start
    for console in started:
        ended = console.end()
        assert ended.exit_code == 0, ended.text


@pytest.fixture
def look(browser: Browser) -> Generator[Callable[..., Page], None, None]:
    """Opens a console in a window of its own: `look(console, "/tasks", width=375)`.

    At the end nothing may have been asked of another origin, nothing been refused by the page's
    own policy, and no script have failed.
    """
    opened: list[Watched] = []

    def open_page(console: Console, path: str = "/tasks", **options: Any) -> Page:
        opened.append(watched(browser, console, **options))
        page = opened[-1].page
        page.goto(console.url)
        if path != "/tasks":
            page.goto(console.origin + path)
        return page

    yield open_page
    for one in opened:
        one.page.context.close()
        assert one.elsewhere == [], f"asked elsewhere: {one.elsewhere}"
        assert one.complaints == [], f"the browser complained: {one.complaints}"
