"""A project with a logstore that is searchable."""

import json
from typing import Any

import pytest

from localcloud.sls import index, logs, logstores, projects, search
from localcloud.sls.logs import Log
from localcloud.store.database import Transaction

PROJECT = "a-project"
NOW = 1_700_000_000_000  # ms
NOON = NOW // 1000
DELIMITERS = list(", '\";=()[]{}?@&<>/:\n\t\r")
FULL_TEXT: dict[str, Any] = {
    "line": {"token": DELIMITERS, "caseSensitive": False, "chn": True},
    "keys": {"requestId": {"type": "text", "token": DELIMITERS}},
}


class Logstore:
    """A logstore of a test, on the rules alone."""

    def __init__(self, tx: Transaction, name: str, ttl: int = 30) -> None:
        self.tx = tx
        self.name = name
        logstores.create_logstore(tx, PROJECT, name, ttl, {}, NOW)

    def index(self, config: dict[str, Any]) -> None:
        index.create_index(self.tx, PROJECT, self.name, json.dumps(config), NOW)

    def put(self, *messages: str, at: int = NOON, now: int = NOW) -> None:
        lines = [Log(at, [("message", message)]) for message in messages]
        logs.put_logs(self.tx, PROJECT, self.name, lines, now=now)

    def find(self, statement: str = "*") -> list[str]:
        asked = search.Search(PROJECT, self.name, 0, 2**32, statement)
        found = search.find_logs(self.tx, asked, line=100, offset=0, reverse=False)
        return [fields["message"] for fields in found]


@pytest.fixture
def logstore(tx: Transaction) -> Logstore:
    """An empty logstore with full text and requestId in its index; logs are kept for 30 days."""
    projects.create_project(tx, PROJECT, "", "", NOW)
    made = Logstore(tx, "jobs")
    made.index(FULL_TEXT)
    return made
