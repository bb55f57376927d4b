"""A handler's module must be among the function's files."""

import pytest
from fc_async_tasks.handler import handler_refusal

FILES = ["index.py", "pkg/__init__.py", "pkg/worker.py", "main.mjs", "page.php"]


@pytest.mark.parametrize(
    ("handler", "runtime"),
    [
        ("index.handler", "python3"),
        ("pkg/worker.run", "python3.12"),
        ("pkg.worker.run", "python3.10"),
        ("pkg.run", "python3"),
        ("main.handler", "nodejs20"),
        ("page.handler", "php7.2"),
        ("example.App::handleRequest", "java11"),
        ("main", "go1"),
        ("not-used", "custom.debian12"),
    ],
)
def test_a_module_that_is_there_or_cannot_be_told(handler: str, runtime: str) -> None:
    assert handler_refusal(handler, runtime, FILES, "code") == ""


@pytest.mark.parametrize(
    ("handler", "runtime", "missing"),
    [
        ("main.handler", "python3", "main.py"),
        ("index.handler", "nodejs18", "index.js"),
        ("worker.run", "python3.12", "worker.py"),
        ("pkg/other.run", "python3", "pkg/other.py"),
        ("index.handler", "php7.2", "index.php"),
    ],
)
def test_a_module_that_is_not_there_is_named(handler: str, runtime: str, missing: str) -> None:
    assert handler_refusal(handler, runtime, FILES, "code") == (
        f"handler is {handler!r}, but the code folder 'code' has no {missing}: the handler must be "
        "<file>.<function> with a file of that folder."
    )
