"""Settings that are kept and given back but change nothing: one warning each in the log."""

import logging
from collections.abc import Mapping
from typing import Any, cast

from localcloud.fidelity import Fate, Table
from localcloud.fidelity.log_service import CALLS, INDEX, SETTINGS
from localcloud.fidelity.warning import RecordedWarnings

log = logging.getLogger(__name__)


class Warnings(RecordedWarnings):
    """Warns of each setting of each project and logstore once in the life of this process."""

    def __init__(self) -> None:
        super().__init__(log)

    def of_logstore(self, name: str, settings: Mapping[str, Any]) -> None:
        """Warn of what a logstore is told in vain."""
        self._of_table(f"logstore {name}", SETTINGS, settings)

    def of_index(self, logstore: str, config: Mapping[str, Any]) -> None:
        """Warn of what the index of a logstore is told in vain."""
        self._of_table(f"index of logstore {logstore}", INDEX, config)
        keys = config.get("keys")
        for key in cast("dict[str, Any]", keys).values() if isinstance(keys, dict) else ():
            inner = {f"keys.{name}": value for name, value in key.items()}
            self._of_table(f"index of logstore {logstore}", INDEX, inner)

    def of_call(self, whose: str, call: str) -> None:
        """Warn that a call changes nothing but what is given back."""
        self.give(whose, CALLS[call])

    def _of_table(self, whose: str, table: Table, settings: Mapping[str, Any]) -> None:
        for entry in table.entries:
            value = settings.get(entry.thing)
            if entry.fate is Fate.RECORDED and _asks(value) and value not in entry.harmless:
                self.give(whose, entry)


def _asks(value: Any) -> bool:
    """Whether a setting asks for anything: encrypt_conf does where it has `enable`."""
    if isinstance(value, dict):
        return bool(cast("dict[str, Any]", value).get("enable"))
    return value is not None and value != []
