"""What fails in the background of the console is told on its pages and once on the terminal."""

import asyncio
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from fctask import redrive
from fctask.console import redriving
from fctask.console.asking import Asking
from fctask.console.recent import Recent
from fctask.console.redriving import Redriving
from fctask.console.totals import TotalsOfWindow
from fctask.console.troubles import Troubles
from fctask.errors import FctaskError, Unreachable
from fctask.message import QueueMessage
from fctask.redrive import RedriveOutcome

WITHIN = 10  # seconds: a test that hangs fails
Outcomes = Generator[RedriveOutcome, None, None]
Made = Callable[[Outcomes], Redriving]
CLIENTS: Any = None  # nobody asks the cloud here


async def read_once(of_window: TotalsOfWindow) -> None:
    of_window._begun_at = 0.0  # pyright: ignore[reportPrivateUsage] - the pause is not the matter
    of_window.refresh(Asking())
    await of_window.settle(WITHIN)


def reading_fails(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    def read(_: Recent) -> None:
        if error is not None:
            raise error

    monkeypatch.setattr(Recent, "read", read)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("startedTime"), "KeyError: 'startedTime'"),
        (Unreachable("nothing answers at \x1b[2J", sent=False), r"nothing answers at \x1b[2J"),
    ],
)
def test_a_reading_that_fails_is_a_sentence_with_its_time_and_printed_once(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    said: str,
) -> None:
    async def check() -> None:
        totals = TotalsOfWindow(CLIENTS, "1d", Troubles())
        reading_fails(monkeypatch, None)
        await read_once(totals)
        assert totals.summary is not None
        reading_fails(monkeypatch, error)
        await read_once(totals)
        trouble = totals.trouble
        assert trouble is not None
        assert trouble.what == "Reading the tasks of the last 1d"
        assert said in trouble.sentence
        await read_once(totals)
        assert totals.trouble is not None
        assert totals.trouble.since == trouble.since
        assert totals.summary is not None  # what was known stays
        printed = capsys.readouterr().err
        assert printed.count("Reading the tasks of the last 1d fails: ") == 1
        assert ("Traceback" in printed) is not isinstance(error, FctaskError)
        reading_fails(monkeypatch, None)
        await read_once(totals)
        assert totals.trouble is None
        assert capsys.readouterr().err.endswith("of the last 1d works again\n")

    asyncio.run(check())


def test_work_that_nobody_waits_for_is_told_on_every_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    troubles = Troubles()

    async def fails() -> None:
        raise ValueError("no such thing")

    async def check() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(troubles.unhandled)
        for _ in range(2):
            task = loop.create_task(fails())
            await asyncio.wait([task])
            del task  # here asyncio finds that nobody has taken its error

    asyncio.run(check())
    assert troubles.anywhere is not None
    assert "ValueError: no such thing" in troubles.anywhere.sentence
    assert capsys.readouterr().err.count("Work in the background fails") == 1


def test_a_client_that_speaks_no_http_is_no_news_for_the_pages(
    capsys: pytest.CaptureFixture[str],
) -> None:
    troubles = Troubles()
    loop: Any = None
    troubles.unhandled(loop, {"exception": UnicodeError("no HTTP"), "protocol": object()})
    assert troubles.anywhere is None
    assert "no HTTP" in capsys.readouterr().err


def these(*outcomes: RedriveOutcome) -> Outcomes:
    yield from outcomes


def outcome(number: int) -> RedriveOutcome:
    return RedriveOutcome(QueueMessage(f"m{number}", ""), redrive.REDRIVEN)


@pytest.fixture
def run_of(monkeypatch: pytest.MonkeyPatch) -> Made:
    """A redrive that is in a thread of its own, with these outcomes."""

    def made(outcomes: Outcomes) -> Redriving:
        def go(*_: object) -> Outcomes:
            return outcomes

        monkeypatch.setattr(redriving.redrive, "redrive", go)
        return Redriving(CLIENTS, redrive.FAILED, Troubles())

    return made


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), Unreachable("gone", sent=True)])
def test_a_redrive_ends_in_a_told_state_whatever_ends_it(
    run_of: Made, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    def outcomes() -> Outcomes:
        yield outcome(1)
        raise error

    run = run_of(outcomes())
    run.start()
    run.wait(WITHIN)
    assert (run.running, run.state) == (False, "ended early")
    assert run.numbers.startswith("1 redriven")
    assert str(error) in run.error
    assert capsys.readouterr().err.count("The redrive ended early: ") == 1


def test_a_redrive_whose_giving_back_fails_has_ended_too(
    run_of: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    def outcomes() -> Outcomes:
        try:
            yield outcome(1)
            yield outcome(2)
        finally:
            raise AttributeError("its connection is gone")

    run = run_of(outcomes())
    run.ask_to_stop()
    run.start()
    run.wait(WITHIN)
    assert (run.running, run.state) == (False, "ended early")
    assert "its connection is gone" in run.error
    assert "its connection is gone" in capsys.readouterr().err


def test_a_redrive_that_gets_no_thread_has_not_begun_for_ever(
    run_of: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    run = run_of(these())
    monkeypatch.setattr(threading.Thread, "start", none_left)
    run.start()
    run.wait(WITHIN)
    assert run.state == "ended early"
    assert "can't start new thread" in run.error


def test_a_redrive_that_is_stopped_says_so_and_what_becomes_of_the_rest(run_of: Made) -> None:
    at_hand, go_on = threading.Event(), threading.Event()

    def outcomes() -> Outcomes:
        at_hand.set()
        assert go_on.wait(WITHIN)
        yield outcome(1)
        yield outcome(2)

    run = run_of(outcomes())
    run.start()
    assert at_hand.wait(WITHIN)
    assert run.state == "going on"
    run.ask_to_stop()
    assert run.state == "stopping"
    assert "did not end in time" in run.report
    go_on.set()
    run.wait(WITHIN)
    assert run.state == "stopped"
    assert run.report == (
        "The redrive was stopped (1 redriven, 0 accepted before, 0 left alone, 0 not accepted). "
        "What it had not come to is still in the queue."
    )


def test_a_redrive_that_came_to_its_end_says_so(run_of: Made) -> None:
    run = run_of(these(outcome(1)))
    run.start()
    run.wait(WITHIN)
    assert (run.state, run.error, run.seen) == ("ended", "", 1)
    assert run.report.startswith("The redrive has ended (1 redriven")
