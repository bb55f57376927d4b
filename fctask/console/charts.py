"""Totals over time, as numbers for a drawing: how many tasks, and how long they took."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fctask.stats import durations
from fctask.task import Task

WIDTH, HEIGHT = 960, 160  # units of both drawings
_GAP = 0.18  # of a slot's width
_GROUPS = {
    "Succeeded": "succeeded",
    "Failed": "failed",
    "Expired": "failed",
    "Invalid": "failed",
    "Stopped": "stopped",
}


@dataclass(frozen=True)
class Bar:
    """A rectangle. `kind` is the style's word for it."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True)
class Slot:
    """A piece of the time, for the table under the drawing. `begin` in ms since 1970."""

    begin: int
    count: int
    failed: int
    p50: int | None
    p95: int | None


@dataclass(frozen=True)
class Charts:
    """`counts`: stacked bars; `ranges`: from p50 to p95 of the last attempts, logarithmic.

    `most` tasks in one slot; `scale`: the ms at the grid's lines, from the bottom up.
    """

    counts: tuple[Bar, ...]
    ranges: tuple[Bar, ...]
    most: int
    scale: tuple[int, ...]
    slots: tuple[Slot, ...]
    begin: int
    end: int


def charts(found: Iterable[Task], begin: int, end: int, slots: int = 48) -> Charts:
    """The drawings for tasks accepted between `begin` and `end` (ms since 1970)."""
    each = max(1, (end - begin) / slots)
    groups: list[list[Task]] = [[] for _ in range(slots)]
    for task in found:
        if task.started_at is not None and begin <= task.started_at <= end:
            groups[min(slots - 1, int((task.started_at - begin) / each))].append(task)
    most = max((len(group) for group in groups), default=0)
    told = tuple(_slot(group, round(begin + at * each)) for at, group in enumerate(groups))
    scale = _scale([value for slot in told for value in (slot.p50, slot.p95) if value is not None])
    return Charts(
        counts=tuple(_counts(groups, most)),
        ranges=tuple(_ranges(told, scale)),
        most=most,
        scale=scale,
        slots=told,
        begin=begin,
        end=end,
    )


def _slot(group: Sequence[Task], begin: int) -> Slot:
    ended = [
        task.duration
        for task in group
        if task.status in ("Succeeded", "Failed") and task.duration is not None
    ]
    found = durations(ended)
    failed = sum(_GROUPS.get(task.status) == "failed" for task in group)
    return Slot(begin, len(group), failed, found.p50, found.p95)


def _counts(groups: Sequence[Sequence[Task]], most: int) -> Iterable[Bar]:
    wide = WIDTH / len(groups)
    for at, group in enumerate(groups):
        y = float(HEIGHT)
        for kind in ("succeeded", "stopped", "failed", "running"):
            count = sum(_GROUPS.get(task.status, "running") == kind for task in group)
            if count:
                height = max(1.5, HEIGHT * count / most)
                y = max(0.0, y - height)
                yield _bar(at, wide, y, height, kind)


def _scale(values: Sequence[int]) -> tuple[int, ...]:
    """Powers of ten in ms around the values; at least two."""
    if not values:
        return ()
    low = math.floor(math.log10(max(1, min(values))))
    high = math.ceil(math.log10(max(1, max(values))))
    return tuple(10**power for power in range(low, max(high, low + 1) + 1))


def _ranges(slots: Sequence[Slot], scale: Sequence[int]) -> Iterable[Bar]:
    if not scale:
        return
    low, high = math.log10(scale[0]), math.log10(scale[-1])
    wide = WIDTH / len(slots)

    def height_of(value: int) -> float:
        return HEIGHT * (1 - (math.log10(max(scale[0], value)) - low) / (high - low))

    for at, slot in enumerate(slots):
        if slot.p50 is None or slot.p95 is None:
            continue
        top, bottom = height_of(slot.p95), height_of(slot.p50)
        yield _bar(at, wide, top, max(2.0, bottom - top), "range")
        yield _bar(at, wide, max(0.0, bottom - 1.5), 3, "median")


def _bar(at: int, wide: float, y: float, height: float, kind: str) -> Bar:
    gap = wide * _GAP
    return Bar(
        round(at * wide + gap / 2, 2), round(y, 2), round(wide - gap, 2), round(height, 2), kind
    )
