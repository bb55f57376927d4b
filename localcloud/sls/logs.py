"""Writing logs into a logstore: for PutLogs, and for Function Compute in its own transaction."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from localcloud.refusal import Refusal
from localcloud.sls import logstores
from localcloud.store import logs as store
from localcloud.store.database import Transaction
from localcloud.store.logstores import find_logstore_number
from localcloud.whole_number import whole_number

NANOSECONDS = "__time_ns_part__"
"""The field that holds what a log's time has beyond its second, where the writer told it."""

# Bounds how much is read and looked at for one line that is searched for.
_MOST_LINES_IN_A_GROUP = 256
_MOST_CHARACTERS_IN_A_GROUP = 256 * 1024


def nanoseconds_of(told: str) -> int | None:
    """What the field NANOSECONDS says: 0 to 999,999,999; None for any other text."""
    return whole_number(told, 999_999_999)


@dataclass(frozen=True, slots=True)
class Log:
    """One log: `time_s` in seconds since 1970 (0..4294967295), and its fields in order."""

    time_s: int
    contents: Sequence[tuple[str, str]]


def put_logs(
    tx: Transaction,
    project: str,
    logstore: str,
    logs: Sequence[Log],
    topic: str = "",
    source: str = "",
    now: int | None = None,
) -> None:
    """Write `logs` in their order; they are there when the transaction is committed.

    Logs of the same second are kept, and found, in the order they were written. `now` (ms) is when
    they came in; where it is not given, the latest of their own times.
    Raises Refusal ProjectNotExist, LogStoreNotExist, WriteQuotaExceed.
    """
    number = find_logstore_number(tx, project, logstore)
    if number is None:
        raise logstores.no_such_logstore(tx, project, logstore)
    if not logs:
        return
    if now is None:
        now = max(log.time_s for log in logs) * 1000
    for time_s, lines in _groups(logs):
        text = json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
        words = words_of(lines, topic, source)
        if not store.insert_group(tx, number, time_s, now, len(lines), topic, source, text, words):
            raise Refusal(
                "WriteQuotaExceed",
                f"logstore {logstore} already holds {store.MOST_GROUPS_IN_A_SECOND} writes for the"
                f" second {time_s}; that is all localcloud keeps for one second: give logs the time"
                " they were made at, or send more of them in one PutLogs",
                403,
            )


def receive_logs(
    tx: Transaction,
    project: str,
    logstore: str,
    logs: Sequence[Log],
    topic: str,
    source: str,
    now: int,
) -> None:
    """Write logs that came in from outside, with what `appendMeta` tells to put to them.

    Raises what `put_logs` raises.
    """
    settings = logstores.settings_of(logstores.find(tx, project, logstore))
    if settings["appendMeta"]:
        # every client is on this machine
        meta = [
            ("__tag__:__client_ip__", "127.0.0.1"),
            ("__tag__:__receive_time__", str(now // 1000)),
        ]
        logs = [Log(log.time_s, [*log.contents, *meta]) for log in logs]
    put_logs(tx, project, logstore, logs, topic, source, now)


def lines_of(group: store.GroupRow) -> list[list[str]]:
    """The lines of a stored group, each as key, value, key, value ... in the order written."""
    return json.loads(group.lines)


def words_of(lines: Iterable[Sequence[str]], topic: str, source: str) -> str:
    """The text from which the word index takes its words: every key and value once, ASCII only.

    What is not ASCII counts as a gap between words, so that what the index calls a word never
    depends on how a logstore wants its Chinese cut.
    """
    parts = dict.fromkeys(part for line in lines for part in _looked_at(line))
    text = "\n".join((*parts, topic, source))
    return text if text.isascii() else text.encode("ascii", "replace").decode()


def _looked_at(line: Sequence[str]) -> Sequence[str]:
    """What of a line words are taken from: its nanoseconds are no word, and different each time."""
    if NANOSECONDS not in line:
        return line
    at = line.index(NANOSECONDS)
    return [*line[:at], *line[at + 2 :]]


def _groups(logs: Sequence[Log]) -> Iterator[tuple[int, list[list[str]]]]:
    """The logs as (second, lines), no group longer than is quickly read."""
    by_second: dict[int, list[list[str]]] = {}
    characters: dict[int, int] = {}
    for log in logs:
        second = log.time_s
        line = [part for pair in log.contents for part in pair]
        length = sum(map(len, line))
        lines = by_second.get(second)
        if lines is None:
            lines = by_second[second] = []
            characters[second] = 0
        elif (
            len(lines) == _MOST_LINES_IN_A_GROUP
            or characters[second] + length > _MOST_CHARACTERS_IN_A_GROUP
        ):
            yield second, lines
            lines = by_second[second] = []
            characters[second] = 0
        lines.append(line)
        characters[second] += length
    yield from by_second.items()
