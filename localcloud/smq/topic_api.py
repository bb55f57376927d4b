"""Topics and subscriptions on SMQ's data plane: paths, parameters and XML.

https://www.alibabacloud.com/help/en/mns/developer-reference/topic-operations
"""

from localcloud.clock import Clock
from localcloud.fidelity.message_queue import XML
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.smq import subscriptions, topics
from localcloud.smq.arns import ALL_TOPICS, subscription_arn, topic_arn, topic_messages_arn
from localcloud.smq.attribute_xml import (
    read_notify_strategy,
    read_subscription,
    read_topic_attributes,
    subscription_elements,
    topic_elements,
)
from localcloud.smq.listing import list_document, list_request
from localcloud.smq.message_xml import read_topic_message
from localcloud.smq.permissions import permit
from localcloud.smq.topics import PublishedMessage
from localcloud.smq.xml_writing import CONTENT_TYPE, document, element
from localcloud.store import topics as store
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call, Route


class TopicApi:
    """The operations on topics, their subscriptions and messages."""

    def __init__(self, database: Database, clock: Clock, warnings: RecordedWarnings) -> None:
        self._database = database
        self._clock = clock
        self._warnings = warnings
        topic = "/topics/{topicName}"
        subscription = topic + "/subscriptions/{subscriptionName}"
        self.routes = [
            Route("GET", "/topics", "ListTopic", self._list),
            Route("PUT", topic, "CreateTopic", self._put),
            Route("GET", topic, "GetTopicAttributes", self._get),
            Route("DELETE", topic, "DeleteTopic", self._delete),
            Route("POST", topic + "/messages", "PublishMessage", self._publish),
            Route("GET", topic + "/subscriptions", "ListSubscriptionByTopic", self._list_subs),
            Route("PUT", subscription, "Subscribe", self._subscribe),
            Route("GET", subscription, "GetSubscriptionAttributes", self._get_subscription),
            Route("DELETE", subscription, "Unsubscribe", self._unsubscribe),
        ]

    async def _put(self, call: Call) -> Answer:
        name = call.variables["topicName"]
        size, logging = read_topic_attributes(call.body)
        now = self._clock()
        if call.query.get("metaoverride", "").lower() == "true":

            def change(tx: Transaction) -> None:
                permit(tx, call.caller, "SetTopicAttributes", topic_arn(name))
                topics.set_topic_attributes(tx, name, now, size, logging)

            await self._database.write(change)
            self._warn_of_logging(name, logging)
            return Answer(204)

        def create(tx: Transaction) -> bool:
            permit(tx, call.caller, "CreateTopic", topic_arn(name))
            return topics.create_topic_again(tx, name, now, size, logging)

        created = await self._database.write(create)
        self._warn_of_logging(name, logging)
        location = {"Location": f"http://{call.headers['host']}/topics/{name}"}
        return Answer(201 if created else 204, content_type=CONTENT_TYPE, headers=location)

    def _warn_of_logging(self, name: str, logging: bool | None) -> None:
        if logging:
            self._warnings.give(f"topic {name}", XML["Topic.LoggingEnabled"])

    def _warn_of_strategy(self, arn: str, strategy: str | None) -> None:
        entry = XML["Subscription.NotifyStrategy"]
        if strategy and strategy not in entry.harmless:
            self._warnings.give(arn, entry)

    async def _get(self, call: Call) -> Answer:
        name = call.variables["topicName"]

        def read(tx: Transaction) -> str:
            permit(tx, call.caller, "GetTopicAttributes", topic_arn(name))
            return topic_elements(topics.topic_named(tx, name))

        return Answer(200, document("Topic", self._database.read(read)), CONTENT_TYPE)

    async def _delete(self, call: Call) -> Answer:
        name = call.variables["topicName"]

        def delete(tx: Transaction) -> None:
            permit(tx, call.caller, "DeleteTopic", topic_arn(name))
            topics.delete_topic(tx, name)

        await self._database.write(delete)
        return Answer(204)

    async def _list(self, call: Call) -> Answer:
        asked = list_request(call)

        def read(tx: Transaction) -> list[tuple[str, str]]:
            permit(tx, call.caller, "ListTopic", ALL_TOPICS)
            found = store.list_topics(tx, asked.prefix, asked.marker, asked.most + 1)
            return [(topic.name, topic_elements(topic) if asked.meta else "") for topic in found]

        return list_document(call, "Topic", "/topics", self._database.read(read), asked.most)

    async def _publish(self, call: Call) -> Answer:
        name = call.variables["topicName"]
        message = read_topic_message(call.body)
        now = self._clock()

        def publish(tx: Transaction) -> PublishedMessage:
            permit(tx, call.caller, "PublishMessage", topic_messages_arn(name))
            return topics.publish_message(
                tx, name, message.body, now, message.tag, message.properties
            )

        sent = await self._database.write(publish)
        inner = element("MessageId", sent.message_id) + element("MessageBodyMD5", sent.body_md5)
        return Answer(201, document("Message", inner), CONTENT_TYPE)

    async def _subscribe(self, call: Call) -> Answer:
        topic = call.variables["topicName"]
        name = call.variables["subscriptionName"]
        arn = subscription_arn(topic, name)
        now = self._clock()
        if call.query.get("metaoverride", "").lower() == "true":
            strategy = read_notify_strategy(call.body)

            def change(tx: Transaction) -> None:
                permit(tx, call.caller, "SetSubscriptionAttributes", arn)
                subscriptions.set_subscription_attributes(tx, topic, name, now, strategy)

            await self._database.write(change)
            self._warn_of_strategy(arn, strategy)
            return Answer(204)
        new = read_subscription(call.body)

        def subscribe(tx: Transaction) -> bool:
            permit(tx, call.caller, "Subscribe", arn)
            return subscriptions.subscribe(tx, topic, name, new, now)

        created = await self._database.write(subscribe)
        self._warn_of_strategy(arn, new.notify_strategy)
        place = f"http://{call.headers['host']}/topics/{topic}/subscriptions/{name}"
        return Answer(
            201 if created else 204, content_type=CONTENT_TYPE, headers={"Location": place}
        )

    async def _get_subscription(self, call: Call) -> Answer:
        topic = call.variables["topicName"]
        name = call.variables["subscriptionName"]

        def read(tx: Transaction) -> str:
            permit(tx, call.caller, "GetSubscriptionAttributes", subscription_arn(topic, name))
            return subscription_elements(subscriptions.subscription_named(tx, topic, name))

        return Answer(200, document("Subscription", self._database.read(read)), CONTENT_TYPE)

    async def _unsubscribe(self, call: Call) -> Answer:
        topic = call.variables["topicName"]
        name = call.variables["subscriptionName"]

        def unsubscribe(tx: Transaction) -> None:
            permit(tx, call.caller, "Unsubscribe", subscription_arn(topic, name))
            subscriptions.unsubscribe(tx, topic, name)

        await self._database.write(unsubscribe)
        return Answer(204)

    async def _list_subs(self, call: Call) -> Answer:
        topic = call.variables["topicName"]
        asked = list_request(call)

        def read(tx: Transaction) -> list[tuple[str, str]]:
            permit(tx, call.caller, "ListSubscriptionByTopic", topic_arn(topic))
            topics.topic_named(tx, topic)
            found = store.list_subscriptions(tx, topic, asked.prefix, asked.marker, asked.most + 1)
            return [(one.name, subscription_elements(one) if asked.meta else "") for one in found]

        path = f"/topics/{topic}/subscriptions"
        return list_document(call, "Subscription", path, self._database.read(read), asked.most)
