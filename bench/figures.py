"""Figures that were measured in turns, and what they say: ours to theirs, and whether it is met."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Aim:
    """What the ratio of ours to theirs shall be."""

    at_least: float | None = None
    at_most: float | None = None

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio is as it shall be."""
        return (self.at_least is None or ratio >= self.at_least) and (
            self.at_most is None or ratio <= self.at_most
        )

    def __str__(self) -> str:
        """As it stands in the table."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return f"at most {self.at_most:g}" if self.at_most is not None else ""


@dataclass(frozen=True)
class Comparison:
    """One line of the table.

    `ours` and `theirs` were measured in turns, ours first: their pairs give the ratio, so that what
    slows the whole machine for a while slows both. Without `theirs` the figure stands alone, and an
    aim is for the figure itself.
    """

    what: str
    unit: str
    ours: Sequence[float]
    against: str = ""
    theirs: Sequence[float] = ()
    aim: Aim = field(default_factory=Aim)
    load: float = field(default_factory=lambda: os.getloadavg()[0])
    missing: str = ""  # why there is no figure

    @property
    def ratios(self) -> list[float]:
        """Ours to theirs, of each pair."""
        return [our / their for our, their in zip(self.ours, self.theirs, strict=True)]

    @property
    def judged(self) -> float:
        """What the aim is for: the median of the ratios, or of our figures that stand alone."""
        return statistics.median(self.ratios if self.theirs else self.ours)

    @property
    def verdict(self) -> str:
        """`met`, `not met`, or nothing where there is no aim."""
        if self.missing:
            return "not measured"
        if self.aim == Aim():
            return ""
        return "met" if self.aim.is_met(self.judged) else "not met"


def in_turns(times: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure each contender in turn, again and again: A B A B."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(times):
        for name, measure in contenders.items():
            found[name].append(measure())
    return found


def spread(values: Sequence[float]) -> tuple[float, float, float]:
    """Minimum, median and maximum."""
    return min(values), statistics.median(values), max(values)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so great a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
