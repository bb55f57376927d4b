"""A page of the console in a window of its own, with a record of what it must not do."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from tests.contract.console.serving import Console

_REPORT_REFUSALS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy: " + event.violatedDirective + " " + event.blockedURI));
"""


@dataclass
class Watched:
    """`elsewhere`: addresses of other origins that were asked; `complaints`: the browser's own."""

    page: Page
    elsewhere: list[str]
    complaints: list[str]


def watched(
    browser: Browser, console: Console, *, width: int = 1280, height: int = 900, **options: Any
) -> Watched:
    """A new window. `expected=(...)`: parts of complaints that are part of the test."""
    expected: tuple[str, ...] = options.pop("expected", ())
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(10_000)
    context.add_init_script(_REPORT_REFUSALS)
    elsewhere: list[str] = []
    complaints: list[str] = []

    def requested(request: Request) -> None:
        if not request.url.startswith((console.origin + "/", "data:")):
            elsewhere.append(request.url)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            part in message.text for part in expected
        ):
            complaints.append(message.text)

    page = context.new_page()
    page.on("request", requested)
    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return Watched(page, elsewhere, complaints)
