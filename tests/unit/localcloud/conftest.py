"""A transaction on an empty database, and a user whom modes bind."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.store.database import Transaction, connect
from tests.unit.localcloud.prepared import prepare_database

NOBODY = 65534


@pytest.fixture
def tx(tmp_path: Path) -> Generator[Transaction, None, None]:
    """One transaction on an empty database, for rules that need no event loop."""
    prepare_database(tmp_path / "localcloud.sqlite")
    connection = connect(tmp_path / "localcloud.sqlite")
    connection.execute("BEGIN")
    yield Transaction(connection)
    connection.close()


@pytest.fixture
def as_an_ordinary_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[None, None, None]:
    """Modes bind: they do not for root. In `tmp_path`, so that the way to it does not matter."""
    monkeypatch.chdir(tmp_path)
    if os.geteuid() != 0:
        yield
        return
    os.chown(tmp_path, NOBODY, NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.chown(tmp_path, 0, 0)  # or root without its capabilities could not remove it
