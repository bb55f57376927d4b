"""Totals of many tasks: by status, durations, failures by their error.

Function Compute has no call that counts; whoever wants totals reads the tasks, a page of 100 at a
time.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fctask.task import STATUSES, Task


@dataclass(frozen=True)
class Durations:
    """Percentiles (nearest rank) of `count` durations in ms; None where there is none."""

    count: int
    p50: int | None
    p95: int | None
    p99: int | None
    longest: int | None

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "count": self.count,
            "p50": self.p50,
            "p95": self.p95,
            "p99": self.p99,
            "max": self.longest,
        }


@dataclass(frozen=True)
class ErrorCount:
    """How many tasks failed with the same error, and the newest of them."""

    error: str
    count: int
    task_id: str


@dataclass(frozen=True)
class Totals:
    """What `total` found. `run`: the last attempts' durations; `whole`: from acceptance to end."""

    count: int
    by_status: dict[str, int]
    retried: int
    run: Durations
    whole: Durations
    errors: tuple[ErrorCount, ...]
    begin: int | None
    end: int | None

    def document(self) -> dict[str, Any]:
        """For JSON; durations in ms."""
        return {
            "count": self.count,
            "byStatus": self.by_status,
            "retried": self.retried,
            "durationMs": self.run.document(),
            "totalMs": self.whole.document(),
            "errors": [
                {"error": one.error, "count": one.count, "taskId": one.task_id}
                for one in self.errors
            ],
            "oldestStartedTime": self.begin,
            "newestStartedTime": self.end,
        }


def total(tasks: Iterable[Task]) -> Totals:
    """Totals of `tasks`, newest first. Durations are of those that succeeded or failed."""
    statuses: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    newest: dict[str, str] = {}
    run: list[int] = []
    whole: list[int] = []
    times: list[int] = []
    retried = 0
    for task in tasks:
        statuses[task.status] += 1
        retried += bool(task.retries)
        if task.started_at is not None:
            times.append(task.started_at)
        if task.status in ("Succeeded", "Failed"):
            run += [] if task.duration is None else [task.duration]
            whole += [] if task.elapsed is None else [task.elapsed]
        if task.status in ("Failed", "Expired", "Invalid"):
            error = _one_line(task.error_message) or task.status
            errors[error] += 1
            newest.setdefault(error, task.task_id)
    order = [status for status in STATUSES if statuses[status]]
    order += sorted(set(statuses) - set(order))
    return Totals(
        count=sum(statuses.values()),
        by_status={status: statuses[status] for status in order},
        retried=retried,
        run=durations(run),
        whole=durations(whole),
        errors=tuple(
            ErrorCount(error, count, newest[error]) for error, count in errors.most_common()
        ),
        begin=min(times, default=None),
        end=max(times, default=None),
    )


def durations(values: Sequence[int]) -> Durations:
    """Percentiles of `values` (ms), in any order."""
    ordered = sorted(values)

    def rank(percent: int) -> int | None:
        if not ordered:
            return None
        return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]

    return Durations(len(ordered), rank(50), rank(95), rank(99), ordered[-1] if ordered else None)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:159] + "…"
