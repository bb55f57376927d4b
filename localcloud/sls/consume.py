"""Reading a logstore as it was written: cursors, and the logs from one cursor to the next.

A cursor points between two writes in order of arrival. It is opaque to clients; ours is a number in
base64, as Log Service's is. Every log lies in shard 0; the other shards of a logstore are empty.
https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-getcursor
"""

import base64
import binascii
from dataclasses import dataclass

from localcloud.refusal import Refusal
from localcloud.sls import logstores
from localcloud.store import logs as store
from localcloud.store.database import Transaction
from localcloud.store.logstores import LogstoreRow
from localcloud.whole_number import whole_number

_MOST_GROUPS = 1000
_MOST_CHARACTERS = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pulled:
    """The writes that were read, and where to go on."""

    groups: list[store.GroupRow]
    next_cursor: str


def get_cursor(tx: Transaction, project: str, logstore: str, shard: int, start: str) -> str:
    """A cursor at `start`: "begin", "end", or the second (since 1970) when logs came in.

    Raises Refusal ProjectNotExist, LogStoreNotExist, ShardNotExist, ParameterInvalid.
    """
    row = _row(tx, project, logstore, shard)
    end = _end(tx, row, shard)
    if start == "end":
        return _cursor(end)
    first = store.oldest_arrival(tx, row.number) if shard == 0 else None
    begin = end if first is None else first
    if start == "begin":
        return _cursor(begin)
    second = whole_number(start, store.LAST_SECOND)
    if second is None:
        raise Refusal(
            "ParameterInvalid",
            f"from is {start!r}, and can be begin, end, or a number of seconds since 1970",
        )
    return _cursor(max(begin, min(end, store.first_arrival_at(second * 1000))))


def get_cursor_time(tx: Transaction, project: str, logstore: str, shard: int, cursor: str) -> int:
    """When what is at the cursor came in, in seconds since 1970.

    Raises Refusal ProjectNotExist, LogStoreNotExist, ShardNotExist, InvalidCursor.
    """
    row = _row(tx, project, logstore, shard)
    at = _number(cursor)
    if at > _end(tx, row, shard):
        raise _invalid(cursor)
    return store.time_of_arrival(at) // 1000


def pull_logs(
    tx: Transaction,
    project: str,
    logstore: str,
    shard: int,
    cursor: str,
    count: int,
    end_cursor: str | None = None,
) -> Pulled:
    """Up to `count` (1..1000) writes from the cursor on, 10 MB of them at most.

    Raises Refusal ProjectNotExist, LogStoreNotExist, ShardNotExist, InvalidCursor,
    ParameterInvalid.
    """
    row = _row(tx, project, logstore, shard)
    if not 1 <= count <= _MOST_GROUPS:
        raise Refusal("ParameterInvalid", f"count is {count}, and can be 1 to {_MOST_GROUPS}")
    at = _number(cursor)
    if at > _end(tx, row, shard):
        raise _invalid(cursor)
    end = None if end_cursor is None else _number(end_cursor)
    groups: list[store.GroupRow] = []
    characters = 0
    if shard == 0:
        for arrival, group in store.groups_arrived_between(tx, row.number, at, end, count):
            characters += len(group.lines)
            if groups and characters > _MOST_CHARACTERS:
                break
            groups.append(group)
            at = arrival + 1
    return Pulled(groups, _cursor(at))


def _row(tx: Transaction, project: str, logstore: str, shard: int) -> LogstoreRow:
    row = logstores.find(tx, project, logstore)
    if not 0 <= shard < len(logstores.shards_of(row)):
        raise Refusal("ShardNotExist", f"shard {shard} does not exist in logstore {logstore}", 404)
    return row


def _end(tx: Transaction, row: LogstoreRow, shard: int) -> int:
    newest = store.newest_arrival(tx, row.number) if shard == 0 else None
    return store.first_arrival_at(row.created // 1000 * 1000) if newest is None else newest + 1


def _cursor(number: int) -> str:
    return base64.b64encode(str(number).encode()).decode()


def _number(cursor: str) -> int:
    try:
        number = base64.b64decode(cursor, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise _invalid(cursor) from None
    if not number.isdecimal() or len(number) > 18:
        raise _invalid(cursor)
    return int(number)


def _invalid(cursor: str) -> Refusal:
    return Refusal("InvalidCursor", f"cursor {cursor!r} is not one that GetCursor or PullLogs gave")
