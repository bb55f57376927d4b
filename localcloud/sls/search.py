"""GetLogs and GetHistograms: the logs of a time range that a search statement asks for.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-getlogsv2
https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-gethistograms
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from localcloud.refusal import Refusal
from localcloud.sls import logstores
from localcloud.sls.fields import Line
from localcloud.sls.index import searchable
from localcloud.sls.logs import NANOSECONDS, lines_of, nanoseconds_of
from localcloud.sls.matching import Matcher, matcher_of
from localcloud.sls.query import parse
from localcloud.store import logs as store
from localcloud.store.database import Transaction
from localcloud.store.logstores import LogstoreRow

MOST_LINES = 100
"""Logs in one answer, as GetLogs has it: page on with `offset`."""

_MOST_COLUMNS = 60
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200)  # s
_DAY = 86400  # s


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Seconds since 1970, from `from_s` on and before `to_s`.

    `from_ns` and `to_ns` (0..999999999) go further into these two seconds.
    """

    project: str
    logstore: str
    from_s: int
    to_s: int
    statement: str = ""
    topic: str = ""
    from_ns: int = 0
    to_ns: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """How many logs were found from `from_s` on and before `to_s`, in seconds since 1970."""

    from_s: int
    to_s: int
    count: int


def find_logs(
    tx: Transaction, search: Search, *, line: int, offset: int, reverse: bool
) -> list[dict[str, str]]:
    """Up to `line` (0..100) logs after the first `offset`, oldest first or, reversed, newest.

    Logs of the same second come in the order they were written. Each has its fields, `__time__` (a
    text of seconds), `__source__` and `__topic__`.
    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexConfigNotExist, InvalidTimeRange,
    InvalidLine, InvalidOffset, ParameterInvalid, NotSupported.
    """
    if not 0 <= line <= MOST_LINES:
        raise Refusal("InvalidLine", f"line is {line}, and can be 0 to {MOST_LINES}")
    if offset < 0:
        raise Refusal("InvalidOffset", f"offset is {offset}, and can be 0 or more")
    row, matcher = _prepared(tx, search)
    found: list[dict[str, str]] = []
    if line == 0:
        return found
    left = offset
    all_of_it = matcher.everything and not search.from_ns and not search.to_ns
    for group in _groups(tx, row, search, matcher, newest_first=reverse):
        if all_of_it and left >= group.count:
            left -= group.count
            continue
        for one in _matching(group, search, matcher, newest_first=reverse):
            if left:
                left -= 1
                continue
            found.append(_shown(one))
            if len(found) == line:
                return found
    return found


def histogram(tx: Transaction, search: Search) -> list[Column]:
    """The numbers of logs found in each of up to 60 parts of the time range.

    The borders inside it lie on multiples of a round number of seconds, so that the same range is
    always cut the same way. Raises what `find_logs` raises.
    """
    row, matcher = _prepared(tx, search)
    borders = _borders(search.from_s, search.to_s)
    if matcher.everything and not (search.topic or search.from_ns or search.to_ns):
        counts = [store.count_lines(tx, row.number, start, end) for start, end in pairwise(borders)]
    else:
        counts = [0] * (len(borders) - 1)
        for group in _groups(tx, row, search, matcher, newest_first=False):
            column = min(bisect_right(borders, group.time_s) - 1, len(counts) - 1)
            found = _matching(group, search, matcher, newest_first=False)
            counts[column] += sum(1 for _ in found)
    return [
        Column(start, end, count)
        for (start, end), count in zip(pairwise(borders), counts, strict=True)
    ]


def _prepared(tx: Transaction, search: Search) -> tuple[LogstoreRow, Matcher]:
    row = logstores.find(tx, search.project, search.logstore)
    index = searchable(row)
    begin, end = (search.from_s, search.from_ns), (search.to_s, search.to_ns)
    if begin >= end or search.from_s < 0:
        raise Refusal(
            "InvalidTimeRange",
            f"from ({search.from_s}) must be less than to ({search.to_s}); both in seconds since"
            " 1970",
        )
    return row, matcher_of(parse(search.statement), index)


def _groups(
    tx: Transaction,
    row: LogstoreRow,
    search: Search,
    matcher: Matcher,
    *,
    newest_first: bool,
) -> Iterator[store.GroupRow]:
    """The stored groups in which there may be something."""
    groups = store.groups_between(
        tx,
        row.number,
        search.from_s,
        search.to_s + 1 if search.to_ns else search.to_s,
        newest_first=newest_first,
        words=matcher.words,
    )
    for group in groups:
        if not search.topic or group.topic == search.topic:
            yield group


def _matching(
    group: store.GroupRow, search: Search, matcher: Matcher, *, newest_first: bool
) -> Iterator[Line]:
    lines = lines_of(group)
    if newest_first:
        lines.reverse()
    time_s, topic, source = group.time_s, group.topic, group.source
    from_ns = search.from_ns if time_s == search.from_s else 0
    to_ns = search.to_ns if time_s == search.to_s else 0
    for fields in lines:
        one = Line(time_s, topic, source, fields)
        if from_ns and _nanoseconds(one) < from_ns:
            continue
        if to_ns and _nanoseconds(one) >= to_ns:
            continue
        if matcher.test(one):
            yield one


def _nanoseconds(line: Line) -> int:
    told = line.values(NANOSECONDS)
    return (nanoseconds_of(told[0]) or 0) if told else 0


def _borders(from_s: int, to_s: int) -> list[int]:
    span = max(to_s - from_s, 1)
    days = -(-span // ((_MOST_COLUMNS - 1) * _DAY))
    fitting = (width for width in _WIDTHS if span <= width * (_MOST_COLUMNS - 1))
    width = next(fitting, days * _DAY)
    inner = range(from_s - from_s % width + width, from_s + span, width)
    return [from_s, *inner, from_s + span]


def _shown(line: Line) -> dict[str, str]:
    fields = iter(line.fields)
    return {
        **dict(zip(fields, fields, strict=True)),
        "__time__": str(line.time_s),
        "__topic__": line.topic,
        "__source__": line.source,
    }
