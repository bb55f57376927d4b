"""How policies name what SMQ has.

https://www.alibabacloud.com/help/en/mns/developer-reference/permission-policies-and-examples
"""

import re

from localcloud.account import ACCOUNT_ID, REGION

_PREFIX = f"acs:mns:{REGION}:{ACCOUNT_ID}:"
ALL_QUEUES = _PREFIX + "/queues"
ALL_TOPICS = _PREFIX + "/topics"

_QUEUE_ENDPOINT = re.compile(r"acs:mns:([^:]*):([^:]*):/?queues/([^/]+)(?:/messages)?")


def queue_arn(name: str) -> str:
    """A queue, for what is done to the queue itself."""
    return f"{_PREFIX}/queues/{name}"


def messages_arn(name: str) -> str:
    """A queue's messages, for sending, receiving and deleting them."""
    return f"{_PREFIX}/queues/{name}/messages"


def topic_arn(name: str) -> str:
    """A topic, for what is done to the topic itself."""
    return f"{_PREFIX}/topics/{name}"


def topic_messages_arn(name: str) -> str:
    """A topic's messages, for publishing."""
    return f"{_PREFIX}/topics/{name}/messages"


def subscription_arn(topic: str, name: str) -> str:
    """A subscription to a topic."""
    return f"{_PREFIX}/topics/{topic}/subscriptions/{name}"


def queue_of_endpoint(endpoint: str) -> str | None:
    """The name of this account's queue that a subscription's endpoint names, or None.

    The form is `acs:mns:<region>:<account>:queues/<name>`; region and account may be empty.
    """
    found = _QUEUE_ENDPOINT.fullmatch(endpoint)
    if not found or found[1] not in ("", REGION) or found[2] not in ("", ACCOUNT_ID):
        return None
    return found[3]
