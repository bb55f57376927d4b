"""Where a transaction's database lies: the data folder."""

from pathlib import Path

from localcloud.store.database import Transaction


def data_folder(tx: Transaction) -> Path:
    """The data folder: the one that holds the database's file."""
    for row in tx.execute("PRAGMA database_list"):
        if row["name"] == "main":
            return Path(row["file"]).parent
    raise AssertionError("SQLite always lists main")
