"""What becomes of messages as time goes by, on a clock that a test sets."""

from typing import Any

import pytest

from localcloud.refusal import Refusal
from localcloud.smq import queues, receiving, retention, waiting
from localcloud.smq.attributes import QueueAttributes
from localcloud.smq.receiving import MOST_IN_A_STEP, handle_of
from localcloud.store.database import Transaction
from localcloud.store.queues import Message

DAY = 86_400_000


def make(tx: Transaction, name: str = "q", **attributes: Any) -> None:
    queues.create_queue(tx, name, QueueAttributes(**attributes), 0)


def send(tx: Transaction, now: int, body: str = "m", name: str = "q", **more: Any) -> None:
    queues.send_message(tx, name, body.encode(), now, **more)


def receive(tx: Transaction, now: int, most: int = 1, name: str = "q") -> list[Message]:
    return receiving.receive(tx, name, now, most).messages


def bodies(messages: list[Message]) -> list[str]:
    return [message.body for message in messages]


def counts(tx: Transaction, now: int, name: str = "q") -> tuple[int, int, int]:
    found = queues.counts(tx, queues.queue_named(tx, name), now)
    return found.active, found.inactive, found.delayed


def stored(tx: Transaction) -> int:
    return tx.execute("SELECT count(*) FROM messages").fetchone()[0]


def sweep(tx: Transaction, now: int) -> None:
    """Passes of retention until nothing is left to do."""
    again = True
    while again:
        again = False
        at = retention.Step(-1, True)
        while at.more:
            at = retention.remove_expired(tx, at.queue_id, now)
            again = again or at.again


def test_a_message_is_gone_when_its_retention_is_over(tx: Transaction) -> None:
    make(tx, message_retention_period=60)
    send(tx, 0)
    assert counts(tx, 59_999) == (1, 0, 0)
    assert counts(tx, 60_000) == (0, 0, 0)
    assert receive(tx, 60_000) == []
    assert receiving.peek(tx, "q", 60_000, 1) == []


def test_retention_does_not_ask_whether_a_message_was_received(tx: Transaction) -> None:
    make(tx, message_retention_period=60, visibility_timeout=600)
    send(tx, 0)
    (message,) = receive(tx, 59_000)
    assert counts(tx, 59_500) == (0, 1, 0)
    assert counts(tx, 60_500) == (0, 0, 0)
    with pytest.raises(Refusal, match="ReceiptHandleError"):
        receiving.delete_message(tx, "q", handle_of(message), 60_500)
    with pytest.raises(Refusal, match="MessageNotExist"):
        receiving.change_visibility(tx, "q", handle_of(message), 10, 60_500)


def test_expired_messages_hide_no_later_one(tx: Transaction) -> None:
    make(tx, message_retention_period=60)
    for _ in range(3 * MOST_IN_A_STEP):
        send(tx, 0, "old", priority=1)
    send(tx, 50_000, "new", priority=16)
    assert bodies(receive(tx, 60_000, 16)) == ["new"]


def test_retention_goes_in_small_steps(tx: Transaction) -> None:
    make(tx, message_retention_period=60)
    for _ in range(3 * MOST_IN_A_STEP):
        send(tx, 0)
    before = stored(tx)
    retention.remove_expired(tx, -1, 60_000)
    assert before - stored(tx) == MOST_IN_A_STEP
    sweep(tx, 60_000)
    assert stored(tx) == 0


def test_a_queue_with_much_to_forget_does_not_hold_up_the_next(tx: Transaction) -> None:
    for name in ("q", "r"):
        make(tx, name, message_retention_period=60)
        for _ in range(2 * MOST_IN_A_STEP):
            send(tx, 0, name=name)
    at = retention.remove_expired(tx, -1, 60_000)
    assert at.again
    retention.remove_expired(tx, at.queue_id, 60_000)
    left = tx.execute("SELECT count(*) FROM messages GROUP BY queue_id").fetchall()
    assert [row[0] for row in left] == [MOST_IN_A_STEP] * 2


def test_a_longer_retention_counts_for_messages_that_are_there(tx: Transaction) -> None:
    make(tx, message_retention_period=60)
    send(tx, 0)
    queues.set_queue_attributes(tx, "q", QueueAttributes(message_retention_period=120), 0)
    assert bodies(receive(tx, 61_000)) == ["m"]


def test_a_deleted_queues_messages_go_in_small_steps(tx: Transaction) -> None:
    make(tx)
    for _ in range(MOST_IN_A_STEP + 10):
        send(tx, 0)
    receive(tx, 0, 16)
    queues.delete_queue(tx, "q")
    make(tx)
    send(tx, 0, "new")
    assert bodies(receive(tx, 0, 16)) == ["new"]
    before = stored(tx)
    assert retention.remove_deleted(tx)
    assert before - stored(tx) == MOST_IN_A_STEP
    while retention.remove_deleted(tx):
        pass
    assert stored(tx) == 1


def test_a_delay_and_a_visibility_timeout_end_to_the_millisecond(tx: Transaction) -> None:
    make(tx, visibility_timeout=10)
    send(tx, 0, delay_seconds=5)
    assert counts(tx, 4_999) == (0, 0, 1)
    assert receive(tx, 4_999) == []
    (message,) = receive(tx, 5_000)
    assert message.visible_at == 15_000
    assert receive(tx, 14_999) == []
    receiving.change_visibility(tx, "q", handle_of(message), 1, 14_999)
    assert receive(tx, 15_998) == []
    assert receive(tx, 15_999)[0].dequeue_count == 2


def test_a_message_that_comes_back_keeps_its_place(tx: Transaction) -> None:
    make(tx, visibility_timeout=10)
    for number in range(3):
        send(tx, number, str(number))
    receive(tx, 10)
    assert bodies(receive(tx, 20_000, 16)) == ["0", "1", "2"]


def test_a_handle_does_not_hold_a_later_message_of_the_same_number(tx: Transaction) -> None:
    make(tx)
    send(tx, 0, "first")
    (first,) = receive(tx, 0)
    receiving.delete_message(tx, "q", handle_of(first), 0)
    send(tx, 0, "second")
    (second,) = receive(tx, 0)
    assert (second.number, second.receipt) == (first.number, first.receipt)
    with pytest.raises(Refusal, match="ReceiptHandleError"):
        receiving.delete_message(tx, "q", handle_of(first), 0)
    with pytest.raises(Refusal, match="MessageNotExist"):
        receiving.change_visibility(tx, "q", handle_of(first), 5, 0)
    receiving.delete_message(tx, "q", handle_of(second), 0)


def policy(target: str, times: int) -> QueueAttributes:
    text = f'{{"Enabled":true,"DeadLetterTargetQueue":"{target}","MaxReceiveCount":{times}}}'
    return QueueAttributes(dlq_policy=text)


def test_dead_letters_move_with_their_age(tx: Transaction) -> None:
    make(tx, "dead", message_retention_period=60)
    make(tx, visibility_timeout=1)
    queues.set_queue_attributes(tx, "q", policy("dead", 2), 0)
    send(tx, 0, priority=3)
    receive(tx, 0)
    receive(tx, 1_000)
    assert counts(tx, 1_500, "dead") == (0, 0, 0)
    assert receive(tx, 2_000) == []
    assert counts(tx, 2_000, "dead") == (1, 0, 0)
    assert counts(tx, 60_000, "dead") == (0, 0, 0)
    (moved,) = receive(tx, 59_000, name="dead")
    assert (moved.body, moved.priority, moved.dequeue_count) == ("m", 3, 1)


def test_dead_letters_move_though_nobody_receives(tx: Transaction) -> None:
    make(tx, "dead")
    make(tx, visibility_timeout=1)
    queues.set_queue_attributes(tx, "q", policy("dead", 1), 0)
    send(tx, 0)
    receive(tx, 0)
    sweep(tx, 1_000)
    assert bodies(receive(tx, 1_000, name="dead")) == ["m"]


def test_a_policy_counts_for_messages_that_are_ready_already(tx: Transaction) -> None:
    make(tx, "dead")
    make(tx, visibility_timeout=1)
    for body in ("a", "b"):
        send(tx, 0, body)
    receive(tx, 0)
    receiving.peek(tx, "q", 1_000, 1)
    queues.set_queue_attributes(tx, "q", policy("dead", 1), 0)
    assert bodies(receive(tx, 1_000, 16)) == ["b"]
    assert bodies(receive(tx, 1_000, 16, "dead")) == ["a"]


def test_without_its_dead_letter_queue_a_message_stays(tx: Transaction) -> None:
    make(tx, "dead")
    make(tx, visibility_timeout=1)
    queues.set_queue_attributes(tx, "q", policy("dead", 1), 0)
    queues.delete_queue(tx, "dead")
    send(tx, 0)
    receive(tx, 0)
    assert receive(tx, 1_000)[0].dequeue_count == 2


def test_dead_letters_that_go_round_keep_their_last_origin(tx: Transaction) -> None:
    import json

    make(tx, "a", visibility_timeout=1)
    make(tx, "b", visibility_timeout=1)
    queues.set_queue_attributes(tx, "a", policy("b", 1), 0)
    queues.set_queue_attributes(tx, "b", policy("a", 1), 0)
    send(tx, 0, name="a")
    receive(tx, 0, name="a")
    sweep(tx, 1_000)
    receive(tx, 1_000, name="b")
    sweep(tx, 2_000)
    (message,) = receive(tx, 2_000, name="a")
    system = json.loads(message.properties)["system"]
    assert sorted(one["Name"] for one in system) == ["DLQOriginMessageId", "DLQSourceArn"]
    assert any(str(one["Value"]).endswith("/queues/b") for one in system)


@pytest.mark.parametrize("body", [b"", b"x" * 1025, b"\xff", b"a\x00b", "\ufffe".encode()])
def test_what_no_message_can_hold_is_refused(tx: Transaction, body: bytes) -> None:
    make(tx, maximum_message_size=1024)
    with pytest.raises(Refusal, match="InvalidArgument"):
        queues.send_message(tx, "q", body, 0)
    assert stored(tx) == 0


def test_sending_asks_for_no_waking_where_nobody_waits(tx: Transaction) -> None:
    make(tx)
    send(tx, 0)
    assert tx.take_after_commit() == []
    assert not waiting.anyone(queues.queue_named(tx, "q").queue_id)
