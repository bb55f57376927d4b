"""A database in a temporary folder, a function in it, and packages to make others of."""

import asyncio
import base64
import stat
import zipfile
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import pytest

from localcloud.fc import functions
from localcloud.fc.code import CodePackage
from localcloud.store.database import Database, Transaction
from tests.unit.localcloud.prepared import prepare_database

T = TypeVar("T")

NOW = 1_700_000_000_000  # 2023-11-14T22:13:20Z
CODE = CodePackage("c0de", 100, "1")


class Store:
    """A database whose changes are made at once, as a test tells them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "localcloud.sqlite3"
        prepare_database(path)
        self.database = Database(path)

    def write(self, change: Callable[[Transaction], T]) -> T:
        """Make a change and wait until it is kept."""
        return asyncio.run(self.database.write(change))

    def read(self, query: Callable[[Transaction], T]) -> T:
        """Read."""
        return self.database.read(query)

    def create(self, name: str = "job", /, **settings: Any) -> functions.FunctionRow:
        """Make a function with these settings; its code is named c0de."""
        checked = functions.settings_of_create(body(name, **settings))
        return self.write(lambda tx: functions.create_function(tx, checked, CODE, NOW))

    def update(self, name: str = "job", /, **changes: Any) -> functions.FunctionRow:
        """Update a function's settings."""
        checked = functions.settings_of_update(name, changes)
        return self.write(lambda tx: functions.update_function(tx, name, checked, None, NOW + 1))


def body(name: str = "job", /, **settings: Any) -> dict[str, Any]:
    """The body of CreateFunction for a Python function with these settings besides."""
    return {
        "functionName": name,
        "runtime": "python3.10",
        "handler": "index.handler",
        "code": {"zipFile": "eA=="},
        **settings,
    }


def package(files: Mapping[str, str | bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A zip of these files and symbolic links."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        for name, target in (links or {}).items():
            link = zipfile.ZipInfo(name)
            link.create_system = 3
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, target)
    return buffer.getvalue()


def encoded(data: bytes) -> str:
    """Base64, as zipFile is sent."""
    return base64.b64encode(data).decode()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    made = Store(tmp_path)
    yield made
    made.database.close()
