"""GetLogs and GetHistograms: the logs of a time range that a search statement asks for.

https://www.alibabacloud.com/help/en/sls/developer-reference/api-sls-2020-12-30-getlogsv2
"""

from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.refusal import Refusal
from localcloud.sls import logstores
from localcloud.sls.index import searchable
from localcloud.sls.logs import lines_of
from localcloud.sls.matching import Line, Matcher, matcher_of
from localcloud.sls.query import parse
from localcloud.store import logs as store
from localcloud.store.database import Transaction

MOST_LINES = 100
"""Logs in one answer, as GetLogs has it: page on with `offset`."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Seconds since 1970, from `from_s` on and before `to_s`."""

    project: str
    logstore: str
    from_s: int
    to_s: int
    statement: str = ""
    topic: str = ""


def find_logs(
    tx: Transaction, search: Search, *, line: int, offset: int, reverse: bool
) -> list[dict[str, str]]:
    """Up to `line` (1..100) logs after the first `offset`, oldest first or, reversed, newest.

    Each has its fields, `__time__` (a text of seconds), `__source__` and `__topic__`.
    Raises Refusal ProjectNotExist, LogStoreNotExist, IndexConfigNotExist, ParameterInvalid.
    """
    if not 0 <= line <= MOST_LINES:
        raise Refusal("ParameterInvalid", f"line is {line}, and can be 0 to {MOST_LINES}")
    if offset < 0:
        raise Refusal("ParameterInvalid", f"offset is {offset}, and cannot be negative")
    row, matcher = _prepared(tx, search)
    found: list[dict[str, str]] = []
    if line == 0:
        return found
    left = offset
    for one in _matching(tx, row, search, matcher, newest_first=reverse):
        if left:
            left -= 1
            continue
        found.append(_shown(one))
        if len(found) == line:
            break
    return found


def count_logs(tx: Transaction, search: Search) -> int:
    """How many logs the search finds in all. Raises what `find_logs` raises."""
    row, matcher = _prepared(tx, search)
    if matcher.everything and not search.topic:
        return store.count_lines(tx, row.number, search.from_s, search.to_s)
    return sum(1 for _ in _matching(tx, row, search, matcher, newest_first=False))


def histogram(tx: Transaction, search: Search, parts: int = 60) -> list[tuple[int, int, int]]:
    """The numbers of logs found in equal parts of the time range: (from, to, count) each.

    There are `parts` of them, or one for each second where the range is shorter.
    """
    row, matcher = _prepared(tx, search)
    seconds = search.to_s - search.from_s
    step = max(1, -(-seconds // parts))
    counts = [0] * -(-seconds // step)
    for one in _matching(tx, row, search, matcher, newest_first=False):
        counts[(one.time_s - search.from_s) // step] += 1
    starts = [search.from_s + step * at for at in range(len(counts))]
    return [
        (start, min(start + step, search.to_s), count)
        for start, count in zip(starts, counts, strict=True)
    ]


def _prepared(tx: Transaction, search: Search) -> tuple[store.LogstoreRow, Matcher]:
    row = logstores.find(tx, search.project, search.logstore)
    if search.from_s >= search.to_s:
        raise Refusal(
            "InvalidTimeRange",
            f"from ({search.from_s}) must be less than to ({search.to_s}); both in seconds",
        )
    return row, matcher_of(parse(search.statement), searchable(row))


def _matching(
    tx: Transaction,
    row: store.LogstoreRow,
    search: Search,
    matcher: Matcher,
    *,
    newest_first: bool,
) -> Iterator[Line]:
    groups = store.groups_between(
        tx,
        row.number,
        search.from_s,
        search.to_s,
        newest_first=newest_first,
        words=matcher.words,
    )
    for group in groups:
        if search.topic and group.topic != search.topic:
            continue
        lines = lines_of(group)
        if newest_first:
            lines.reverse()
        for fields in lines:
            one = Line(group.time_s, group.topic, group.source, fields)
            if matcher.test(one):
                yield one


def _shown(line: Line) -> dict[str, str]:
    fields = iter(line.fields)
    return {
        "__time__": str(line.time_s),
        "__topic__": line.topic,
        "__source__": line.source,
        **dict(zip(fields, fields, strict=True)),
    }
