"""Totals of tasks."""

from hypothesis import given
from hypothesis import strategies as st

from fctask.stats import durations, total
from fctask.task import Task, TaskEvent


def task(number: int, status: str, duration: int | None = None, **more: object) -> Task:
    values: dict[str, object] = {"started_at": 1000 * number, "ended_at": 1000 * number + 500}
    return Task(f"t{number}", f"r{number}", status, duration=duration, **{**values, **more})  # pyright: ignore[reportArgumentType]


def test_percentiles_are_the_nearest_rank() -> None:
    found = durations(list(range(1, 101)))
    assert (found.p50, found.p95, found.p99, found.longest) == (50, 95, 99, 100)
    assert durations([7]).p99 == 7
    assert durations([]).p50 is None


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_percentiles_are_values_that_were_seen_in_order(values: list[int]) -> None:
    found = durations(values)
    assert found.p50 is not None
    assert found.p95 is not None
    assert found.p99 is not None
    assert {found.p50, found.p95, found.p99} <= set(values)
    assert found.p50 <= found.p95 <= found.p99 <= max(values)


def test_totals_by_status_and_by_error() -> None:
    why = (TaskEvent(1, "Failed", 1, '{"ErrorMessage": "no  luck"}'),)
    found = total(
        [
            task(4, "Failed", 30, events=why, retries=1),
            task(3, "Failed", 20, events=why),
            task(2, "Expired", None, error="too late"),
            task(1, "Succeeded", 10),
            task(0, "Running", None, ended_at=None),
        ]
    )
    assert found.by_status == {"Running": 1, "Succeeded": 1, "Failed": 2, "Expired": 1}
    assert [(one.error, one.count, one.task_id) for one in found.errors] == [
        ("no luck", 2, "t4"),
        ("too late", 1, "t2"),
    ]
    assert (found.run.count, found.run.longest, found.whole.p50) == (3, 30, 500)
    assert (found.retried, found.begin, found.end) == (1, 0, 4000)
