"""When timers fire, that each time fires once, and what the function gets."""

import asyncio
import json
import logging
from datetime import datetime, timezone
from typing import Any

import pytest

from localcloud.fc import triggers
from localcloud.fc.schedule import parse_schedule
from localcloud.fc.timers import Timers
from localcloud.refusal import Refusal
from localcloud.store import triggers as trigger_store
from localcloud.store.database import Transaction

from .conftest import NOW, Store

MINUTE = 60_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()) * 1000


def shown(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


@pytest.mark.parametrize(
    ("expression", "now", "expected"),
    [
        ("@every 5m", "2024-01-01T00:00:00", "2024-01-01T00:05:00"),
        ("@every 2h", "2024-01-01T00:00:00", "2024-01-01T02:00:00"),
        ("0 0 4 * * *", "2024-01-01T04:00:00", "2024-01-02T04:00:00"),
        ("0 0 4 * * *", "2024-01-01T03:59:59", "2024-01-01T04:00:00"),
        ("30 */15 * * * *", "2024-01-01T00:15:30", "2024-01-01T00:30:30"),
        ("0 5/20 * * * *", "2024-01-01T00:26:00", "2024-01-01T00:45:00"),
        ("0 0 9-17 * * MON-FRI", "2024-01-05T17:00:00", "2024-01-08T09:00:00"),
        ("0 0 0 * * 7", "2024-01-01T00:00:00", "2024-01-07T00:00:00"),  # 7 is Sunday
        ("0 0 0 * * 1", "2024-01-02T00:00:00", "2024-01-08T00:00:00"),  # 1 is Monday
        ("0 0 0 29 2 ?", "2024-03-01T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 13 * FRI", "2024-01-01T00:00:00", "2024-01-05T00:00:00"),  # either will do
        ("0 0 0 1,15 JAN,JUL ?", "2024-01-16T00:00:00", "2024-07-01T00:00:00"),
        ("0 0 0 31 2 ?", "2024-01-01T00:00:00", None),
        ("CRON_TZ=Asia/Shanghai 0 0 4 * * *", "2024-01-01T00:00:00", "2024-01-01T20:00:00"),
        # clocks forward in Berlin: 02:30 of that day does not exist
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2024-03-30T12:00:00", "2024-04-01T00:30:00"),
        # clocks back: 02:30 comes twice and fires the first time only
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2024-10-26T12:00:00", "2024-10-27T00:30:00"),
        ("CRON_TZ=Europe/Berlin 0 30 2 * * *", "2024-10-27T00:30:00", "2024-10-28T01:30:00"),
    ],
)
def test_the_next_time_of_a_schedule(expression: str, now: str, expected: str | None) -> None:
    assert shown(parse_schedule(expression).next_after(at(now), at(now))) == expected


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("@every 0m", "at least 1m"),
        ("@every 30s", "whole minutes"),
        ("@daily", "@every Nm"),
        ("0 0 4 * *", "5 fields"),
        ("*/5 * * * * *", "seconds are"),
        ("0 60 * * * *", "minutes holds '60'"),
        ("0 0 0 * * 0", "day-of-week holds '0'"),
        ("0 0 17-9 * * *", "runs backwards"),
        ("0 */0 * * * *", "step"),
        ("CRON_TZ=Mars/Olympus 0 0 4 * * *", "time zone 'Mars/Olympus'"),
        ("", "0 fields"),
    ],
)
def test_a_schedule_that_is_none_is_refused_with_what_is_wrong(expression: str, words: str) -> None:
    with pytest.raises(Refusal, match="InvalidArgument") as refused:
        parse_schedule(expression)
    assert words in refused.value.message


class Submitted:
    """Takes the calls of timers, and a clock to be set."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = NOW
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.refusal: Refusal | None = None

    def submit(self, _tx: Transaction, name: str, qualifier: str, event: bytes, _at: int) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((name, qualifier, json.loads(event)))

    def fire(self, now: int) -> int:
        """Fire what is due at a time, as a newly started localcloud would."""
        self.now = now
        timers = Timers(self.store.database, lambda: self.now, self.submit)
        return asyncio.run(timers.fire_due())


@pytest.fixture
def submitted(store: Store) -> Submitted:
    store.create()
    return Submitted(store)


def trigger(store: Store, name: str = "nightly", **config: Any) -> trigger_store.TriggerRow:
    document = {
        "triggerName": name,
        "triggerType": "timer",
        "triggerConfig": json.dumps({"enable": True, "cronExpression": "@every 1m", **config}),
    }
    return store.write(lambda tx: triggers.create_trigger(tx, "job", document, NOW))


def test_a_due_timer_calls_its_function_once_with_fcs_event(submitted: Submitted) -> None:
    trigger(submitted.store, payload='{"a": 1}')
    assert submitted.fire(NOW + MINUTE - 1) == 0
    assert submitted.fire(NOW + MINUTE + 20) == 1
    assert submitted.fire(NOW + MINUTE + 30) == 0
    event = {
        "triggerTime": "2023-11-14T22:14:20Z",
        "triggerName": "nightly",
        "payload": '{"a": 1}',
    }
    assert submitted.calls == [("job", "LATEST", event)]
    assert submitted.fire(NOW + 2 * MINUTE) == 1


def test_two_who_fire_at_once_fire_once(submitted: Submitted) -> None:
    trigger(submitted.store)
    submitted.now = NOW + MINUTE

    async def story() -> list[int]:
        both = [
            Timers(submitted.store.database, lambda: submitted.now, submitted.submit)
            for _ in range(2)
        ]
        return await asyncio.gather(*(one.fire_due() for one in both))

    assert sorted(asyncio.run(story())) == [0, 1]
    assert len(submitted.calls) == 1


def test_times_missed_while_localcloud_was_away_are_left_out(
    submitted: Submitted, caplog: pytest.LogCaptureFixture
) -> None:
    trigger(submitted.store)
    with caplog.at_level(logging.WARNING):
        assert submitted.fire(NOW + 60 * MINUTE + 1) == 0
    assert "left out" in caplog.text
    assert submitted.fire(NOW + 61 * MINUTE) == 1
    assert submitted.calls[0][2]["triggerTime"] == "2023-11-14T23:14:20Z"


def test_a_restart_within_a_minute_misses_nothing(submitted: Submitted) -> None:
    trigger(submitted.store)
    assert submitted.fire(NOW + MINUTE + 59_000) == 1


def test_a_call_that_is_refused_is_told_and_the_next_time_comes(
    submitted: Submitted, caplog: pytest.LogCaptureFixture
) -> None:
    trigger(submitted.store)
    submitted.refusal = Refusal("FunctionInvocationDisabled", "closed", 403)
    with caplog.at_level(logging.WARNING):
        assert submitted.fire(NOW + MINUTE) == 0
    assert "closed" in caplog.text
    submitted.refusal = None
    assert submitted.fire(NOW + 2 * MINUTE) == 1


def test_a_timer_that_is_off_never_fires_until_it_is_turned_on(submitted: Submitted) -> None:
    trigger(submitted.store, enable=False)
    assert submitted.fire(NOW + 5 * MINUTE) == 0
    on = {"triggerConfig": json.dumps({"cronExpression": "@every 1m", "enable": True})}
    later = NOW + 10 * MINUTE
    submitted.store.write(lambda tx: triggers.update_trigger(tx, "job", "nightly", on, later))
    assert submitted.fire(later + MINUTE) == 1


def test_the_running_timers_hear_of_a_new_trigger(submitted: Submitted) -> None:
    async def story() -> None:
        fired = asyncio.Event()
        loop = asyncio.get_running_loop()

        def submit(tx: Transaction, name: str, qualifier: str, event: bytes, now: int) -> None:
            submitted.submit(tx, name, qualifier, event, now)
            loop.call_soon_threadsafe(fired.set)

        timers = Timers(submitted.store.database, lambda: submitted.now, submit)
        timers.start()
        try:
            await asyncio.sleep(0)  # it has seen that there is nothing
            await asyncio.to_thread(trigger, submitted.store)
            submitted.now = NOW + MINUTE
            timers.changed()
            await asyncio.wait_for(fired.wait(), 10)
        finally:
            await timers.stop()

    asyncio.run(story())
    assert len(submitted.calls) == 1


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("not json", "no JSON"),
        ("[]", "a JSON object"),
        ("{}", "cronExpression is missing"),
        ('{"cronExpression": "@every 1m", "enable": "yes"}', "enable is 'yes'"),
        ('{"cronExpression": "@every 1m", "color": 1}', "color is not a setting"),
    ],
)
def test_a_timer_with_a_bad_config_is_refused(store: Store, config: str, words: str) -> None:
    store.create()
    document = {"triggerName": "t", "triggerType": "timer", "triggerConfig": config}
    with pytest.raises(Refusal, match="InvalidArgument") as refused:
        store.write(lambda tx: triggers.create_trigger(tx, "job", document, NOW))
    assert words in refused.value.message
