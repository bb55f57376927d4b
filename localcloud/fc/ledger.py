"""One write of the dispatcher: all that has happened since the last one, in one transaction."""

from dataclasses import dataclass, field

from localcloud.fc import claims, destinations, invocation_logs, tasks
from localcloud.fc.attempts import Attempt
from localcloud.fc.claims import Claim
from localcloud.fc.desk import Desk
from localcloud.fc.invocation_logs import Lines, Logstore
from localcloud.fc.lanes import Look
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.tasks import Finished, Started
from localcloud.store import outbox
from localcloud.store import task_queue as queue
from localcloud.store import tasks as store

_MOST_AT_ONCE = 200  # rows that expire, or are delivered again, in one write


@dataclass(slots=True)
class Work:
    """What one write has to do."""

    lines: list[Lines]
    starts: list[Attempt]
    ends: list[tuple[Attempt, Finished]]
    stops: list[int]
    looks: list[Look]

    @property
    def name(self) -> str:
        """What it is about, for the log: never a payload or a credential."""
        requests = [attempt.row.request_id for attempt in self.starts]
        requests += [attempt.row.request_id for attempt, _ in self.ends]
        return f"requests {requests}, rows to stop {self.stops}, queues {self.looks}"


@dataclass(slots=True)
class Done:
    """What came of it. `more`: there is more that could not wait for its turn in this write.

    `log_errors` says why lines are lost; the next expiry and delivery are times in ms.
    """

    claims: list[Claim] = field(default_factory=list[Claim])
    log_errors: dict[Logstore, str] = field(default_factory=dict[Logstore, str])
    next_expiry: int | None = None
    next_delivery: int | None = None
    more: bool = False


def write(desk: Desk, work: Work, instances: int, sessions: RoleSessions) -> Done:
    """Write it. Runs on the store's writer: touches nothing that the event loop changes."""
    tx, done = desk.tx, Done()
    if work.lines:
        done.log_errors = invocation_logs.write(tx, desk.allowed, work.lines, desk.now)
    for attempt in work.starts:
        tasks.started(desk, Started(attempt.row.id, attempt.number, attempt.started_at))
    if work.ends:
        found = store.statuses(tx, [end.row.id for _, end in work.ends])
        for _, end in work.ends:
            tasks.finish(desk, end, found.get(end.row.id), _log_error(end, done))
    for task in work.stops:
        tasks.stopped(desk, task)
    expired = tasks.expire(desk, _MOST_AT_ONCE)
    sent = destinations.send_again(tx, desk.allowed, desk.now, _MOST_AT_ONCE, desk.wake)
    done.more = _MOST_AT_ONCE in (expired, sent)
    for look in work.looks:
        done.claims.append(claims.claim(desk, look, instances, sessions))
    done.next_expiry = queue.next_expiry(tx)
    done.next_delivery = outbox.next_delivery(tx)
    return done


def _log_error(end: Finished, done: Done) -> str:
    if not done.log_errors:
        return ""
    return done.log_errors.get(invocation_logs.logstore_of(end.function.instance), "")
