"""The comparisons as a table: in the terminal, and in Markdown."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.figures import Comparison, spread

COLUMNS = ("what", "ours", "against", "theirs", "ours : theirs", "aim", "", "load")
_WHOLE = 1_000  # columns, where no terminal breaks lines
SPREAD = "minimum / median / maximum"


def number(value: float) -> str:
    """Three digits that count, and no more."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def cells(row: Comparison) -> list[str]:
    """One line of the table."""
    if row.missing:
        return [row.what, row.missing, row.against, "", "", str(row.aim), row.verdict, ""]
    return [
        row.what,
        f"{_spread(row.ours)} {row.unit}",
        row.against,
        f"{_spread(row.theirs)} {row.unit}" if row.theirs else "",
        _spread(row.ratios) if row.theirs else "",
        str(row.aim),
        row.verdict,
        f"{row.load:.1f}",
    ]


def printed(rows: Sequence[Comparison]) -> None:
    """Print the table; each spread is minimum, median and maximum."""
    table = Table(*COLUMNS, title=f"each: {SPREAD}")
    for row in rows:
        table.add_row(*cells(row))
    Console(width=None if sys.stdout.isatty() else _WHOLE).print(table)


def markdown(rows: Sequence[Comparison]) -> str:
    """The table for a page."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return number(values[0])
    return " / ".join(number(value) for value in spread(values))
