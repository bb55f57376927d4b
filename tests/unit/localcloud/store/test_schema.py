"""A data folder of an earlier version is brought to this one, with all that is in it."""

import sqlite3
from pathlib import Path

from localcloud.store import schema
from localcloud.store.database import connect


def described(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(name, " ".join(sql.split())) for name, sql in rows}


def test_a_folder_of_version_1_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    new, old = connect(tmp_path / "new"), connect(tmp_path / "old")
    for connection in (new, old):
        schema.prepare(connection)
    old.execute("DROP INDEX tasks_by_qualifier")
    old.execute("INSERT INTO task_payloads (id, payload) VALUES (7, x'00')")
    old.execute("PRAGMA user_version=1")
    schema.prepare(old)
    assert described(old) == described(new)
    assert old.execute("PRAGMA user_version").fetchone()[0] == schema.VERSION
    assert old.execute("SELECT id FROM task_payloads").fetchone()[0] == 7
    for connection in (new, old):
        connection.close()
