"""Subscriptions of queues to topics.

https://www.alibabacloud.com/help/en/mns/developer-reference/subscription-operations
"""

from dataclasses import dataclass, replace

from localcloud.smq.arns import queue_of_endpoint
from localcloud.smq.attributes import checked_name, dead_letter_policy, merged_dlq_policy
from localcloud.smq.notifications import FORMATS
from localcloud.smq.refusals import (
    invalid_argument,
    not_implemented,
    subscription_already_exist,
    subscription_not_exist,
)
from localcloud.smq.topics import LONGEST_NAME, LONGEST_TAG, topic_named
from localcloud.store import topics as store
from localcloud.store.database import Transaction
from localcloud.store.topics import Subscription

STRATEGIES = ("BACKOFF_RETRY", "EXPONENTIAL_DECAY_RETRY")


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """What a Subscribe request sets. `dlq_policy` is a JSON object as for queues."""

    endpoint: str
    filter_tag: str = ""
    notify_strategy: str = "BACKOFF_RETRY"
    notify_content_format: str = "XML"
    push_type: str = "queue"
    sts_role_arn: str = ""
    dlq_policy: str | None = None


def subscription_named(tx: Transaction, topic_name: str, name: str) -> Subscription:
    """One subscription. Raises Refusal TopicNotExist, SubscriptionNotExist."""
    topic_named(tx, topic_name)
    subscription = store.find_subscription(tx, topic_name, name)
    if subscription is None:
        raise subscription_not_exist(topic_name, name)
    return subscription


def subscribe(tx: Transaction, topic_name: str, name: str, new: NewSubscription, now: int) -> bool:
    """Let a queue get what is published; False when this very subscription is there already.

    Raises Refusal TopicNotExist, SubscriptionAlreadyExist (with other attributes), InvalidArgument,
    and NotImplemented for endpoints that are no queues.
    """
    topic_named(tx, topic_name)
    checked_name("SubscriptionName", name, LONGEST_NAME)
    queue_name = queue_of_endpoint(new.endpoint)
    if new.push_type != "queue" or queue_name is None:
        raise not_implemented(
            f"localcloud pushes to queues of its own account and region only, not to"
            f" {new.endpoint!r} (PushType {new.push_type!r}): use"
            " acs:mns:<region>:<account>:queues/<name> and PushType queue."
        )
    if len(new.filter_tag) > LONGEST_TAG:
        raise invalid_argument(f"FilterTag {new.filter_tag!r} has over {LONGEST_TAG} characters.")
    if new.notify_strategy not in STRATEGIES:
        raise invalid_argument(f"NotifyStrategy {new.notify_strategy!r} is none of {STRATEGIES}.")
    if new.notify_content_format not in FORMATS:
        raise invalid_argument(
            f"NotifyContentFormat {new.notify_content_format!r} is none of {FORMATS}."
        )
    stored = merged_dlq_policy(None, new.dlq_policy)
    policy = dead_letter_policy(stored)
    subscription = Subscription(
        topic=topic_name,
        name=name,
        endpoint=new.endpoint,
        queue_name=queue_name,
        filter_tag=new.filter_tag,
        notify_strategy=new.notify_strategy,
        notify_content_format=new.notify_content_format,
        push_type=new.push_type,
        sts_role_arn=new.sts_role_arn,
        dlq_policy=stored,
        dlq_enabled=int(policy.enabled),
        dlq_target=policy.target,
        created=now,
        modified=now,
    )
    before = store.find_subscription(tx, topic_name, name)
    if before is not None:
        if replace(before, created=now, modified=now) != subscription:
            raise subscription_already_exist(topic_name, name)
        return False
    store.add_subscription(tx, subscription)
    return True


def subscribe_new(
    tx: Transaction, topic_name: str, name: str, new: NewSubscription, now: int
) -> None:
    """`subscribe`, where one of this name is refused even if it is the same."""
    if not subscribe(tx, topic_name, name, new, now):
        raise subscription_already_exist(topic_name, name)


def set_subscription_attributes(
    tx: Transaction,
    topic_name: str,
    name: str,
    now: int,
    notify_strategy: str | None = None,
    dlq_policy: str | None = None,
) -> None:
    """Change what is not None. Raises Refusal TopicNotExist, SubscriptionNotExist, InvalidArgument.

    Only these can be changed, as with SMQ.
    """
    before = subscription_named(tx, topic_name, name)
    strategy = notify_strategy or before.notify_strategy
    if strategy not in STRATEGIES:
        raise invalid_argument(f"NotifyStrategy {strategy!r} is none of {STRATEGIES}.")
    stored = merged_dlq_policy(before.dlq_policy, dlq_policy)
    policy = dead_letter_policy(stored)
    store.change_subscription(
        tx,
        replace(
            before,
            notify_strategy=strategy,
            dlq_policy=stored,
            dlq_enabled=int(policy.enabled),
            dlq_target=policy.target,
            modified=now,
        ),
    )


def unsubscribe(tx: Transaction, topic_name: str, name: str) -> None:
    """Delete a subscription. Raises Refusal TopicNotExist, SubscriptionNotExist."""
    subscription_named(tx, topic_name, name)
    store.remove_subscription(tx, topic_name, name)
