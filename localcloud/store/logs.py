"""Tables of the logs in logstores.

A row of `log_groups` holds the lines of one write that fell into the same second. Its id is made of
the logstore's number, the second and a running number, so that the primary key is the time index of
every logstore, and a search over a time range is a range of ids, in `log_groups` and in the word
index alike. `log_words` is that word index: an FTS5 table without content, that tells in which
groups a word *may* be found; what is found there is read and looked at again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE log_groups (
        id INTEGER PRIMARY KEY,
        count INTEGER NOT NULL,
        topic TEXT NOT NULL,
        source TEXT NOT NULL,
        lines TEXT NOT NULL
    )""",
    # In which order logs came in, whatever time they carry: what a consumer's cursor points into.
    """CREATE TABLE log_arrivals (
        logstore INTEGER NOT NULL,
        arrival INTEGER NOT NULL,
        group_id INTEGER NOT NULL,
        PRIMARY KEY (logstore, arrival)
    ) WITHOUT ROWID""",
    "CREATE VIRTUAL TABLE log_words USING fts5"
    "(text, content='', detail=none, columnsize=0, tokenize='ascii')",
)

_TIME_BITS = 32
_RUNNING_BITS = 18
_STORE_SHIFT = _TIME_BITS + _RUNNING_BITS
MOST_LOGSTORES = (1 << (63 - _STORE_SHIFT)) - 1
"""How many logstores there can be at once: their numbers are 1 to this."""

LAST_SECOND = (1 << _TIME_BITS) - 1
"""The greatest time a log can have, in seconds since 1970: the protocol's uint32."""

MOST_GROUPS_IN_A_SECOND = 1 << _RUNNING_BITS
"""How many writes of one second a logstore can hold."""

_IN_ORDER = """SELECT id, count, topic, source, lines FROM log_groups
    WHERE id BETWEEN ? AND ? ORDER BY id"""
_WITH_WORDS = """SELECT g.id, g.count, g.topic, g.source, g.lines
    FROM log_words w CROSS JOIN log_groups g ON g.id = w.rowid
    WHERE w.log_words MATCH ? AND w.rowid BETWEEN ? AND ? ORDER BY w.rowid"""
_BY_ARRIVAL = """SELECT a.arrival, g.id, g.count, g.topic, g.source, g.lines
    FROM log_arrivals a CROSS JOIN log_groups g ON g.id = a.group_id
    WHERE a.logstore=? AND a.arrival>=? AND a.arrival<? ORDER BY a.arrival LIMIT ?"""
_NO_END = 1 << 62
_IN_ORDER_BACKWARDS = _IN_ORDER + " DESC"
_WITH_WORDS_BACKWARDS = _WITH_WORDS + " DESC"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The lines of one write and one second; `lines` is JSON: [[key, value, key ...], ...]."""

    id: int
    count: int
    topic: str
    source: str
    lines: str

    @property
    def time_s(self) -> int:
        """The second all of its lines carry."""
        return (self.id >> _RUNNING_BITS) & LAST_SECOND


def insert_group(
    tx: Transaction,
    logstore: int,
    time_s: int,
    arrived: int,
    count: int,
    topic: str,
    source: str,
    lines: str,
    words: str,
) -> bool:
    """Store lines of one second; False when that second of the logstore holds all it can.

    `arrived` (ms) is when they came in; `words` is the text of the word index, ASCII only.
    """
    first, last = _ids(logstore, time_s, time_s)
    newest = tx.execute(
        "SELECT max(id) FROM log_groups WHERE id BETWEEN ? AND ?", (first, last)
    ).fetchone()[0]
    group_id = first if newest is None else newest + 1
    if group_id > last:
        return False
    previous = tx.execute(
        "SELECT max(arrival) FROM log_arrivals WHERE logstore=?", (logstore,)
    ).fetchone()[0]
    arrival = max(first_arrival_at(arrived), 0 if previous is None else previous + 1)
    tx.execute(
        "INSERT INTO log_groups (id, count, topic, source, lines) VALUES (?,?,?,?,?)",
        (group_id, count, topic, source, lines),
    )
    tx.execute("INSERT INTO log_words (rowid, text) VALUES (?,?)", (group_id, words))
    tx.execute("INSERT INTO log_arrivals VALUES (?,?,?)", (logstore, arrival, group_id))
    return True


def groups_between(
    tx: Transaction,
    logstore: int,
    from_s: int,
    to_s: int,
    *,
    newest_first: bool = False,
    words: str | None = None,
) -> Iterator[GroupRow]:
    """The groups of [from_s, to_s) in order of time and arrival, read as they are asked for.

    `words` is an FTS5 expression: only groups that may match it are read.
    """
    if to_s <= from_s:
        return
    ids = _ids(logstore, from_s, to_s - 1)
    if words is None:
        sql = _IN_ORDER_BACKWARDS if newest_first else _IN_ORDER
        parameters: tuple[Any, ...] = ids
    else:
        sql = _WITH_WORDS_BACKWARDS if newest_first else _WITH_WORDS
        parameters = (words, *ids)
    for row in tx.execute(sql, parameters):
        yield GroupRow(*row)


def count_lines(tx: Transaction, logstore: int, from_s: int, to_s: int) -> int:
    """How many lines there are in [from_s, to_s)."""
    if to_s <= from_s:
        return 0
    return tx.execute(
        "SELECT coalesce(sum(count), 0) FROM log_groups WHERE id BETWEEN ? AND ?",
        _ids(logstore, from_s, to_s - 1),
    ).fetchone()[0]


def first_arrival_at(time_ms: int) -> int:
    """The least arrival number that logs coming in at `time_ms` or later can have.

    Arrival numbers are milliseconds with room for 4,096 arrivals in each; where more come in they
    run ahead of the clock, and stay in order.
    """
    return time_ms << 12


def time_of_arrival(arrival: int) -> int:
    """When logs with this arrival number came in, in ms."""
    return arrival >> 12


def newest_arrival(tx: Transaction, logstore: int) -> int | None:
    """The arrival number of what came in last."""
    return tx.execute(
        "SELECT max(arrival) FROM log_arrivals WHERE logstore=?", (logstore,)
    ).fetchone()[0]


def oldest_arrival(tx: Transaction, logstore: int) -> int | None:
    """The arrival number of the oldest logs still kept."""
    return tx.execute(
        "SELECT min(arrival) FROM log_arrivals WHERE logstore=?", (logstore,)
    ).fetchone()[0]


def groups_arrived_between(
    tx: Transaction, logstore: int, first: int, end: int | None, limit: int
) -> Iterator[tuple[int, GroupRow]]:
    """Up to `limit` groups by arrival, from number `first` on and before `end`, read as asked."""
    rows = tx.execute(_BY_ARRIVAL, (logstore, first, _NO_END if end is None else end, limit))
    for row in rows:
        yield row[0], GroupRow(*row[1:])


def delete_group(tx: Transaction, logstore: int, arrival: int, group_id: int, words: str) -> None:
    """Take one group away; `words` must be the text it was stored with."""
    tx.execute(
        "INSERT INTO log_words (log_words, rowid, text) VALUES ('delete', ?, ?)", (group_id, words)
    )
    tx.execute("DELETE FROM log_arrivals WHERE logstore=? AND arrival=?", (logstore, arrival))
    tx.execute("DELETE FROM log_groups WHERE id=?", (group_id,))


def _ids(logstore: int, first_s: int, last_s: int) -> tuple[int, int]:
    """The least and the greatest id of a logstore's groups from `first_s` to `last_s` inclusive."""
    store = logstore << _STORE_SHIFT
    first_s, last_s = max(first_s, 0), min(last_s, LAST_SECOND)
    if first_s > last_s:
        return 1, 0  # no group has such a time
    first = store | first_s << _RUNNING_BITS
    last = store | last_s << _RUNNING_BITS | (MOST_GROUPS_IN_A_SECOND - 1)
    return first, last
