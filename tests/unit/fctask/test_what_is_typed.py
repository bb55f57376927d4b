"""What is typed and cannot be sent: a sentence and exit code 2, never a traceback."""

import pytest

from fctask.batch import events_of
from fctask.cli import run
from fctask.errors import FctaskError

WHERE = ["--region", "cn-hangzhou", "--account", "1234567890123456"]
DEEP = "[" * 100_000


@pytest.fixture(autouse=True)
def no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials and an endpoint where nobody listens; nothing else from outside."""
    for name in ("FCTASK_STACK", "PULUMI_STACK", "FCTASK_FUNCTION", "FCTASK_QUEUE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "nothing")
    monkeypatch.setenv("FCTASK_FC_ENDPOINT", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    "words",
    [
        ["show", "task-\udcff", "--function", "f"],
        ["list", "--function", "f-\udcff"],
        ["show", "task", "--function", "f-\udcff"],
    ],
    ids=" ".join,
)
def test_what_is_not_utf8_is_told(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, *WHERE]) == 2
    told = capsys.readouterr().err
    assert r"\udcff" in told
    assert "is not UTF-8" in told


def test_an_event_that_is_nested_without_end_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["invoke", "-e", DEEP, "--function", "f", *WHERE]) == 2
    assert "-e is no JSON" in capsys.readouterr().err


def test_a_batch_that_is_nested_without_end_is_told() -> None:
    with pytest.raises(FctaskError, match=r"line 2 is no JSON .* Nothing was submitted"):
        events_of([b"{}", DEEP.encode()])
