"""Tables of SMQ's topics and of the subscriptions to them. All times are ms."""

from dataclasses import astuple, dataclass

from localcloud.store.database import Transaction

TABLES: tuple[str, ...] = (
    """CREATE TABLE topics (
        name TEXT PRIMARY KEY,
        maximum_message_size INTEGER NOT NULL,
        logging_enabled INTEGER NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE topic_tags (
        name TEXT NOT NULL REFERENCES topics (name) ON DELETE CASCADE,
        tag_key TEXT NOT NULL,
        tag_value TEXT NOT NULL,
        PRIMARY KEY (name, tag_key)
    ) WITHOUT ROWID""",
    """CREATE TABLE subscriptions (
        topic TEXT NOT NULL REFERENCES topics (name) ON DELETE CASCADE,
        name TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        queue_name TEXT NOT NULL,
        filter_tag TEXT NOT NULL,
        notify_strategy TEXT NOT NULL,
        notify_content_format TEXT NOT NULL,
        push_type TEXT NOT NULL,
        sts_role_arn TEXT NOT NULL,
        dlq_policy TEXT,
        dlq_enabled INTEGER NOT NULL,
        dlq_target TEXT NOT NULL,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        PRIMARY KEY (topic, name)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. Columns in the table's order; `maximum_message_size` in bytes."""

    name: str
    maximum_message_size: int
    logging_enabled: int
    created: int
    modified: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets what is published to a topic. Columns in the table's order.

    `queue_name` is the queue in `endpoint`; `dlq_policy` the JSON text as it was set.
    """

    topic: str
    name: str
    endpoint: str
    queue_name: str
    filter_tag: str
    notify_strategy: str
    notify_content_format: str
    push_type: str
    sts_role_arn: str
    dlq_policy: str | None
    dlq_enabled: int
    dlq_target: str
    created: int
    modified: int


def add_topic(tx: Transaction, topic: Topic) -> None:
    """Store a new topic."""
    tx.execute("INSERT INTO topics VALUES (?, ?, ?, ?, ?)", astuple(topic))


def find_topic(tx: Transaction, name: str) -> Topic | None:
    """The topic of this name."""
    row = tx.execute("SELECT * FROM topics WHERE name = ?", (name,)).fetchone()
    return Topic(*row) if row else None


def change_topic(tx: Transaction, topic: Topic) -> None:
    """Store the attributes of a topic again."""
    tx.execute(
        "UPDATE topics SET maximum_message_size = ?, logging_enabled = ?, modified = ?"
        " WHERE name = ?",
        (topic.maximum_message_size, topic.logging_enabled, topic.modified, topic.name),
    )


def remove_topic(tx: Transaction, name: str) -> None:
    """Forget a topic with its subscriptions and tags."""
    tx.execute("DELETE FROM topics WHERE name = ?", (name,))


def list_topics(tx: Transaction, prefix: str, after: str, most: int) -> list[Topic]:
    """Up to `most` topics by name that begin with `prefix`, behind the name `after`."""
    rows = tx.execute(
        "SELECT * FROM topics WHERE name > ? AND name >= ? AND name < ? ORDER BY name LIMIT ?",
        (after, prefix, prefix + chr(0x10FFFF), most),
    )
    return [Topic(*row) for row in rows]


def count_topics(tx: Transaction) -> int:
    """How many topics there are."""
    return tx.execute("SELECT count(*) FROM topics").fetchone()[0]


def set_topic_tag(tx: Transaction, name: str, tag_key: str, tag_value: str) -> None:
    """Put a tag on a topic, over an older value of the same key."""
    tx.execute(
        "INSERT INTO topic_tags (name, tag_key, tag_value) VALUES (?, ?, ?)"
        " ON CONFLICT (name, tag_key) DO UPDATE SET tag_value = excluded.tag_value",
        (name, tag_key, tag_value),
    )


def remove_topic_tag(tx: Transaction, name: str, tag_key: str) -> None:
    """Take a tag off a topic, if it is there."""
    tx.execute("DELETE FROM topic_tags WHERE name = ? AND tag_key = ?", (name, tag_key))


def tags_of_topic(tx: Transaction, name: str) -> dict[str, str]:
    """The tags of a topic."""
    rows = tx.execute(
        "SELECT tag_key, tag_value FROM topic_tags WHERE name = ? ORDER BY tag_key", (name,)
    )
    return {row[0]: row[1] for row in rows}


def add_subscription(tx: Transaction, subscription: Subscription) -> None:
    """Store a new subscription."""
    tx.execute(
        "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        astuple(subscription),
    )


def find_subscription(tx: Transaction, topic: str, name: str) -> Subscription | None:
    """One subscription to a topic."""
    row = tx.execute(
        "SELECT * FROM subscriptions WHERE topic = ? AND name = ?", (topic, name)
    ).fetchone()
    return Subscription(*row) if row else None


def change_subscription(tx: Transaction, subscription: Subscription) -> None:
    """Store the changeable attributes of a subscription again."""
    tx.execute(
        "UPDATE subscriptions SET notify_strategy = ?, dlq_policy = ?, dlq_enabled = ?,"
        " dlq_target = ?, modified = ? WHERE topic = ? AND name = ?",
        (
            subscription.notify_strategy,
            subscription.dlq_policy,
            subscription.dlq_enabled,
            subscription.dlq_target,
            subscription.modified,
            subscription.topic,
            subscription.name,
        ),
    )


def remove_subscription(tx: Transaction, topic: str, name: str) -> None:
    """Forget a subscription."""
    tx.execute("DELETE FROM subscriptions WHERE topic = ? AND name = ?", (topic, name))


def list_subscriptions(
    tx: Transaction, topic: str, prefix: str, after: str, most: int
) -> list[Subscription]:
    """Up to `most` subscriptions to a topic that begin with `prefix`, behind the name `after`."""
    rows = tx.execute(
        "SELECT * FROM subscriptions WHERE topic = ? AND name > ? AND name >= ? AND name < ?"
        " ORDER BY name LIMIT ?",
        (topic, after, prefix, prefix + chr(0x10FFFF), most),
    )
    return [Subscription(*row) for row in rows]


def subscriptions_of(tx: Transaction, topic: str) -> list[Subscription]:
    """Every subscription to a topic, by name."""
    rows = tx.execute("SELECT * FROM subscriptions WHERE topic = ? ORDER BY name", (topic,))
    return [Subscription(*row) for row in rows]
