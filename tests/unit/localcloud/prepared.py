"""An empty database for a test: the schema is prepared once, and copied for each."""

import functools
import tempfile
from pathlib import Path

from localcloud.store import schema
from localcloud.store.database import connect


def prepare_database(path: Path) -> None:
    """Write an empty database, as a new data folder has it, to `path`."""
    path.write_bytes(_empty())


@functools.cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "localcloud.sqlite"
        connection = connect(path)
        schema.prepare(connection)
        connection.close()  # the last to close moves the journal into the file
        return path.read_bytes()
