"""The guide's handler, function_code/index.py."""

import ast
import json
import logging
import runpy
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2] / "function_code" / "index.py"
CONTEXT = SimpleNamespace(request_id="1-670648a1", function=SimpleNamespace(timeout=3))

Handler = Callable[[bytes, Any], str]


class Slept(Exception):
    """The handler went to sleep, and would have been stopped there."""


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Handler:
    def sleep(seconds: float) -> None:
        raise Slept(seconds)

    monkeypatch.setattr("time.sleep", sleep)
    return runpy.run_path(str(SOURCE))["handler"]


def test_failure_true_sleeps_past_the_functions_timeout(handler: Handler) -> None:
    with pytest.raises(Slept) as slept:
        handler(b'{"failure": true}', CONTEXT)

    assert slept.value.args[0] > CONTEXT.function.timeout


@pytest.mark.parametrize(
    "event",
    [b"", b"{}", b'{"failure": false}', b'{"failure": "true"}', b'"failure"', b"[1]", b"\xff{"],
)
def test_anything_else_is_answered(handler: Handler, event: bytes) -> None:
    assert json.loads(handler(event, CONTEXT)) == {
        "requestId": "1-670648a1",
        "received": len(event),
    }


def test_every_line_is_logged_with_the_request_id(
    handler: Handler, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(Slept):
        handler(b'{"failure": true}', CONTEXT)

    assert len(caplog.messages) == 2
    assert all(message.startswith("1-670648a1: ") for message in caplog.messages)


def test_it_is_python_3_6() -> None:
    # The guide's runtime python3 is Python 3.6 on Function Compute.
    ast.parse(SOURCE.read_text(), feature_version=(3, 6))
