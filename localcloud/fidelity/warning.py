"""Warnings about what is kept but changes nothing here: each once, in the log of its service."""

import logging

from localcloud.fidelity import Entry


class RecordedWarnings:
    """Gives each warning once for each thing it is about, in the life of this process."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._given: set[tuple[str, str]] = set()

    def give(self, whose: str, entry: Entry) -> None:
        """Warn of one entry of a table, unless that was done before for the same thing."""
        if (whose, entry.thing) not in self._given:
            self._given.add((whose, entry.thing))
            self._log.warning(
                "%s: %s is kept but changes nothing: %s", whose, entry.thing, entry.note
            )
