"""What a subscribed queue gets of a published message, in each NotifyContentFormat.

https://www.alibabacloud.com/help/en/mns/developer-reference/notifycontentformat
"""

import json

from localcloud.account import ACCOUNT_ID
from localcloud.smq.xml_writing import document, element
from localcloud.store.topics import Subscription

FORMATS = ("XML", "JSON", "SIMPLIFIED")


def notification(
    subscription: Subscription,
    message_id: str,
    body: str,
    body_md5: str,
    tag: str,
    published: int,
) -> str:
    """The body of the message for the subscription's queue. `published` in ms."""
    if subscription.notify_content_format == "SIMPLIFIED":
        return body
    fields = {
        "TopicOwner": ACCOUNT_ID,
        "TopicName": subscription.topic,
        "Subscriber": ACCOUNT_ID,
        "SubscriptionName": subscription.name,
        "MessageId": message_id,
        "Message": body,
        "MessageMD5": body_md5,
        "MessageTag": tag,
        "PublishTime": str(published),
    }
    if not tag:
        del fields["MessageTag"]
    if subscription.notify_content_format == "JSON":
        return json.dumps(fields, ensure_ascii=False)
    inner = "".join(element(name, value) for name, value in fields.items())
    return document("Notification", inner).decode()
