"""A task's way as bars: what each row is, and where it stands."""

import json
from typing import Any

from fctask.console.timeline import WIDTH, length, steps
from fctask.task import Task, TaskEvent


def task(*events: tuple[str, int, dict[str, Any]]) -> Task:
    told = tuple(
        TaskEvent(number, status, at, json.dumps(detail) if detail else "")
        for number, (status, at, detail) in enumerate(events, 1)
    )
    return Task("t", "r", told[-1].status, events=told)


FAILED = task(
    ("Enqueued", 1_000, {}),
    ("Dequeued", 1_100, {}),
    ("Running", 1_200, {"Attempt": 1}),
    ("Retrying", 1_400, {"ErrorMessage": "no luck"}),
    ("Dequeued", 1_900, {}),
    ("Running", 1_900, {"Attempt": 2}),
    (
        "Failed",
        2_000,
        {
            "ErrorMessage": "no luck",
            "Destination": "acs:mns:cn-hangzhou:1:/queues/results/messages",
            "DestinationStatus": "Succeeded",
        },
    ),
)


def test_each_step_is_a_row_with_its_time_and_its_place() -> None:
    rows = [(row.name, row.kind, row.x, row.width, row.took) for row in steps(FAILED, 9_999)]
    assert rows == [
        ("Queued", "queued", 0, 100, "100 ms"),
        ("Taken", "taken", 100, 100, "100 ms"),
        ("Attempt 1", "failed", 200, 200, "200 ms"),
        ("Pause", "pause", 400, 500, "500 ms"),
        ("Taken", "taken", 900, 4, "0 ms"),  # what took no time is seen all the same
        ("Attempt 2", "failed", 900, 100, "100 ms"),
        ("Failed", "failed", 996, 4, ""),
        ("Destination", "succeeded", 996, 4, ""),
    ]
    assert length(FAILED, 9_999) == 1_000


def test_notes_say_what_an_attempt_came_to_and_where_the_result_went() -> None:
    notes = [row.note for row in steps(FAILED, 9_999)]
    assert notes == ["", "", "no luck", "", "", "no luck", "", "queues/results · Succeeded"]


def test_what_is_not_over_reaches_until_now() -> None:
    running = task(("Enqueued", 0, {}), ("Dequeued", 10, {}), ("Running", 20, {}))
    *_, last = steps(running, 100)
    assert (last.name, last.kind, last.took) == ("Attempt 1", "running", "80 ms")
    assert last.x + last.width == WIDTH


def test_a_stop_and_an_expiry_are_rows_too() -> None:
    stopped = task(
        ("Enqueued", 0, {}),
        ("Dequeued", 10, {}),
        ("Running", 20, {}),
        ("Stopping", 50, {}),
        ("Stopped", 60, {"DestinationStatus": "Failed"}),
    )
    rows = [(row.name, row.kind) for row in steps(stopped, 99)]
    assert rows[-3:] == [
        ("Stopping", "stopping"),
        ("Stopped", "stopped"),
        ("Destination", "failed"),
    ]
    expired = task(("Enqueued", 0, {}), ("Expired", 50, {"ErrorMessage": "too old"}))
    assert [(row.name, row.note) for row in steps(expired, 99)] == [
        ("Queued", ""),
        ("Expired", "too old"),
    ]


def test_without_events_the_tasks_own_times_are_drawn() -> None:
    ended = Task("t", "r", "Failed", started_at=100, ended_at=300, error="Broken")
    rows = [(row.name, row.took, row.note) for row in steps(ended, 999)]
    assert rows == [("Accepted to end", "200 ms", ""), ("Failed", "", "Broken")]
    assert steps(Task("t", "r", "Enqueued"), 999) == ()
    assert length(Task("t", "r", "Enqueued"), 999) == 0


def test_a_clock_that_went_back_breaks_nothing() -> None:
    odd = task(
        ("Enqueued", 500, {}), ("Dequeued", 400, {}), ("Running", 450, {}), ("Failed", 1, {})
    )
    assert all(row.x >= 0 and row.x + row.width <= WIDTH for row in steps(odd, 0))
