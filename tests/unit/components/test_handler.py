"""A handler's module must be among the function's files, and its function in the module."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from fc_async_tasks.handler import handler_refusal

FILES = ["index.py", "pkg/__init__.py", "pkg/worker.py", "main.mjs", "page.php"]


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, Path]:
    """Files that each have the functions handler and run."""
    found = {name: tmp_path / name for name in FILES}
    for path in found.values():
        path.parent.mkdir(exist_ok=True)
        path.write_text("def handler(event, context): ...\nasync def run(event, context): ...\n")
    return found


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
def test_a_handler_that_is_there_or_cannot_be_told(
    handler: str, runtime: str, files: Mapping[str, Path]
) -> None:
    assert handler_refusal(handler, runtime, files, "code") == ""


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
def test_a_module_that_is_not_there_is_named(
    handler: str, runtime: str, missing: str, files: Mapping[str, Path]
) -> None:
    assert handler_refusal(handler, runtime, files, "code") == (
        f"handler is {handler!r}, but the code folder 'code' has no {missing}: the handler must be "
        "<file>.<function> with a file of that folder."
    )


@pytest.mark.parametrize(
    ("handler", "file"), [("index.nope", "index.py"), ("pkg.nope", "pkg/__init__.py")]
)
def test_a_function_that_is_not_there_is_named(
    handler: str, file: str, files: Mapping[str, Path]
) -> None:
    assert handler_refusal(handler, "python3.12", files, "code") == (
        f"handler is {handler!r}, but {file} in the code folder 'code' has no 'nope': the handler "
        "must be <file>.<function> with a function of that file."
    )


@pytest.mark.parametrize(
    "source",
    [
        "handler = wrap(other)",
        "first, (handler, *rest) = made()",
        "handler: object = other",
        "(handler := other)",
        "class handler: ...",
        "import handler",
        "import handler.part",
        "from app import run as handler",
        "if x:\n    def handler(e, c): ...",
        "try:\n    from fast import handler\nexcept ImportError:\n    pass",
        "with x:\n    for handler in y: ...",
        "match x:\n    case {'f': [handler]}: ...",
        "def make():\n    global handler\n    handler = 1",
        # how a name comes to be cannot be told
        "from app import *",
        "exec(text)",
        "globals()['handler'] = other",
        "import sys\nsetattr(sys, 'x', 1)",
        "import sys\nsys.modules[__name__] = app",
        "from sys import modules as m",
        "def __getattr__(name): ...",
        # another Python's syntax, or no text at all
        "print 'hello'",
        "\0",
    ],
)
def test_a_function_that_may_be_there_is_not_refused(source: str, tmp_path: Path) -> None:
    module = tmp_path / "index.py"
    module.write_text(source)
    assert handler_refusal("index.handler", "python3", {"index.py": module}, "code") == ""


@pytest.mark.parametrize(
    "source",
    [
        "",
        "other = handler",
        "class App:\n    def handler(self, e, c): ...",
        "def make():\n    def handler(e, c): ...\n    handler = 1",
        "import app.handler",
        "from handler import run",
        "make(handler=1)",
        "pattern = '\\d'",
    ],
)
@pytest.mark.filterwarnings("error")
def test_a_name_of_another_scope_is_no_function_of_the_module(source: str, tmp_path: Path) -> None:
    module = tmp_path / "index.py"
    module.write_text(source)
    said = handler_refusal("index.handler", "python3", {"index.py": module}, "code")
    assert "index.py in the code folder 'code' has no 'handler'" in said
