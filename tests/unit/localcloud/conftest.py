"""A transaction on an empty database."""

from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.store.database import Transaction, connect
from tests.unit.localcloud.prepared import prepare_database


@pytest.fixture
def tx(tmp_path: Path) -> Generator[Transaction, None, None]:
    """One transaction on an empty database, for rules that need no event loop."""
    prepare_database(tmp_path / "localcloud.sqlite")
    connection = connect(tmp_path / "localcloud.sqlite")
    connection.execute("BEGIN")
    yield Transaction(connection)
    connection.close()
