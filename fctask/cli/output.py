"""How the command line speaks: aligned tables, colours on a terminal, nothing that acts on it.

No rich here: it costs a tenth of a second, and only what moves (watch, a batch's bar) needs it.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from fctask.text import one_line

_COLOURS = {
    "Succeeded": "32",
    "Failed": "31",
    "Expired": "31",
    "Invalid": "31",
    "Stopped": "33",
    "Stopping": "33",
    "Running": "36",
    "Retrying": "35",
}


def colourful(stream: TextIO) -> bool:
    """Whether colours belong there: a terminal without NO_COLOR, or FORCE_COLOR."""
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def painted(text: str, status: str, stream: TextIO | None = None) -> str:
    """The text in its status's colour, where colours belong."""
    colour = _COLOURS.get(status)
    if colour is None or not colourful(stream or sys.stdout):
        return text
    return f"\033[{colour}m{text}\033[0m"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], painted_column: int = -1) -> str:
    """Columns under headings, each as wide as it must be; the last is cut to a terminal's width."""
    content = [[one_line(cell) for cell in row] for row in rows]
    widths = [len(heading) for heading in headings]
    for row in content:
        widths = [max(width, len(cell)) for width, cell in zip(widths, row, strict=True)]
    room = _width() - sum(widths[:-1]) - 2 * (len(widths) - 1)
    written: list[str] = []
    for row in [list(headings), *content]:
        cells = [cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)]
        if painted_column >= 0 and written:
            cells[painted_column] = painted(cells[painted_column], row[painted_column])
        last = row[-1] if len(row[-1]) <= max(room, 20) else row[-1][: max(room, 20) - 1] + "…"
        written.append("  ".join([*cells, last]).rstrip())
    return "\n".join(written)


def fields(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, one a line, without the empty ones; long values as indented blocks."""
    shown = [(name, value) for name, value in pairs if value]
    width = max((len(name) for name, _ in shown), default=0)
    lines: list[str] = []
    for name, value in shown:
        if "\n" in value:
            lines += [f"{name}", *(f"  {line}" for line in value.splitlines())]
        else:
            lines.append(f"{name.ljust(width)}  {value}")
    return "\n".join(lines)


def _width() -> int:
    if not sys.stdout.isatty():
        return 10_000
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except OSError:
        return 80
