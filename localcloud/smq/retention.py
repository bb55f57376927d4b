"""What goes by itself: expired messages, those of deleted queues, and dead letters that wait.

In small steps, each a change of its own, so that no request waits for a large one.
"""

from dataclasses import dataclass

from localcloud.smq import waiting
from localcloud.smq.queues import expired_at
from localcloud.smq.receiving import MOST_IN_A_STEP, ripen
from localcloud.store import queues as store
from localcloud.store.database import Transaction

_QUEUES_IN_A_STEP = 20


@dataclass(frozen=True, slots=True)
class Step:
    """How far a pass over all queues has come; `more` when it is not at its end.

    `again` says that a queue had more than fitted into the step: another pass should follow soon.
    """

    queue_id: int
    more: bool
    again: bool = False


def remove_expired(tx: Transaction, after: int, now: int) -> Step:
    """One step of a pass: start with `after` -1, go on with the `queue_id` of the step before.

    Messages past their retention are forgotten, up to 256 of a queue; those whose dead-letter
    policy is met are moved, whether anyone receives from the queue or not.
    """
    for _ in range(_QUEUES_IN_A_STEP):
        queue = store.next_queue(tx, after)
        if queue is None:
            return Step(-1, False)
        ripened = ripen(tx, queue, now)
        if ripened and waiting.anyone(queue.queue_id):
            queue_id = queue.queue_id
            tx.after_commit(lambda queue_id=queue_id, n=ripened: waiting.wake(queue_id, n))
        removed = store.remove_expired(tx, queue.queue_id, expired_at(queue, now), MOST_IN_A_STEP)
        after = queue.queue_id
        if removed or ripened:
            return Step(after, True, MOST_IN_A_STEP in (removed, ripened))
    return Step(after, True)


def remove_deleted(tx: Transaction) -> bool:
    """Forget up to 256 messages of deleted queues; whether there may be more."""
    return store.remove_messages_of_deleted(tx, MOST_IN_A_STEP) > 0
