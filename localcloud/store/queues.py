"""Tables of SMQ's queues and of the messages in them.

A message is ready (a receive may take it) or waiting (delayed, or taken and not yet deleted) until
`visible_at`. Each of the two has an index of its own, so that neither the next message nor the next
to become ready is ever searched for. All times are ms.
"""

from typing import NamedTuple

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE queues (
        queue_id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        queue_type TEXT NOT NULL,
        delay_seconds INTEGER NOT NULL,
        maximum_message_size INTEGER NOT NULL,
        message_retention_period INTEGER NOT NULL,
        visibility_timeout INTEGER NOT NULL,
        polling_wait_seconds INTEGER NOT NULL,
        logging_enabled INTEGER NOT NULL,
        dlq_policy TEXT,
        dlq_enabled INTEGER NOT NULL,
        dlq_target TEXT NOT NULL,
        dlq_max_receive_count INTEGER NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL
    )""",
    """CREATE TABLE queue_tags (
        name TEXT NOT NULL REFERENCES queues (name) ON DELETE CASCADE,
        tag_key TEXT NOT NULL,
        tag_value TEXT NOT NULL,
        PRIMARY KEY (name, tag_key)
    ) WITHOUT ROWID""",
    # No reference to queues: a deleted queue's messages go in small steps, after it.
    """CREATE TABLE messages (
        number INTEGER PRIMARY KEY,
        queue_id INTEGER NOT NULL,
        ready INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        enqueued INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        receipt INTEGER NOT NULL,
        dequeue_count INTEGER NOT NULL,
        first_dequeued INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        body_md5 TEXT NOT NULL,
        properties TEXT NOT NULL,
        body TEXT NOT NULL
    )""",
    """CREATE INDEX messages_ready ON messages (queue_id, priority, enqueued)
        WHERE ready = 1""",
    """CREATE INDEX messages_waiting
        ON messages (queue_id, visible_at, enqueued, dequeue_count) WHERE ready = 0""",
    "CREATE TABLE deleted_queues (queue_id INTEGER PRIMARY KEY)",
)


class Queue(NamedTuple):
    """A queue and its attributes. Columns in the table's order."""

    queue_id: int
    name: str
    queue_type: str
    delay_seconds: int
    maximum_message_size: int  # bytes
    message_retention_period: int  # seconds
    visibility_timeout: int  # seconds
    polling_wait_seconds: int
    logging_enabled: int
    dlq_policy: str | None  # the JSON text as it was set, given back as it is
    dlq_enabled: int
    dlq_target: str
    dlq_max_receive_count: int
    created: int
    modified: int


class Message(NamedTuple):
    """A stored message, columns in the table's order.

    `number` is larger than that of every older message still there; it may be
    given again once its message is gone, so a receipt names the message's id too.
    """

    number: int
    queue_id: int
    ready: int
    priority: int
    enqueued: int
    visible_at: int
    receipt: int
    dequeue_count: int
    first_dequeued: int
    message_id: str
    body_md5: str
    properties: str
    body: str


class Counts(NamedTuple):
    """How many messages of a queue are in which state."""

    active: int
    inactive: int
    delayed: int


def add_queue(tx: Transaction, queue: Queue) -> None:
    """Store a new queue."""
    tx.execute("INSERT INTO queues VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", queue)


def find_queue(tx: Transaction, name: str) -> Queue | None:
    """The queue of this name."""
    row = tx.execute("SELECT * FROM queues WHERE name = ?", (name,)).fetchone()
    return Queue._make(row) if row else None


def change_queue(tx: Transaction, queue: Queue) -> None:
    """Store the attributes of a queue again, all of them."""
    tx.execute(
        "UPDATE queues SET delay_seconds = ?, maximum_message_size = ?,"
        " message_retention_period = ?, visibility_timeout = ?, polling_wait_seconds = ?,"
        " logging_enabled = ?, dlq_policy = ?, dlq_enabled = ?, dlq_target = ?,"
        " dlq_max_receive_count = ?, modified = ? WHERE queue_id = ?",
        (
            queue.delay_seconds,
            queue.maximum_message_size,
            queue.message_retention_period,
            queue.visibility_timeout,
            queue.polling_wait_seconds,
            queue.logging_enabled,
            queue.dlq_policy,
            queue.dlq_enabled,
            queue.dlq_target,
            queue.dlq_max_receive_count,
            queue.modified,
            queue.queue_id,
        ),
    )


def remove_queue(tx: Transaction, queue_id: int) -> None:
    """Forget a queue; its messages are left for `remove_messages_of_deleted`."""
    tx.execute("DELETE FROM queues WHERE queue_id = ?", (queue_id,))
    tx.execute("INSERT INTO deleted_queues VALUES (?)", (queue_id,))


def list_queues(tx: Transaction, prefix: str, after: str, most: int) -> list[Queue]:
    """Up to `most` queues by name that begin with `prefix`, behind the name `after`."""
    rows = tx.execute(
        "SELECT * FROM queues WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
        (after, prefix, prefix + chr(0x10FFFF), most),
    )
    return [Queue._make(row) for row in rows]


def count_queues(tx: Transaction, containing: str = "") -> int:
    """How many queues have `containing` in their names."""
    return tx.execute(
        "SELECT count(*) FROM queues WHERE instr(name, ?) > 0", (containing,)
    ).fetchone()[0]


def next_queue(tx: Transaction, after: int) -> Queue | None:
    """The queue with the next larger id."""
    row = tx.execute(
        "SELECT * FROM queues WHERE queue_id > ? ORDER BY queue_id LIMIT 1", (after,)
    ).fetchone()
    return Queue._make(row) if row else None


def set_queue_tag(tx: Transaction, name: str, tag_key: str, tag_value: str) -> None:
    """Put a tag on a queue, over an older value of the same key."""
    tx.execute(
        "INSERT INTO queue_tags (name, tag_key, tag_value) VALUES (?, ?, ?)"
        " ON CONFLICT (name, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        (name, tag_key, tag_value),
    )


def remove_queue_tag(tx: Transaction, name: str, tag_key: str) -> None:
    """Take a tag off a queue, if it is there."""
    tx.execute("DELETE FROM queue_tags WHERE name = ? AND tag_key = ?", (name, tag_key))


def tags_of_queue(tx: Transaction, name: str) -> dict[str, str]:
    """The tags of a queue."""
    rows = tx.execute(
        "SELECT tag_key, tag_value FROM queue_tags WHERE name = ? ORDER BY tag_key", (name,)
    )
    return {row[0]: row[1] for row in rows}


def add_message(
    tx: Transaction,
    queue_id: int,
    priority: int,
    enqueued: int,
    visible_at: int,
    message_id: str,
    body_md5: str,
    properties: str,
    body: str,
    now: int,
) -> int:
    """Store a new message and return its number; it is ready if `visible_at` has come."""
    cursor = tx.execute(
        "INSERT INTO messages (queue_id, ready, priority, enqueued, visible_at, receipt,"
        " dequeue_count, first_dequeued, message_id, body_md5, properties, body)"
        " VALUES (?, ?, ?, ?, ?, 0, 0, 0, ?, ?, ?, ?)",
        (
            queue_id,
            int(visible_at <= now),
            priority,
            enqueued,
            visible_at,
            message_id,
            body_md5,
            properties,
            body,
        ),
    )
    return int(cursor.lastrowid or 0)


def ripen(tx: Transaction, queue_id: int, now: int, most: int) -> int:
    """Make up to `most` messages ready whose time has come, the earliest first; how many."""
    return tx.execute(
        "UPDATE messages SET ready = 1 WHERE number IN (SELECT number FROM messages"
        " WHERE ready = 0 AND queue_id = ? AND visible_at <= ? ORDER BY visible_at LIMIT ?)",
        (queue_id, now, most),
    ).rowcount


def next_ripe_at(tx: Transaction, queue_id: int) -> int | None:
    """When (ms) the next waiting message becomes ready."""
    row = tx.execute(
        "SELECT visible_at FROM messages WHERE ready = 0 AND queue_id = ?"
        " ORDER BY visible_at LIMIT 1",
        (queue_id,),
    ).fetchone()
    return row[0] if row else None


def first_ready(tx: Transaction, queue_id: int, most: int) -> list[Message]:
    """Up to `most` ready messages: the smallest priority first, the oldest first within one."""
    rows = tx.execute(
        "SELECT * FROM messages WHERE ready = 1 AND queue_id = ?"
        " ORDER BY priority, enqueued, number LIMIT ?",
        (queue_id, most),
    )
    return [Message._make(row) for row in rows]


def first_ready_sent_after(
    tx: Transaction, queue_id: int, expired: int, most: int
) -> list[Message]:
    """`first_ready` without messages that were sent at `expired` or earlier, however many."""
    found: list[Message] = []
    for priority in range(1, 17):
        rows = tx.execute(
            "SELECT * FROM messages WHERE ready = 1 AND queue_id = ? AND priority = ?"
            " AND enqueued > ? ORDER BY enqueued, number LIMIT ?",
            (queue_id, priority, expired, most - len(found)),
        )
        found += [Message._make(row) for row in rows]
        if len(found) >= most:
            break
    return found


def take(tx: Transaction, message: Message, visible_at: int, now: int) -> None:
    """Mark a ready message as received, until `visible_at`."""
    tx.execute(
        "UPDATE messages SET ready = 0, visible_at = ?, receipt = ?, dequeue_count = ?,"
        " first_dequeued = ? WHERE number = ?",
        (
            visible_at,
            message.receipt + 1,
            message.dequeue_count + 1,
            message.first_dequeued or now,
            message.number,
        ),
    )


def find_message(tx: Transaction, number: int) -> Message | None:
    """The message with this number."""
    row = tx.execute("SELECT * FROM messages WHERE number = ?", (number,)).fetchone()
    return Message._make(row) if row else None


def hide(tx: Transaction, number: int, visible_at: int, receipt: int) -> None:
    """Store another end of a received message's invisibility, and its next receipt."""
    tx.execute(
        "UPDATE messages SET visible_at = ?, receipt = ? WHERE number = ?",
        (visible_at, receipt, number),
    )


def remove_message(tx: Transaction, number: int) -> None:
    """Forget a message."""
    tx.execute("DELETE FROM messages WHERE number = ?", (number,))


def remove_received(
    tx: Transaction,
    queue_id: int,
    number: int,
    receipt: int,
    message_id: str,
    now: int,
    expired: int,
) -> bool:
    """Forget a message if this receipt still holds it; False if not.

    A message that was sent at `expired` or earlier is past its retention: nobody holds it.
    """
    return (
        tx.execute(
            "DELETE FROM messages WHERE number = ? AND queue_id = ? AND receipt = ?"
            " AND message_id = ? AND ready = 0 AND visible_at > ? AND enqueued > ?",
            (number, queue_id, receipt, message_id, now, expired),
        ).rowcount
        == 1
    )


def remove_expired(tx: Transaction, queue_id: int, expired: int, most: int) -> int:
    """Forget up to `most` ready messages that were sent at `expired` or earlier; how many.

    Waiting ones are left until they become ready: nothing shows them meanwhile.
    """
    removed = 0
    for priority in range(1, 17):
        removed += tx.execute(
            "DELETE FROM messages WHERE number IN (SELECT number FROM messages"
            " WHERE ready = 1 AND queue_id = ? AND priority = ? AND enqueued <= ?"
            " ORDER BY enqueued LIMIT ?)",
            (queue_id, priority, expired, most - removed),
        ).rowcount
        if removed >= most:
            break
    return removed


def count_messages(tx: Transaction, queue_id: int, now: int, expired: int) -> Counts:
    """True counts at `now`, without messages that were sent at `expired` or earlier."""
    ready: int = tx.execute(
        "SELECT count(*) FROM messages WHERE ready = 1 AND queue_id = ? AND enqueued > ?",
        (queue_id, expired),
    ).fetchone()[0]
    ripe, inactive, delayed = tx.execute(
        "SELECT coalesce(sum(visible_at <= ?1), 0),"
        " coalesce(sum(visible_at > ?1 AND dequeue_count > 0), 0),"
        " coalesce(sum(visible_at > ?1 AND dequeue_count = 0), 0)"
        " FROM messages WHERE ready = 0 AND queue_id = ?2 AND enqueued > ?3",
        (now, queue_id, expired),
    ).fetchone()
    return Counts(ready + ripe, inactive, delayed)


def ripe_received(tx: Transaction, queue_id: int, now: int, times: int, most: int) -> list[Message]:
    """Up to `most` messages whose waiting is over and that were received `times` or more often."""
    rows = tx.execute(
        "SELECT * FROM messages WHERE ready = 0 AND queue_id = ? AND visible_at <= ?"
        " AND dequeue_count >= ? ORDER BY visible_at LIMIT ?",
        (queue_id, now, times, most),
    )
    return [Message._make(row) for row in rows]


def remove_messages_of_deleted(tx: Transaction, most: int) -> int:
    """Forget up to `most` messages of deleted queues; how many there were."""
    row = tx.execute("SELECT queue_id FROM deleted_queues LIMIT 1").fetchone()
    if row is None:
        return 0
    removed = 0
    for ready in ("1", "0"):  # the two partial indexes, each named by its condition
        removed += tx.execute(_REMOVE_SOME.format(ready=ready), (row[0], most - removed)).rowcount
    if removed < most:
        tx.execute("DELETE FROM deleted_queues WHERE queue_id = ?", (row[0],))
    return removed


_REMOVE_SOME = (
    "DELETE FROM messages WHERE number IN"
    " (SELECT number FROM messages WHERE ready = {ready} AND queue_id = ? LIMIT ?)"
)
