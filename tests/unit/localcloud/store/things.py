"""A table of names, the changes that add to it, and a story told on an event loop."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from localcloud.store.database import Database, Transaction

Change = Callable[[Transaction], Any]


def run(story: Coroutine[Any, Any, None]) -> None:
    """Whoever still waits after 10 s waits for ever: nothing here takes a hundredth of that."""
    asyncio.run(asyncio.wait_for(story, 10))


def add(name: str, size: int = 0) -> Callable[[Transaction], None]:
    def change(tx: Transaction) -> None:
        tx.execute("INSERT INTO things VALUES (?)", (name + "x" * size,))

    return change


def names(database: Database) -> list[str]:
    rows = database.read(lambda tx: tx.execute("SELECT name FROM things ORDER BY name").fetchall())
    return [row[0][:1] for row in rows]
