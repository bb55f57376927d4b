"""A database with one table, `things`."""

from collections.abc import Generator
from pathlib import Path

import pytest

from localcloud.store.database import Database, connect


@pytest.fixture
def database(tmp_path: Path) -> Generator[Database, None, None]:
    connection = connect(tmp_path / "test.db")
    connection.execute("CREATE TABLE things (name TEXT UNIQUE)")
    connection.close()
    made = Database(tmp_path / "test.db")
    yield made
    made.close()
