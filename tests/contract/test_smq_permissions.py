"""What a role session may do with queues and topics, with the official clients."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from alibabacloud_mns_open20220119 import models as management
from alibabacloud_mns_open20220119.client import Client as ManagementClient
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_sts20150401 import models as sts_models
from mns.account import Account
from mns.queue import Message, QueueMeta
from mns.topic import TopicMessage, TopicMeta

from tests.refused import refused, smq_refused
from tests.running_cloud import RunningCloud

ACCOUNT_ID = "1234567890123456"
QUEUE = f"acs:mns:cn-hangzhou:{ACCOUNT_ID}:/queues/orders"
MESSAGES = f"{QUEUE}/messages"

Session = Callable[..., Any]


@pytest.fixture(scope="module")
def _numbers() -> Iterator[int]:  # pyright: ignore[reportUnusedFunction]
    return itertools.count()


@pytest.fixture
def session(ram: Any, sts: Any, _numbers: Iterator[int]) -> Session:
    """Temporary credentials of a new role with one policy of these statements."""

    def make(*statements: dict[str, Any]) -> Any:
        name = f"session-{next(_numbers)}"
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": [ACCOUNT_ID]}}
        arn = ram.create_role(
            ram_models.CreateRoleRequest(
                role_name=name,
                assume_role_policy_document=json.dumps({"Version": "1", "Statement": [trust]}),
            )
        ).body.role.arn
        if statements:
            policy = {"Version": "1", "Statement": list(statements)}
            ram.create_policy(
                ram_models.CreatePolicyRequest(policy_name=name, policy_document=json.dumps(policy))
            )
            ram.attach_policy_to_role(
                ram_models.AttachPolicyToRoleRequest(
                    policy_type="Custom", policy_name=name, role_name=name
                )
            )
        request = sts_models.AssumeRoleRequest(role_arn=arn, role_session_name="test")
        return sts.assume_role(request).body.credentials

    return make


@pytest.fixture(scope="module", autouse=True)
def _orders(smq: Account) -> None:  # pyright: ignore[reportUnusedFunction]
    smq.get_queue("orders").create(QueueMeta())
    smq.get_queue("orders-2").create(QueueMeta())
    smq.get_topic("news").create(TopicMeta())


def account_of(cloud: RunningCloud, credentials: Any) -> Account:
    return Account(
        cloud.url,
        credentials.access_key_id,
        credentials.access_key_secret,
        credentials.security_token,
    )


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def test_a_session_without_policies_may_do_nothing(cloud: RunningCloud, session: Session) -> None:
    account = account_of(cloud, session())
    queue: Any = account.get_queue("orders")
    topic: Any = account.get_topic("news")
    for call in (
        queue.get_attributes,
        queue.receive_message,
        queue.peek_message,
        queue.delete,
        account.list_queue,
        account.list_topic,
        topic.get_attributes,
        topic.delete,
        lambda: queue.create(QueueMeta()),
        lambda: queue.set_attributes(QueueMeta(vis_timeout=5)),
        lambda: queue.send_message(Message("m")),
        lambda: queue.batch_send_message([Message("m")]),
        lambda: queue.batch_receive_message(1),
        lambda: queue.delete_message("1-1-" + "0" * 32),
        lambda: queue.batch_delete_message(["1-1-" + "0" * 32]),
        lambda: queue.change_message_visibility("1-1-" + "0" * 32, 1),
        lambda: topic.publish_message(TopicMessage("m")),
    ):
        assert smq_refused(call) == "AccessDenied"


def test_a_least_privilege_policy_lets_just_that_through(
    cloud: RunningCloud, session: Session
) -> None:
    account = account_of(cloud, session(allow("mns:SendMessage", resource=MESSAGES)))
    account.get_queue("orders").send_message(Message("allowed"))
    other = account.get_queue("orders-2")
    assert smq_refused(lambda: other.send_message(Message("m"))) == "AccessDenied"
    assert smq_refused(account.get_queue("orders").receive_message) == "AccessDenied"


def test_a_deny_wins_over_an_allow(cloud: RunningCloud, session: Session) -> None:
    deny = {"Effect": "Deny", "Action": "mns:Send*", "Resource": MESSAGES}
    account = account_of(cloud, session(allow("mns:*"), deny))
    assert smq_refused(lambda: account.get_queue("orders").send_message(Message("m"))) == (
        "AccessDenied"
    )
    account.get_queue("orders-2").send_message(Message("m"))


@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("mns:SendMessage", MESSAGES, True),
        ("mns:Send*", MESSAGES, True),
        ("mns:S?ndMessage", MESSAGES, True),
        ("mns:*", "*", True),
        ("*", f"acs:mns:*:{ACCOUNT_ID}:/queues/orders/*", True),
        ("mns:SendMessage", "acs:mns:*:*:/queues/order?/messages", True),
        ("mns:Receive*", "*", False),
        ("mns:SendMessag", MESSAGES, False),
        ("mns:SendMessage", f"{MESSAGES}/more", False),
        ("mns:SendMessage", QUEUE.replace("orders", "o?ders-2") + "*", False),
    ],
)
def test_wildcards_stand_for_what_they_stand_for(
    cloud: RunningCloud, session: Session, action: str, resource: str, allowed: bool
) -> None:
    queue = account_of(cloud, session(allow(action, resource=resource))).get_queue("orders")
    if allowed:
        assert queue.send_message(Message("let in")).message_id
    else:
        assert smq_refused(lambda: queue.send_message(Message("m"))) == "AccessDenied"


def test_the_refusal_names_role_action_and_resource(cloud: RunningCloud, session: Session) -> None:
    from mns.mns_exception import MNSServerException

    account = account_of(cloud, session())
    with pytest.raises(MNSServerException) as raised:
        account.get_queue("orders").send_message(Message("m"))
    for part in (f"acs:ram::{ACCOUNT_ID}:role/session-", "mns:SendMessage", MESSAGES):
        assert part in raised.value.message


def test_the_management_api_asks_too(cloud: RunningCloud, session: Session) -> None:
    credentials = session(allow("mns:GetQueueAttributes", resource=QUEUE))
    client: Any = ManagementClient(
        cloud.config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token,
        )
    )
    get = management.GetQueueAttributesRequest(queue_name="orders")
    assert client.get_queue_attributes(get).body.data.queue_name == "orders"
    denied = ("NoPermission", 403)
    get = management.GetQueueAttributesRequest(queue_name="orders-2")
    assert refused(lambda: client.get_queue_attributes(get)) == denied
    delete = management.DeleteQueueRequest(queue_name="orders")
    assert refused(lambda: client.delete_queue(delete)) == denied
    assert refused(lambda: client.list_queue(management.ListQueueRequest())) == denied
