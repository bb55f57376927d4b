"""Topics: publish, and a queue that is subscribed."""

from typing import Any

from mns.subscription import SubscriptionMeta
from mns.topic import TopicMessage, TopicMeta

from tests.conformance.run import Run
from tests.conformance.subjects.queues import make_queue


def topics(run: Run) -> None:
    """Make, subscribe, publish, and receive from the queue."""
    name, queue_name = run.name("topic"), run.name("subscribed")
    topic: Any = run.side.smq.get_topic(name)
    queue: Any = run.side.smq.get_queue(queue_name)
    queue.set_encoding(False)
    keys = run.side.keys
    endpoint = f"acs:mns:{keys.region}:{keys.account_id}:queues/{queue_name}"
    run.see("PublishMessage to none", lambda: topic.publish_message(TopicMessage("m")))
    run.make(f"topic {name}", topic.delete)
    run.need("CreateTopic", lambda: topic.create(TopicMeta()))
    run.see("CreateTopic otherwise", lambda: topic.create(TopicMeta(2048)))
    run.see("GetTopicAttributes", topic.get_attributes)
    run.need("CreateQueue", lambda: make_queue(run, queue_name))
    subscription: Any = topic.get_subscription("a-queue")
    run.make(f"subscription of {name}", subscription.unsubscribe)
    run.need(
        "Subscribe",
        lambda: subscription.subscribe(
            SubscriptionMeta(endpoint, notify_content_format="SIMPLIFIED")
        ),
    )
    run.see("GetSubscriptionAttributes", subscription.get_attributes)
    run.see("ListSubscriptionByTopic", topic.list_subscription)
    run.see("PublishMessage", lambda: topic.publish_message(TopicMessage("published by a run")))
    run.see("ReceiveMessage of what was published", lambda: queue.receive_message(10))
    run.see("PublishMessage of nothing", lambda: topic.publish_message(TopicMessage("")))
