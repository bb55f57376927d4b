"""Settings that are kept but change nothing here: one warning each in the log."""

import logging
from collections.abc import Mapping
from typing import Any, cast

from localcloud.fidelity import Entry, Fate, Table
from localcloud.fidelity.function_calls import TRIGGER_SETTINGS
from localcloud.fidelity.function_compute import FUNCTION_SETTINGS, RUNTIMES
from localcloud.fidelity.warning import RecordedWarnings

log = logging.getLogger(__name__)


def without_effect(config: Mapping[str, Any]) -> list[Entry]:
    """The entries of the table for what this configuration asks for and localcloud cannot give."""
    found = [
        entry
        for entry in FUNCTION_SETTINGS.entries
        if entry.fate is Fate.RECORDED and _asks(_at(config, entry.thing), entry)
    ]
    runtime = RUNTIMES[config["runtime"]]
    return [*found, runtime] if runtime.fate is Fate.RECORDED else found


def _at(config: Mapping[str, Any], path: str) -> Any:
    value: Any = config
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = cast(dict[str, Any], value).get(name)
    return value


def _asks(value: Any, entry: Entry) -> bool:
    if value is None or value in entry.harmless:
        return False
    if value is False:  # only where true is what asks for nothing (internetAccess)
        return True in entry.harmless
    if isinstance(value, dict):
        return any(_asks_for_anything(part) for part in cast(dict[str, Any], value).values())
    return _asks_for_anything(value)


def _asks_for_anything(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_asks_for_anything(part) for part in cast(dict[str, Any], value).values())
    return bool(value)


class Warnings(RecordedWarnings):
    """Warns of each setting of each function once in the life of this process."""

    def __init__(self) -> None:
        super().__init__(log)

    def of_function(self, name: str, config: Mapping[str, Any]) -> None:
        """Warn of what a function's configuration asks for in vain."""
        for entry in without_effect(config):
            self.give(f"function {name}", entry)

    def of_trigger(self, whose: str, settings: Mapping[str, Any]) -> None:
        """Warn of what a trigger is told in vain."""
        for entry in TRIGGER_SETTINGS.entries:
            if entry.fate is Fate.RECORDED and settings.get(entry.thing):
                self.give(whose, entry)

    def of_entry(self, whose: str, table: Table, thing: str) -> None:
        """Warn of one entry of a table, if it is one that is only recorded."""
        entry = table[thing]
        if entry.fate is Fate.RECORDED:
            self.give(whose, entry)
