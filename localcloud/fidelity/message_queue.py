"""Simple Message Queue: management (Mns-open 2022-01-19) and messages (2015-06-06)."""

from localcloud.fidelity import Table, acts, recorded, refused

MANAGEMENT_CALLS = Table(
    "SMQ: management calls",
    (
        acts("CreateQueue"),
        acts("GetQueueAttributes"),
        acts("SetQueueAttributes"),
        acts("DeleteQueue"),
        acts("ListQueue"),
        acts("CreateTopic"),
        acts("GetTopicAttributes"),
        acts("SetTopicAttributes"),
        acts("DeleteTopic"),
        acts("ListTopic"),
        acts("Subscribe", "an endpoint that is a queue of this account"),
        acts("GetSubscriptionAttributes"),
        acts("SetSubscriptionAttributes"),
        acts("Unsubscribe"),
        acts("ListSubscriptionByTopic"),
        acts("TagResources"),
        acts("UntagResources"),
        acts("ListTagResources"),
        refused("every other call", "not implemented"),
    ),
)

MESSAGE_CALLS = Table(
    "SMQ: calls of the data plane",
    (
        acts("CreateQueue"),
        acts("GetQueueAttributes"),
        acts("DeleteQueue"),
        acts("ListQueue"),
        acts("SendMessage", "one, or a batch of 16"),
        acts("ReceiveMessage", "one, or a batch of 16; long polling; peek"),
        acts("DeleteMessage", "one, or a batch of 16"),
        acts("ChangeMessageVisibility"),
        acts("CreateTopic"),
        acts("GetTopicAttributes"),
        acts("DeleteTopic"),
        acts("ListTopic"),
        acts("PublishMessage"),
        acts("Subscribe"),
        acts("GetSubscriptionAttributes"),
        acts("Unsubscribe"),
        acts("ListSubscriptionByTopic"),
    ),
)

SETTINGS = Table(
    "SMQ: settings",
    (
        acts("DelaySeconds"),
        acts("MaximumMessageSize"),
        acts("MessageRetentionPeriod"),
        acts("VisibilityTimeout"),
        acts("PollingWaitSeconds"),
        acts("DlqPolicy"),
        recorded("EnableLogging", "operations on the queue are not logged"),
        refused("QueueType fifo", "there are no fifo queues"),
        refused("TopicType fifo", "there are no fifo topics"),
        refused("PushType other than queue", "nothing is pushed to HTTP, mail or text messages"),
        refused("MessageAttributes", "no mail and no text messages are sent"),
    ),
)

TABLES = (MANAGEMENT_CALLS, MESSAGE_CALLS, SETTINGS)
