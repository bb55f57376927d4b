"""SMQ's own refusals, in the words of its error table.

https://www.alibabacloud.com/help/en/mns/developer-reference/syntax-of-error-responses
"""

from localcloud.refusal import Refusal


def invalid_argument(message: str) -> Refusal:
    """A value outside its range, or a document that does not fit the operation."""
    return Refusal("InvalidArgument", message)


def queue_not_exist(name: str) -> Refusal:
    """No queue has this name."""
    return Refusal("QueueNotExist", f"The queue {name!r} does not exist.", 404)


def queue_already_exist(name: str) -> Refusal:
    """A queue has this name already, with other attributes."""
    return Refusal("QueueAlreadyExist", f"The queue {name!r} already exists.", 409)


def topic_not_exist(name: str) -> Refusal:
    """No topic has this name."""
    return Refusal("TopicNotExist", f"The topic {name!r} does not exist.", 404)


def topic_already_exist(name: str) -> Refusal:
    """A topic has this name already, with other attributes."""
    return Refusal("TopicAlreadyExist", f"The topic {name!r} already exists.", 409)


def subscription_not_exist(topic: str, name: str) -> Refusal:
    """The topic has no subscription of this name."""
    return Refusal(
        "SubscriptionNotExist", f"The topic {topic!r} has no subscription {name!r}.", 404
    )


def subscription_already_exist(topic: str, name: str) -> Refusal:
    """The topic has a subscription of this name already, with other attributes."""
    return Refusal(
        "SubscriptionAlreadyExist", f"The topic {topic!r} already has a subscription {name!r}.", 409
    )


def message_not_exist() -> Refusal:
    """The queue has no message that could be given."""
    return Refusal("MessageNotExist", "The queue has no message for you now.", 404)


def not_implemented(message: str) -> Refusal:
    """Something that SMQ has and localcloud has not: 400, for 404 would read as "gone"."""
    return Refusal("NotImplemented", message)


def receipt_handle_error() -> Refusal:
    """A receipt handle that is none, or no longer holds its message."""
    return Refusal(
        "ReceiptHandleError",
        "The receipt handle is not valid: a handle holds its message until the message becomes"
        " visible again, is received again or gets another visibility timeout.",
    )
