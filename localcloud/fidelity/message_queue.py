"""Simple Message Queue: management (Mns-open 2022-01-19) and messages (2015-06-06)."""

from localcloud.fidelity import Table, acts, recorded, refused
from localcloud.fidelity.access_management import ANY_CALL

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
        refused("every other call", "not implemented"),
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
        refused("QueueType fifo", "there are no fifo queues"),
        refused("TopicType fifo", "there are no fifo topics"),
        refused("PushType other than queue", "nothing is pushed to HTTP, mail or text messages"),
    ),
)

_NOT_LOGGED = "what is done with a queue or topic is not logged"
_NOT_RETRIED = "a queue on this machine takes a message at once: there is nothing to send again"
_UNENCRYPTED = "messages lie unencrypted in the data folder"
_NO_MAIL = "nothing is pushed to HTTP, mail, text messages or Kafka"
_NO_TENANTS = "nothing is limited by tenant"

PARAMETERS = Table(
    "SMQ: parameters of the management that do not act",
    (
        *ANY_CALL,
        recorded("GetQueueAttributes.Tag", "every tag is shown"),
        recorded("GetTopicAttributes.Tag", "every tag is shown"),
        *(
            recorded(f"{call}.EnableLogging", _NOT_LOGGED, harmless=("false", "False"))
            for call in ("CreateQueue", "SetQueueAttributes", "CreateTopic", "SetTopicAttributes")
        ),
        recorded("Subscribe.NotifyStrategy", _NOT_RETRIED, harmless=("BACKOFF_RETRY",)),
        recorded("SetSubscriptionAttributes.NotifyStrategy", _NOT_RETRIED, ("BACKOFF_RETRY",)),
        recorded("Subscribe.StsRoleArn", "SMQ itself puts a topic's messages into its queues"),
        recorded("Subscribe.DlqPolicy", _NOT_RETRIED),
        recorded("SetSubscriptionAttributes.DlqPolicy", _NOT_RETRIED),
        *(
            refused(f"{call}.{parameter}", _UNENCRYPTED)
            for call in ("CreateQueue", "SetQueueAttributes", "CreateTopic", "SetTopicAttributes")
            for parameter in ("EnableSSE", "KmsKeyId", "SseAlgorithm", "SseType")
        ),
        *(
            refused(f"{call}.TenantRateLimitPolicy", _NO_TENANTS)
            for call in (
                "CreateQueue",
                "SetQueueAttributes",
                "Subscribe",
                "SetSubscriptionAttributes",
            )
        ),
        *(
            refused(f"Subscribe.{parameter}", _NO_MAIL)
            for parameter in ("DmAttributes", "DysmsAttributes", "KafkaAttributes")
        ),
        refused("SetSubscriptionAttributes.StsRoleArn", "it is set when a queue is subscribed"),
    ),
)

XML = Table(
    "SMQ: fields of its XML",
    (
        *(
            acts(f"Queue.{field}")
            for field in (
                "DelaySeconds",
                "MaximumMessageSize",
                "MessageRetentionPeriod",
                "VisibilityTimeout",
                "PollingWaitSeconds",
            )
        ),
        recorded("Queue.LoggingEnabled", _NOT_LOGGED, harmless=(False,)),
        acts("Topic.MaximumMessageSize"),
        recorded("Topic.LoggingEnabled", _NOT_LOGGED, harmless=(False,)),
        acts("Subscription.Endpoint"),
        acts("Subscription.FilterTag"),
        acts("Subscription.NotifyContentFormat", "XML, SIMPLIFIED, JSON"),
        recorded("Subscription.NotifyStrategy", _NOT_RETRIED, harmless=("BACKOFF_RETRY",)),
        acts("Message.MessageBody"),
        acts("Message.DelaySeconds", "not of what is published to a topic"),
        acts("Message.Priority", "not of what is published to a topic"),
        acts("Message.MessageTag", "of what is published to a topic"),
        acts("Message.UserProperties"),
        acts("Message.SystemProperties"),
        acts("Message.MessageGroupId", "comes back with the message; no queue is a fifo queue"),
        refused("Message.MessageAttributes", "no mail and no text messages are sent"),
        refused("Account.LoggingBucket", _NOT_LOGGED),
    ),
)

QUERIES: dict[str, tuple[str, ...]] = {
    "CreateQueue": ("metaoverride",),
    "ReceiveMessage": ("waitseconds", "numOfMessages", "peekonly"),
    "DeleteMessage": ("ReceiptHandle",),
    "ChangeMessageVisibility": (
        "ReceiptHandle",
        "receiptHandle",
        "VisibilityTimeout",
        "visibilityTimeout",
    ),
    "CreateTopic": ("metaoverride",),
    "Subscribe": ("metaoverride",),
}
"""Operation -> the parameters in its query that act; every other one is refused."""

TABLES = (MANAGEMENT_CALLS, MESSAGE_CALLS, SETTINGS, PARAMETERS, XML)
