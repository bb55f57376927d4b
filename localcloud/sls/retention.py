"""Deleting logs: those past their logstore's ttl, and those of deleted logstores."""

from localcloud.sls.logs import lines_of, words_of
from localcloud.store import logs as store
from localcloud.store import logstores
from localcloud.store.database import Transaction

_DAY = 24 * 3600 * 1000  # ms
_FOREVER = 3650  # days: Log Service's way to say that logs are never deleted
_MOST_CHARACTERS_IN_A_STEP = 8 * 1024 * 1024


def drop_expired(tx: Transaction, now: int, limit: int) -> int:
    """Delete up to `limit` writes whose time is over, and return how many went.

    Logs are kept for the logstore's ttl from when they came in, whatever time they carry. Call it
    again, in a transaction of its own, for as long as it returns more than 0; a step is bounded by
    `limit` and by 8 MB of logs, so that nobody waits long. `now` in ms.
    """
    dropped = 0
    for number, ttl in logstores.retentions(tx):
        if ttl < _FOREVER and dropped < limit:
            end = store.first_arrival_at(now - ttl * _DAY)
            dropped += _drop(tx, number, end, limit - dropped)
    for number in logstores.numbers_being_emptied(tx):
        if dropped >= limit:
            break
        gone = _drop(tx, number, None, limit - dropped)
        dropped += gone
        if gone == 0:
            logstores.release_number(tx, number)
    return dropped


def _drop(tx: Transaction, logstore: int, end: int | None, limit: int) -> int:
    going: list[tuple[int, store.GroupRow]] = []
    characters = 0
    for arrival, group in store.groups_arrived_between(tx, logstore, 0, end, limit):
        going.append((arrival, group))
        characters += len(group.lines)
        if characters > _MOST_CHARACTERS_IN_A_STEP:
            break
    for arrival, group in going:
        words = words_of(lines_of(group), group.topic, group.source)
        store.delete_group(tx, logstore, arrival, group.id, words)
    return len(going)
