"""Messages on SMQ's data plane, with its official client."""

import hashlib
import time
from collections.abc import Callable
from typing import Any

import pytest
from mns.account import Account
from mns.message_property import MessagePropertyValue
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta

from tests.refused import smq_refused

Make = Callable[..., Any]

# The SDK has deprecated the counts of a queue, which SMQ still answers.
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated function:DeprecationWarning")


@pytest.fixture
def make(smq: Account, request: pytest.FixtureRequest) -> Make:
    """Makes a queue for this test alone: `make(vis_timeout=1)`; a second one needs a `name`."""

    def made(name: str = "", **attributes: int) -> Any:
        own = "".join(c if c.isalnum() else "-" for c in request.node.name)
        queue = smq.get_queue(f"{own[-100:].strip('-')}{name}")
        queue.create(QueueMeta(**attributes))
        return queue

    return made


def test_a_message_comes_out_as_it_went_in(make: Make) -> None:
    queue = make(vis_timeout=20)
    before = int(time.time() * 1000)
    sent = queue.send_message(Message('{"failure": true} <&> 中文'))
    got = queue.receive_message()
    assert got.message_body.decode() == '{"failure": true} <&> 中文'
    assert got.message_id == sent.message_id
    assert got.message_body_md5 == sent.message_body_md5
    assert got.dequeue_count == 1
    assert before - 1000 <= got.enqueue_time <= got.first_dequeue_time
    assert 0 <= got.next_visible_time - got.first_dequeue_time - 20_000 < 1000
    assert got.priority == 8


def test_the_body_is_kept_as_it_is_sent(make: Make) -> None:
    queue = make()
    queue.set_encoding(False)
    body = 'a <b> & "c"\n\td \U0001f600 ]]>'
    sent = queue.send_message(Message(body))
    assert (
        sent.message_body_md5
        == hashlib.md5(body.encode(), usedforsecurity=False).hexdigest().upper()
    )
    got = queue.receive_message()
    assert got.message_body == body
    assert got.message_body_md5 == sent.message_body_md5


def test_the_smallest_priority_comes_first_and_then_the_oldest(make: Make) -> None:
    queue = make()
    for body, priority in (("c", 8), ("a", 1), ("d", 16), ("b", 1)):
        queue.send_message(Message(body, priority=priority))
    assert [queue.receive_message().message_body for _ in range(4)] == [b"a", b"b", b"c", b"d"]


def test_a_received_message_is_seen_again_when_its_time_is_over(make: Make) -> None:
    queue = make(vis_timeout=1)
    queue.send_message(Message("again"))
    first = queue.receive_message()
    assert smq_refused(queue.receive_message) == "MessageNotExist"
    second = queue.receive_message(wait_seconds=5)
    assert (second.message_id, second.dequeue_count) == (first.message_id, 2)
    assert second.first_dequeue_time == first.first_dequeue_time
    assert second.receipt_handle != first.receipt_handle
    # The handle of the first receive no longer holds it.
    assert smq_refused(lambda: queue.delete_message(first.receipt_handle)) == "ReceiptHandleError"
    queue.delete_message(second.receipt_handle)


def test_a_handle_holds_until_the_message_is_visible_again(make: Make) -> None:
    queue = make(vis_timeout=1)
    queue.send_message(Message("slow"))
    handle = queue.receive_message().receipt_handle
    time.sleep(1.1)
    assert smq_refused(lambda: queue.delete_message(handle)) == "ReceiptHandleError"
    assert queue.receive_message().message_body == b"slow"


def test_a_deleted_message_is_gone(make: Make) -> None:
    queue = make(vis_timeout=1)
    queue.send_message(Message("done"))
    handle = queue.receive_message().receipt_handle
    queue.delete_message(handle)
    assert smq_refused(lambda: queue.delete_message(handle)) == "ReceiptHandleError"
    assert smq_refused(lambda: queue.receive_message(wait_seconds=2)) == "MessageNotExist"


@pytest.mark.parametrize("handle", ["nonsense", "1-1-" + "0" * 32, "f" * 20 + "-1-" + "0" * 32])
def test_a_handle_that_is_none_is_refused(make: Make, handle: str) -> None:
    queue = make()
    assert smq_refused(lambda: queue.delete_message(handle)) == "ReceiptHandleError"


def test_a_handle_of_another_queue_is_refused(make: Make) -> None:
    queue, other = make("-1"), make("-2")
    queue.send_message(Message("mine"))
    handle = queue.receive_message().receipt_handle
    assert smq_refused(lambda: other.delete_message(handle)) == "ReceiptHandleError"
    queue.delete_message(handle)


def test_a_peek_shows_what_a_receive_would_get_and_leaves_it(make: Make) -> None:
    queue = make()
    assert smq_refused(queue.peek_message) == "MessageNotExist"
    for body in ("a", "b", "c"):
        queue.send_message(Message(body))
    peeked = queue.peek_message()
    assert (peeked.message_body, peeked.dequeue_count) == (b"a", 0)
    assert [one.message_body for one in queue.batch_peek_message(16)] == [b"a", b"b", b"c"]
    assert queue.receive_message().message_id == peeked.message_id


def test_a_batch_of_16_goes_in_comes_out_and_is_deleted(make: Make) -> None:
    queue = make()
    sent = queue.batch_send_message([Message(f"m{number}") for number in range(16)])
    assert len({one.message_id for one in sent}) == 16
    got = queue.batch_receive_message(16)
    assert [one.message_body.decode() for one in got] == [f"m{number}" for number in range(16)]
    handles = [one.receipt_handle for one in got]
    queue.batch_delete_message(handles)
    with pytest.raises(MNSServerException) as raised:
        queue.batch_delete_message([*handles[:2], "nonsense"])
    assert raised.value.type == "ReceiptHandleError"
    assert [one["ReceiptHandle"] for one in raised.value.sub_errors or []] == [
        *handles[:2],
        "nonsense",
    ]


def test_of_a_batch_only_the_handles_that_hold_are_deleted(make: Make) -> None:
    queue = make(vis_timeout=1)
    queue.batch_send_message([Message("a"), Message("b")])
    got = queue.batch_receive_message(2)
    with pytest.raises(MNSServerException) as raised:
        queue.batch_delete_message([got[0].receipt_handle, "nonsense"])
    assert [one["ReceiptHandle"] for one in raised.value.sub_errors or []] == ["nonsense"]
    assert [one.message_body for one in queue.batch_receive_message(16, 3)] == [b"b"]


def test_of_a_batch_the_messages_that_are_right_are_sent(make: Make) -> None:
    queue = make(max_msg_size=1024)
    queue.set_encoding(False)
    with pytest.raises(MNSServerException) as raised:
        queue.batch_send_message([Message("fits"), Message("x" * 1025)])
    assert [sorted(one) for one in raised.value.sub_errors or []] == [
        ["MessageBodyMD5", "MessageId"],
        ["ErrorCode", "ErrorMessage"],
    ]
    assert [one.message_body for one in queue.batch_receive_message(16)] == ["fits"]


@pytest.mark.parametrize("number", [0, 17])
def test_a_batch_has_1_to_16_messages(make: Make, number: int) -> None:
    queue = make()
    assert smq_refused(lambda: queue.batch_receive_message(number)) == "InvalidArgument"
    messages = [Message("m")] * number
    assert smq_refused(lambda: queue.batch_send_message(messages)) == "InvalidArgument"
    assert smq_refused(lambda: queue.batch_delete_message(["h"] * number)) == "InvalidArgument"


def test_a_batch_has_up_to_64_kb(make: Make) -> None:
    queue = make()
    queue.set_encoding(False)
    queue.batch_send_message([Message("x" * 32768)] * 2)
    too_much = [Message("x" * 32768), Message("x" * 32769)]
    assert smq_refused(lambda: queue.batch_send_message(too_much)) == "InvalidArgument"


def test_the_time_until_a_message_is_visible_can_be_changed(make: Make) -> None:
    queue = make(vis_timeout=30)
    queue.send_message(Message("wait"))
    got = queue.receive_message()
    changed = queue.change_message_visibility(got.receipt_handle, 1)
    assert 0 < int(changed.next_visible_time) - time.time() * 1000 <= 1000
    assert (
        smq_refused(lambda: queue.change_message_visibility(got.receipt_handle, 1))
        == "ReceiptHandleError"
    )
    again = queue.receive_message(wait_seconds=3)
    assert again.dequeue_count == 2
    queue.change_message_visibility(again.receipt_handle, 0)
    assert queue.receive_message().dequeue_count == 3


def test_changing_the_visibility_keeps_the_new_handle_good(make: Make) -> None:
    queue = make(vis_timeout=1)
    queue.send_message(Message("longer"))
    changed = queue.change_message_visibility(queue.receive_message().receipt_handle, 20)
    time.sleep(1.1)
    queue.delete_message(changed.receipt_handle)
    assert queue.get_attributes().inactive_messages == 0


def test_the_visibility_of_a_message_that_is_gone_cannot_be_changed(make: Make) -> None:
    queue = make()
    queue.send_message(Message("gone"))
    handle = queue.receive_message().receipt_handle
    queue.delete_message(handle)
    assert smq_refused(lambda: queue.change_message_visibility(handle, 10)) == "MessageNotExist"


def test_a_delayed_message_is_not_there_before_its_time(make: Make) -> None:
    queue = make()
    sent = queue.send_message(Message("later", delay_seconds=1))
    assert smq_refused(queue.receive_message) == "MessageNotExist"
    counts = queue.get_attributes()
    assert (counts.active_messages, counts.delay_messages) == (0, 1)
    got = queue.receive_message(wait_seconds=5)
    assert got.message_id == sent.message_id
    assert got.first_dequeue_time - got.enqueue_time >= 1000


def test_a_delayed_message_can_be_taken_back(make: Make) -> None:
    queue = make(delay_sec=60)
    sent = queue.send_message(Message("never"))
    queue.delete_message(sent.receipt_handle)
    assert queue.get_attributes().delay_messages == 0


def test_a_message_that_is_too_long_or_empty_is_refused(make: Make) -> None:
    queue = make(max_msg_size=1024)
    queue.set_encoding(False)
    queue.send_message(Message("x" * 1024))
    assert smq_refused(lambda: queue.send_message(Message("x" * 1025))) == "InvalidArgument"
    # The limit is in bytes.
    assert smq_refused(lambda: queue.send_message(Message("é" * 600))) == "InvalidArgument"


@pytest.mark.parametrize("message", [Message("m", priority=17), Message("m", delay_seconds=604801)])
def test_a_message_with_values_outside_their_ranges_is_refused(
    make: Make, message: Message
) -> None:
    queue = make()
    assert smq_refused(lambda: queue.send_message(message)) == "InvalidArgument"


def test_a_message_that_was_received_too_often_goes_to_the_dead_letters(
    make: Make, mns_open: Any
) -> None:
    from alibabacloud_mns_open20220119 import models

    dead, queue = make("-dead"), make("-src", vis_timeout=1)
    mns_open.set_queue_attributes(
        models.SetQueueAttributesRequest(
            queue_name=queue.queue_name,
            dlq_policy=models.SetQueueAttributesRequestDlqPolicy(
                enabled=True, dead_letter_target_queue=dead.queue_name, max_receive_count=2
            ),
        )
    )
    sent = queue.send_message(Message("poison"))
    assert queue.receive_message().dequeue_count == 1
    assert queue.receive_message(wait_seconds=3).dequeue_count == 2
    # Nobody receives from the source any more: it moves all the same.
    got = dead.receive_message(wait_seconds=5)
    assert got.message_body == b"poison"
    assert got.dequeue_count == 1
    assert got.enqueue_time < got.first_dequeue_time - 1000
    origin = {name: value.get_raw_value() for name, value in got.system_properties.items()}
    assert origin == {
        "DLQOriginMessageId": sent.message_id,
        "DLQSourceArn": f"acs:mns:cn-hangzhou:1234567890123456:/queues/{queue.queue_name}",
    }
    assert smq_refused(queue.receive_message) == "MessageNotExist"


def test_properties_go_with_the_message(make: Make) -> None:
    queue = make()
    message = Message("with properties")
    message.set_user_properties(
        {
            "kind": MessagePropertyValue.create_string("a<b"),
            "size": MessagePropertyValue.create_number(3),
            "raw": MessagePropertyValue.create_binary(b"\x00\x01"),
        }
    )
    queue.send_message(message)
    got = queue.receive_message().user_properties
    assert {name: value.get_raw_value() for name, value in got.items()} == {
        "kind": "a<b",
        "size": "3",
        "raw": b"\x00\x01",
    }


def test_messages_outlive_a_power_cut(fresh_cloud: Any) -> None:
    account = Account(fresh_cloud.url, "localcloud", "localcloud")
    queue = account.get_queue("kept")
    queue.create(QueueMeta(vis_timeout=600))
    ids = {queue.send_message(Message(f"m{number}")).message_id for number in range(20)}
    held = queue.receive_message()
    fresh_cloud.kill()
    fresh_cloud.restart()
    account = Account(fresh_cloud.url, "localcloud", "localcloud")
    queue = account.get_queue("kept")
    queue.delete_message(held.receipt_handle)
    left: set[str] = set()
    for _ in range(2):
        left |= {one.message_id for one in queue.batch_receive_message(16)}
    assert left == ids - {held.message_id}
