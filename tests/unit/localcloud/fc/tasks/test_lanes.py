"""Who may start, and whose turn it is, without a database."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from localcloud.fc.attempts import Attempt
from localcloud.fc.instances.invocation import InstanceSpec
from localcloud.fc.lanes import Lanes


def attempts(count: int, concurrency: int = 1) -> list[Attempt]:
    spec = InstanceSpec(
        "f", "arn", "LATEST", 1, "python3.10", "h", Path(), 128, 3, instance_concurrency=concurrency
    )
    function: Any = SimpleNamespace(instance=spec)
    row: Any = SimpleNamespace(attempts=0)
    return [Attempt(row, function, None) for _ in range(count)]


def started(lanes: Lanes, function: str) -> list[str]:
    return [lane.function for lane, _ in lanes.start(lanes.of(function))]


def fill(lanes: Lanes, function: str, count: int, slots: int, concurrency: int = 1) -> None:
    lane = lanes.of(function)
    lane.slots = slots
    lanes.took(lane, attempts(count, concurrency))


def test_a_lane_starts_as_many_as_it_has_slots() -> None:
    lanes = Lanes(10)
    fill(lanes, "a", 5, slots=3)
    assert started(lanes, "a") == ["a"] * 3
    lanes.over(lanes.of("a"))
    assert started(lanes, "a") == ["a"]


def test_lanes_take_turns_when_instances_are_short() -> None:
    lanes = Lanes(2)
    fill(lanes, "a", 9, slots=9)
    assert started(lanes, "a") == ["a", "a"]
    fill(lanes, "b", 9, slots=9)
    assert started(lanes, "b") == []
    order: list[str] = []
    for _ in range(6):
        lanes.over(lanes.of("a" if lanes.of("a").running else "b"))
        order += started(lanes, "a")
    assert order.count("a") == order.count("b") == 3


def test_an_instance_is_shared_by_as_many_as_its_concurrency() -> None:
    lanes = Lanes(2)
    fill(lanes, "a", 9, slots=9, concurrency=3)
    assert started(lanes, "a") == ["a"] * 6


def test_a_changed_concurrency_does_not_lose_count_of_instances() -> None:
    lanes = Lanes(4)
    fill(lanes, "a", 4, slots=4)
    assert len(started(lanes, "a")) == 4
    fill(lanes, "a", 1, slots=20, concurrency=10)  # updated while four run
    for _ in range(4):
        lanes.over(lanes.of("a"))
    assert len(started(lanes, "a")) == 1
    lanes.over(lanes.of("a"))
    fill(lanes, "b", 9, slots=9)
    assert len(started(lanes, "b")) == 4


def test_what_is_free_is_shared_out_evenly() -> None:
    lanes = Lanes(10)
    for name in "abc":
        lanes.of(name).next_due = 0
    assert [(look.function, look.room) for look in lanes.looks(1, 6)] == [
        ("a", 2),
        ("b", 2),
        ("c", 2),
    ]
    assert [look.function for look in lanes.looks(1, 2)] == ["a", "b"]
    assert [look.function for look in lanes.looks(1, 2)] == ["c", "a"]
    assert lanes.looks(1, 0) == []


def test_only_short_attempts_are_taken_ahead() -> None:
    lanes = Lanes(10)
    lane = lanes.of("a")
    lane.slots = 2
    assert lane.ahead == 0
    for duration, ahead in ((3, 16), (100, 2), (5000, 0)):
        lane.mean = None
        lane.took(duration)
        assert lane.ahead == ahead


def test_an_idle_lane_is_forgotten_and_a_busy_one_is_not() -> None:
    lanes = Lanes(10)
    fill(lanes, "a", 1, slots=1)
    lanes.forget(lanes.of("a"))
    assert len(list(lanes)) == 1
    lane = lanes.of("a")
    assert cast(int, lane.slots) == 1
    started(lanes, "a")
    lanes.over(lane)
    lanes.forget(lane)
    assert list(lanes) == []
