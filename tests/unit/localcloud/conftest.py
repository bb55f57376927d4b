"""A transaction on an empty database."""

from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.store import schema
from localcloud.store.database import Transaction, connect


@pytest.fixture
def tx(tmp_path: Path) -> Generator[Transaction, None, None]:
    """One transaction on an empty database, for rules that need no event loop."""
    connection = connect(tmp_path / "localcloud.sqlite")
    schema.prepare(connection)
    connection.execute("BEGIN")
    yield Transaction(connection)
    connection.close()
