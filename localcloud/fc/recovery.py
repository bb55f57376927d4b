"""What a killed localcloud had in hand, put right at the next start."""

from typing import Any

from localcloud.fc import attempts
from localcloud.fc.desk import Desk, Result, conclude, detail_text
from localcloud.fc.life_cycle import Status
from localcloud.fc.tasks import CONDITION_NO_RESOURCE, after_system_error, stopped
from localcloud.store import task_queue as queue
from localcloud.store import tasks as store
from localcloud.store.task_queue import WaitingRow
from localcloud.store.tasks import Event


def recover(desk: Desk, after: int, limit: int) -> int | None:
    """Put right what a killed localcloud had in hand; returns the last row's id, None at the end.

    Dequeued goes back into the queue. Running is an attempt lost to a system error: it is made
    again, and does not count against maxAsyncRetryAttempts. Stopping is Stopped: instances do not
    outlive the server.
    """
    rows = queue.in_hand(desk.tx, after, limit)
    for row in rows:
        if row.status is Status.STOPPING:
            stopped(desk, row.id)
        elif row.status is Status.DEQUEUED:
            back = Status.ENQUEUED if row.attempts == 0 else Status.RETRYING
            event = Event(back, desk.now, detail_text({"Reason": "localcloud was restarted"}))
            store.move(desk.tx, row.id, row.status, [event], due_at=row.enqueued_at)
        else:
            _lost(desk, row)
    return rows[-1].id if len(rows) == limit else None


def _lost(desk: Desk, row: WaitingRow) -> None:
    message = "localcloud ended while the attempt ran"
    changes: dict[str, Any] = {"error": "SystemError"}
    detail = {"Error": "SystemError", "ErrorMessage": message}
    due = after_system_error(row, changes, desk.now)
    if due is not None:
        event = Event(Status.RETRYING, desk.now, detail_text(detail | {"NextAttempt": due}))
        store.move(
            desk.tx, row.id, row.status, [event], due_at=min(due, row.expires_at), changes=changes
        )
        return
    conclude(
        desk,
        row,
        row.status,
        Status.FAILED,
        desk.now,
        Result(row.attempts, attempts.error_payload(message), CONDITION_NO_RESOURCE),
        detail=detail,
        changes=changes,
    )
