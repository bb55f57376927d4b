"""What localcloud does with every call and setting of its services: the table behind docs/.

docs/fidelity.md is made from these tables and compared with them by a test; the code that warns or
refuses reads them too, so that none of the three can say something else than the others.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class Fate(enum.Enum):
    """What becomes of a call or a setting."""

    ACTS = "acts"
    RECORDED = "recorded with a warning"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One call or setting.

    `thing` is the call's name, or the setting's path in the request as FC's (SMQ's, ...) API writes
    it. `note` says what acts and where it differs, what the warning says, or why it is refused; a
    choice that no document backs is named "ours". `harmless` lists values of a recorded setting
    that ask for nothing localcloud lacks: no warning for them.
    """

    thing: str
    fate: Fate
    note: str = ""
    harmless: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The entries of one group of calls or settings, with its heading."""

    heading: str
    entries: Sequence[Entry]

    def __getitem__(self, thing: str) -> Entry:
        """The entry of that name; KeyError when there is none."""
        for entry in self.entries:
            if entry.thing == thing:
                return entry
        raise KeyError(thing)


def acts(thing: str, note: str = "") -> Entry:
    """It does what the service documents."""
    return Entry(thing, Fate.ACTS, note)


def recorded(thing: str, note: str, harmless: tuple[Any, ...] = ()) -> Entry:
    """It is kept and given back, changes nothing, and is warned about once in the log."""
    return Entry(thing, Fate.RECORDED, note, harmless)


def refused(thing: str, note: str) -> Entry:
    """It is answered with status 400 and the reason."""
    return Entry(thing, Fate.REFUSED, note)


def taken(heading: str, names: Mapping[str, Iterable[str]]) -> Table:
    """A table of calls with what each one takes, all of it acting."""
    return Table(
        heading,
        [acts(call, ", ".join(f"`{name}`" for name in of)) for call, of in names.items() if of],
    )


def as_markdown(tables: Sequence[Table]) -> str:
    """The tables as docs/fidelity.md shows them."""
    lines: list[str] = []
    for table in tables:
        lines += [f"## {table.heading}", "", "| what | here | how |", "|---|---|---|"]
        for entry in table.entries:
            note = entry.note.replace("|", "\\|")
            lines.append(f"| `{entry.thing}` | {entry.fate.value} | {note} |")
        lines.append("")
    return "\n".join(lines)
