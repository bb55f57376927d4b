"""Pictures of the console: the installed program, and what Chromium shows of it."""

import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.e2e.stack import BIN, Stack

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_READY_WITHIN = 30  # seconds


@contextmanager
def pictures(stack: Stack, folder: Path) -> Generator[Callable[..., None]]:
    """`take(name, path, there)`: a picture of a page as folder/name.png, once `there` is shown."""
    found = next((path for name in _CHROMIUM if (path := shutil.which(name))), None)
    chromium = os.environ.get("CHROMIUM") or found
    if chromium is None:
        raise SystemExit("no Chromium: install Debian's chromium, or name one in CHROMIUM")
    with _console(stack) as url, sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)

        def take(
            name: str,
            path: str,
            there: str,
            width: int = 1100,
            height: int = 700,
            dark: bool = False,
        ) -> None:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if dark else "light",
            )
            page = context.new_page()
            page.goto(url)
            page.goto(url.partition("/?")[0] + path)
            page.locator(there).first.wait_for()
            page.screenshot(path=folder / f"{name}.png", animations="disabled")
            context.close()

        yield take
        browser.close()


@contextmanager
def _console(stack: Stack) -> Generator[str]:
    process = subprocess.Popen(
        [
            *(str(BIN / "localcloud"), "exec", "--port", str(stack.port), "--"),
            *(str(BIN / "fctask"), "console", "--json"),
        ],
        cwd=stack.folder,
        env={**os.environ, **stack.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout  # noqa: S101 - it is a pipe
    try:
        select.select([process.stdout], [], [], _READY_WITHIN)
        told = ""
        while not told.endswith("}\n") and (line := process.stdout.readline()):
            told += line
        yield json.loads(told)["url"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
