"""The log lines of one execution, from Log Service.

FC writes each line with the invocation's request id, which is indexed; see "Function Compute 3.0
log field details" of Log Service.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fctask import function, tasks
from fctask.calling import calling
from fctask.clients import Clients
from fctask.errors import ServiceRefused
from fctask.task import Task

_PAGE = 100  # Log Service gives at most so many lines at once
_MARGIN = 120  # seconds around the task in which its lines are looked for
_OVERLAP = 60  # seconds looked at again while following: lines may come late
SETTLED = 10.0  # seconds after the end until no further line is waited for


@dataclass(frozen=True)
class LogLine:
    """One line. `at` in ms since 1970, to the second where the log has no more."""

    at: int
    message: str
    fields: tuple[tuple[str, str], ...]

    def document(self) -> dict[str, Any]:
        """For JSON: Log Service's field names."""
        return {"timestamp": self.at, "message": self.message, **dict(self.fields)}


def lines(clients: Clients, task: Task) -> list[LogLine]:
    """All lines of the task so far, in order. Raises NoSuchLogs where its function writes none."""
    begin = (task.started_at or 0) // 1000 - _MARGIN
    end = (task.ended_at or time.time() * 1000) // 1000 + _MARGIN
    return list(_search(clients, task.request_id, begin, int(end)))


def newest(clients: Clients, task: Task, most: int) -> list[LogLine]:
    """The last `most` lines of the task so far, in order. Raises NoSuchLogs.

    Lines before those are not read, however many there are.
    """
    begin = (task.started_at or 0) // 1000 - _MARGIN
    end = (task.ended_at or time.time() * 1000) // 1000 + _MARGIN
    found = _search(clients, task.request_id, begin, int(end), newest_first=True)
    return list(islice(found, most))[::-1]


def follow(clients: Clients, task: Task, interval: float = 1.0) -> Iterator[LogLine]:
    """Lines as they come, until the task has ended and its last lines are there.

    A line that arrives late comes late; none comes twice. At most `SETTLED` seconds pass after the
    task's end.
    """
    begin = (task.started_at or 0) // 1000 - _MARGIN
    seen: Counter[LogLine] = Counter()
    ends = 0
    quiet_since: float | None = None
    while True:
        task = task if task.final else tasks.get(clients, task.task_id)
        found = Counter[LogLine]()
        fresh: list[LogLine] = []
        for line in _search(clients, task.request_id, begin, int(time.time()) + _MARGIN):
            found[line] += 1
            if found[line] > seen[line]:
                fresh.append(line)
        seen |= found
        ends += sum(line.message.startswith("FC Invoke End RequestId") for line in fresh)
        yield from fresh
        if seen:
            begin = max(begin, max(line.at for line in seen) // 1000 - _OVERLAP)
        if task.final:
            # a stopped task has no end line; any other has one for each attempt
            if task.status != "Stopped" and ends > task.retries:
                return
            quiet_since = time.monotonic() if fresh or quiet_since is None else quiet_since
            if time.monotonic() - quiet_since >= SETTLED:
                return
        time.sleep(interval)


def _search(
    clients: Clients, request_id: str, begin: int, end: int, *, newest_first: bool = False
) -> Iterator[LogLine]:
    def found(query: str) -> Iterator[LogLine]:
        return _found(clients, query, request_id, begin, end, newest_first=newest_first)

    try:
        yield from found(f'requestId: "{request_id}"')
    except ServiceRefused as refused:
        if refused.details.get("code") != "ParameterInvalid":
            raise
        # no index on that field: a full-text search finds its lines, among others that name it
        yield from found(f'"{request_id}"')


def _found(
    clients: Clients, query: str, request_id: str, begin: int, end: int, *, newest_first: bool
) -> Iterator[LogLine]:
    project, logstore = function.log_names(clients)
    offset = 0
    while True:
        with calling("log:GetLogStoreLogs", f"{project}/{logstore}"):
            answer: Any = clients.log.get_log(
                project,
                logstore,
                max(0, begin),
                end,
                query=query,
                reverse=newest_first,
                offset=offset,
                size=_PAGE,
            )
            logs: list[Any] = answer.get_logs()
        for log in logs:
            contents: dict[str, str] = dict(log.get_contents())
            if contents.get("requestId", request_id) == request_id:
                yield _line(log.get_time(), contents)
        offset += len(logs)
        if len(logs) < _PAGE:
            return


def _line(seconds: int, contents: dict[str, str]) -> LogLine:
    nanoseconds = contents.pop("__time_ns_part__", "0")
    plain = nanoseconds.isascii() and nanoseconds.isdigit() and len(nanoseconds) < 10
    part = int(nanoseconds) // 1_000_000 if plain else 0
    message = contents.pop("message", "")
    return LogLine(seconds * 1000 + part, message.rstrip("\n"), tuple(sorted(contents.items())))
