"""How much a data folder holds, for `localcloud status`."""

from localcloud.store.database import Transaction


def counts(tx: Transaction) -> dict[str, int]:
    """The numbers of queues, functions and kept tasks. Counts rows: not for every request."""
    return {
        "queues": _count(tx, "SELECT count(*) FROM queues"),
        "functions": _count(tx, "SELECT count(*) FROM functions"),
        "tasks": _count(tx, "SELECT count(*) FROM tasks WHERE task_id IS NOT NULL"),
    }


def _count(tx: Transaction, sql: str) -> int:
    return int(tx.execute(sql).fetchone()[0])
