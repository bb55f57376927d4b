"""Where two sides differ, and the table that tells it."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.conformance.facts import WORDS, Observation

ABSENT = "-"
_NARROWEST = 100  # columns
_WHOLE = 10_000  # columns, where nobody's terminal breaks lines
_SUBJECT, _STEP, _FACT = "subject", "step", "what"

Observed = Mapping[str, Sequence[Observation]]
"""Subject -> what was observed, in order."""


@dataclass(frozen=True)
class Difference:
    """One fact that is not the same on both sides; ABSENT on a side that does not have it."""

    subject: str
    step: str
    fact: str
    local: str
    cloud: str

    @property
    def counts(self) -> bool:
        """False where only the words of a refusal differ: its code and status are the same."""
        return self.fact != WORDS


def differences(local: Observed, cloud: Observed) -> list[Difference]:
    """Every fact in which they differ, in the order of the scenario.

    A step that only one side came to differs in the one fact `step`.
    """
    found: list[Difference] = []
    for subject in dict.fromkeys((*local, *cloud)):
        ours = {one.step: one.facts for one in local.get(subject, ())}
        theirs = {one.step: one.facts for one in cloud.get(subject, ())}
        for step in dict.fromkeys((*ours, *theirs)):
            here, there = ours.get(step), theirs.get(step)
            if here is None or there is None:
                reached = ("not reached" if side is None else "reached" for side in (here, there))
                found.append(Difference(subject, step, "step", *reached))
                continue
            for fact in dict.fromkeys((*here, *there)):
                pair = here.get(fact, ABSENT), there.get(fact, ABSENT)
                if pair[0] != pair[1]:
                    found.append(Difference(subject, step, fact, *pair))
    return found


def report(local: Observed, cloud: Observed, names: tuple[str, str]) -> str:
    """The tables that are printed: what was compared, and each difference."""
    found = differences(local, cloud)
    counted = [one for one in found if one.counts]
    words = [one for one in found if not one.counts]
    rows = [(_SUBJECT, "steps", "facts", "differences")]
    for subject in dict.fromkeys((*local, *cloud)):
        steps = local.get(subject) or cloud.get(subject) or ()
        of = sum(one.subject == subject for one in counted)
        rows.append((subject, str(len(steps)), str(sum(len(one.facts) for one in steps)), str(of)))
    text = [_aligned(rows), ""]
    if counted:
        text += [f"{names[0]} and {names[1]} differ in {len(counted)} facts:", ""]
        text += [_table(counted, names), ""]
    else:
        text += [f"{names[0]} and {names[1]}: no differences", ""]
    if words:
        text += ["Refused alike, in other words (not counted):", "", _table(words, names), ""]
    return "\n".join(text)


def _table(found: Sequence[Difference], names: tuple[str, str]) -> str:
    rows = [(_SUBJECT, _STEP, _FACT, *names)]
    rows += [(one.subject, one.step, one.fact, one.local, one.cloud) for one in found]
    return _aligned(rows)


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows as columns; the first is the heading. Cut only where a terminal would break them."""
    terminal = shutil.get_terminal_size().columns if sys.stdout.isatty() else _WHOLE
    columns = max(terminal, _NARROWEST)
    number = len(rows[0])
    widths = [max(len(row[place]) for row in rows) for place in range(number)]
    longest = columns // number
    while sum(widths) + 2 * (number - 1) > columns and max(widths) > longest:
        widths[widths.index(max(widths))] -= 1
    lines = ["  ".join(_cell(row[n], widths[n]) for n in range(number)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _cell(text: str, width: int) -> str:
    text = text.replace("\n", "\\n")
    return (text if len(text) <= width else text[: width - 3] + "...").ljust(width)
