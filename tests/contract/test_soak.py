"""Mixed load with kills, in a short form; `python -m bench.soak --minutes 20` is the long one."""

import os
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bench.soak import (
    LEAST_A_MINUTE,
    THREADS,
    Sample,
    Soak,
    deleted_before,
    soak,
    too_little,
    verdicts,
)

MINUTES = float(os.environ.get("SOAK_MINUTES", "2"))
ENOUGH = {what: 2 * least for what, least in LEAST_A_MINUTE.items()}
"""What was done in two minutes."""


def test_mixed_load_with_kills_ends_where_it_began() -> None:
    said: list[str] = []
    assert soak(MINUTES, said.append, kill_every=20) == [], "\n".join(said)
    assert any("localcloud was killed" in line for line in said)
    assert any("an instance was killed" in line for line in said)


def steady() -> list[Sample]:
    """As it should be: the database grows with its tasks, and nothing else does."""
    return [Sample(at, 50, 20, 3, 2, at * 1000, 4_000_000, 3, 9_000, at) for at in range(100)]


def told(samples: Sequence[Sample]) -> list[str]:
    return [sentence.split(" grew")[0] for sentence in verdicts(samples, lambda _: None)]


def test_what_is_steady_is_not_told() -> None:
    assert told(steady()) == []


@pytest.mark.parametrize(
    ("field", "a_sample", "name"),
    [
        ("memory", 1, "memory, MB"),
        ("files", 1, "open files"),
        ("threads", 1, "threads"),
        ("processes", 1, "processes"),
        ("log", 500_000, "write-ahead log, MB"),
        ("kept_files", 2, "files of code and instances"),
        ("kept", 200_000, "code and instances, MB"),
    ],
)
def test_what_grows_is_told(field: str, a_sample: int, name: str) -> None:
    grows = [
        replace(sample, **{field: getattr(sample, field) + number * a_sample})
        for number, sample in enumerate(steady())
    ]
    assert told(grows) == [name]


def test_a_database_that_grows_faster_than_its_tasks_is_told() -> None:
    grows = [replace(each, database=int(each.at**2) * 10) for each in steady()]
    assert told(grows) == ["what a task costs in the database"]


def test_work_that_was_done_is_not_told() -> None:
    assert too_little(ENOUGH, 2) == []


@pytest.mark.parametrize("what", LEAST_A_MINUTE)
def test_work_that_was_not_done_is_told(what: str) -> None:
    sentences = too_little({**ENOUGH, what: ENOUGH[what] - 1}, 2)
    assert [sentence.partition(":")[0] for sentence in sentences] == [what]


def test_calls_that_went_unanswered_are_told() -> None:
    calls = sum(count for what, count in ENOUGH.items() if what != "messages")
    unanswered = {**ENOUGH, "not answered": calls + 2}
    assert too_little(unanswered, 2) == [f"{calls + 2} of {2 * calls + 2} calls were not answered"]


def test_messages_that_were_gone_are_told_but_for_what_kills_explain() -> None:
    assert deleted_before({"kills of localcloud": 2, "deleted before": 2 * THREADS}) == []
    assert deleted_before({"kills of localcloud": 2, "deleted before": 2 * THREADS + 1}) == [
        "9 batches were gone when they were deleted, kills explain 8"
    ]


def test_a_load_whose_submissions_are_refused_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def submit(run: Soak, _: random.Random) -> None:
        run.stack.submit("no-such-function")

    monkeypatch.setattr(Soak, "submit", submit)
    sentences = soak(0.15, lambda _: None)
    assert any(" times: submit: " in each and "404" in each for each in sentences), sentences
    assert any(each.startswith("submit: 0 in 0.15 minutes") for each in sentences), sentences
