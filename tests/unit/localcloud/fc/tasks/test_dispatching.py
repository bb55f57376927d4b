"""The dispatcher with a pool whose attempts end when told."""

import asyncio
import json
import sqlite3
from typing import Any

import pytest

from localcloud.fc import deletion, ledger, tasks, writer
from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Ending, Invocation, Outcome
from localcloud.refusal import Refusal
from localcloud.store import functions as function_store
from localcloud.store import task_queue as queue
from localcloud.store.database import Transaction

from .conftest import FakePool, World, answered, failed, until


def test_a_task_runs_and_its_result_is_in_the_queue(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.submit(payload=b'{"n":1}')
        dispatcher.wake("job")
        (request,) = await pool.running(1)
        await until(lambda: world.task().status.value == "Running")
        pool.answer(request, answered(b'"done"'))
        await until(lambda: world.task().status.value == "Succeeded")

    world.run(scenario)
    task = world.task()
    assert world.trail() == ["Enqueued", "Dequeued", "Running", "Succeeded"]
    assert (task.attempts, task.destination_status, task.result) == (1, "Succeeded", b'"done"')
    assert world.messages() == [
        {
            "timestamp": world.now,
            "requestContext": {
                "requestId": task.request_id,
                "functionArn": "acs:fc:cn-hangzhou:1234567890123456:functions/job",
                "condition": "",
                "approximateInvokeCount": 1,
            },
            "requestPayload": '{"n":1}',
            "responseContext": {"statusCode": 200, "functionError": ""},
            "responsePayload": '"done"',
        }
    ]


def test_a_failing_task_is_retried_after_a_pause_and_then_failed(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: failed(Ending.TIMED_OUT, "Function timed out")
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")
        assert world.task().due_at == world.now + 1000
        assert len(pool.started) == 1
        world.now += 1000
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Failed")

    world.run(scenario)
    task = world.task()
    assert task.attempts == 2
    assert task.error == "UnhandledInvocationError"
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == "InvocationError"
    assert message["requestContext"]["approximateInvokeCount"] == 2
    assert message["responseContext"] == {"statusCode": 200, "functionError": "InvocationError"}
    assert message["responsePayload"] == '{"errorMessage": "Function timed out"}'
    detail = json.loads(task.events[-1].detail)
    assert detail["ErrorMessage"] == "Function timed out"
    assert detail["DestinationStatus"] == "Succeeded"


def test_the_dispatcher_wakes_itself_when_a_retry_is_due(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: failed()
        world.submit()
        world.change(lambda tx: tx.execute("UPDATE tasks SET due_at = due_at + 60"))
        loop = asyncio.get_running_loop()
        begun, at = loop.time(), world.now
        world.clock = lambda: at + int((loop.time() - begun) * 1000)
        dispatcher._clock = world.clock  # pyright: ignore[reportPrivateUsage]
        dispatcher.wake("job")
        await asyncio.sleep(0.02)
        assert pool.started == []
        await until(lambda: pool.started)

    world.run(scenario)


def test_zero_retries_is_one_attempt(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        pool.at_once = lambda _: failed()
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Failed")

    world.run(scenario)
    assert world.task().attempts == 1
    assert world.task().error == "UnhandledInvocationError"


def test_system_errors_do_not_count_as_the_functions(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        outcomes = [failed(Ending.NO_INSTANCE)] * 3 + [answered()]
        pool.at_once = lambda _: outcomes.pop(0)
        world.submit()
        for pause in (0, 500, 1000, 2000):
            world.now += pause
            dispatcher.wake("job")
            await until(
                lambda pause=pause: (
                    world.task().attempts == 1 + (pause > 0) + (pause > 500) + (pause > 1000)
                    and world.task().status.value in ("Retrying", "Succeeded")
                )
            )
            due = world.task().due_at
            if due is not None:
                assert due - world.now == max(500, pause * 2)

    world.run(scenario)
    task = world.task()
    assert (task.status.value, task.attempts) == ("Succeeded", 4)
    assert (task.function_errors, task.system_errors) == (0, 3)


def test_system_errors_for_five_hours_fail_the_task(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", age=100_000))
        pool.at_once = lambda _: failed(Ending.NO_INSTANCE, "no place")
        world.submit()
        for _ in range(20):
            dispatcher.wake("job")
            before = world.task().attempts
            await until(
                lambda before=before: (
                    world.task().attempts > before
                    and world.task().status.value in ("Retrying", "Failed")
                )
            )
            due = world.task().due_at
            if due is None:
                break
            world.now = due

    world.run(scenario)
    assert world.task().status.value == "Failed"
    assert 4 * 3600_000 < world.now - world.task().enqueued_at <= 5 * 3600_000
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == "FunctionResourceExhausted"
    assert message["responseContext"]["functionError"] == ""


def test_a_runtime_that_is_not_here_fails_the_task_at_once_whatever_its_retries(
    world: World,
) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=8))
        pool.at_once = lambda _: failed(Ending.NO_RUNTIME, "install node")
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().ended_at)
        assert len(pool.started) == 1

    world.run(scenario)
    assert world.trail() == ["Enqueued", "Dequeued", "Running", "Failed"]
    assert json.loads(world.task().events[-1].detail)["ErrorMessage"] == "install node"
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == "InvocationError"


def test_no_more_run_at_once_than_the_reserved_concurrency(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 2))
        for number in range(6):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        first = await pool.running(2)
        await asyncio.sleep(0.05)
        assert len(pool.under_way) == 2
        waiting = [world.task(f"t{n}").status.value for n in range(6)]
        assert waiting.count("Enqueued") == 4  # a slow function's tasks stay in the queue
        pool.at_once = lambda _: answered()
        for request in first:
            pool.answer(request, answered())
        await until(lambda: all(world.task(f"t{n}").ended_at for n in range(6)))
        assert pool.most_at_once == 2

    world.run(scenario)


def test_instance_concurrency_multiplies_the_slots(world: World) -> None:
    world.change(lambda tx: world.function(tx, "wide", concurrency=3))

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(8):
            world.submit(f"t{number}", "wide")
        dispatcher.wake("wide")
        await pool.running(6)
        await asyncio.sleep(0.05)
        assert len(pool.under_way) == 6

    world.run(scenario, instances=2)


def test_a_reservation_of_zero_holds_tasks_until_it_is_raised(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 0))
        world.submit()
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert (pool.started, world.task().status.value) == ([], "Enqueued")
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        dispatcher.wake("job")
        await pool.running(1)

    world.run(scenario)


def test_a_busy_function_does_not_starve_another(world: World) -> None:
    world.change(lambda tx: world.function(tx, "other"))

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(20):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        await pool.running(2)
        world.submit("late", "other")
        dispatcher.wake("other")
        await until(lambda: world.task("late", "other").status.value == "Dequeued")
        for number in range(3):  # the store may show what the dispatcher has not yet heard
            pool.answer(pool.started[number], answered())
            await until(lambda number=number: len(pool.started) == number + 3)
        assert "other" in [spec.function_name for spec in pool.specs[2:]]

    world.run(scenario, most_instances=2, instances=10)


def test_what_waits_is_not_held_in_memory(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(300):
            world.submit(f"t{number}")
        pool.at_once = lambda _: answered() if len(pool.started) < 100 else None
        dispatcher.wake("job")
        await until(lambda: len(pool.started) >= 101)
        held = len(dispatcher._in_hand)  # pyright: ignore[reportPrivateUsage]
        assert held <= 2 + 2 * 8

    world.run(scenario, instances=2)


def test_a_stopped_task_that_waits_never_starts(world: World) -> None:
    def stop(tx: Transaction) -> None:
        tasks.stop(world.desk(tx), "job", "t")

    world.submit()
    world.change(stop)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert pool.started == []

    world.run(scenario)
    assert world.trail() == ["Enqueued", "Stopped"]
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == ""
    assert message["requestContext"]["approximateInvokeCount"] == 0
    with pytest.raises(Refusal, match="AsyncTaskAlreadyEnded"):
        world.change(stop)


def test_a_running_task_is_stopping_until_its_processes_are_gone(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.stop_gate = asyncio.Event()
        world.submit()
        dispatcher.wake("job")
        (request,) = await pool.running(1)
        await until(lambda: world.task().status.value == "Running")
        number, _ = world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t"))
        dispatcher.stop_requested(number)
        await until(lambda: pool.stopped == [request])
        assert world.task().status.value == "Stopping"
        pool.answer(request, answered(b"too late"))  # it even succeeds meanwhile
        await until(lambda: not pool.under_way)
        await asyncio.sleep(0.05)
        assert world.task().status.value == "Stopping"
        assert pool.ended == []
        pool.stop_gate.set()
        await until(lambda: world.task().status.value == "Stopped")
        assert pool.ended == ["c-1"]  # what the handler left running there is gone as well

    world.run(scenario)
    assert world.trail() == ["Enqueued", "Dequeued", "Running", "Stopping", "Stopped"]
    (message,) = world.messages()
    assert message["responsePayload"] == ""
    assert message["responseContext"] == {"statusCode": 200, "functionError": ""}


def test_a_task_taken_ahead_and_stopped_never_starts(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        quick = [True] * 10
        pool.at_once = lambda _: answered() if quick and quick.pop() else None
        for number in range(20):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        await until(lambda: len(pool.started) == 11)
        await until(lambda: world.task("t12").status.value == "Dequeued")
        number, _ = world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t12"))
        dispatcher.stop_requested(number)
        await until(lambda: world.task("t12").status.value == "Stopped")
        pool.at_once = lambda _: answered()
        pool.answer(pool.started[-1], answered())
        await until(lambda: world.task("t19").ended_at)

    world.run(scenario)
    assert world.trail("t12") == ["Enqueued", "Dequeued", "Stopping", "Stopped"]


def test_a_retrying_task_can_be_stopped(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: failed()
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")
        world.change(lambda tx: tasks.stop(world.desk(tx), "job", "t"))
        world.now += 60_000
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert len(pool.started) == 1

    world.run(scenario)
    assert world.trail()[-2:] == ["Retrying", "Stopped"]


def test_a_task_too_old_expires_even_while_its_function_has_no_slot(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 0))
        world.change(lambda tx: world.configure(tx, "job", age=10))
        world.submit()
        world.now += 9_999
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert world.task().status.value == "Enqueued"
        world.now += 1
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Expired")
        assert pool.started == []

    world.run(scenario)
    (message,) = world.messages()
    assert message["requestContext"]["condition"] == "Expired"
    assert "maxAsyncEventAgeInSeconds" in message["responsePayload"]


def test_a_retry_beyond_the_age_is_the_end(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", age=1))
        pool.at_once = lambda _: failed()
        world.submit()
        world.now += 500
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")
        world.now += 500
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Expired")
        assert len(pool.started) == 1

    world.run(scenario)


def test_a_delayed_task_waits_for_its_time(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.submit(delay=2.5)
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert pool.started == []
        world.now += 2500
        dispatcher.wake("job")
        await pool.running(1)

    world.run(scenario)


def test_an_invocation_that_is_no_task_runs_retries_reports_and_leaves_nothing(
    world: World,
) -> None:
    world.change(lambda tx: world.configure(tx, "job", task=False))

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        outcomes = [failed(), answered(b"second")]
        pool.at_once = lambda _: outcomes.pop(0)
        accepted = world.submit(None)
        assert accepted.task_id is None
        dispatcher.wake("job")
        await until(lambda: len(pool.started) == 1 and not dispatcher._in_hand)  # pyright: ignore[reportPrivateUsage]
        world.now += 1000
        dispatcher.wake("job")
        await until(lambda: len(pool.started) == 2 and not dispatcher._in_hand)  # pyright: ignore[reportPrivateUsage]

    world.run(scenario)
    (message,) = world.messages()
    assert message["responsePayload"] == "second"
    assert message["requestContext"]["approximateInvokeCount"] == 2
    left = world.connection.execute(
        "SELECT (SELECT count(*) FROM tasks), (SELECT count(*) FROM task_payloads),"
        " (SELECT count(*) FROM outbox)"
    ).fetchone()
    assert tuple(left) == (0, 0, 0)


def test_what_a_killed_localcloud_had_in_hand_is_put_right_at_the_next_start(
    world: World,
) -> None:
    for name in ("queued", "running", "stopping", "taken"):
        world.submit(name)

    def leave_behind(tx: Transaction) -> None:
        ids = {name: world.task(name).id for name in ("running", "stopping", "taken")}
        for status, name in (("Running", "running"), ("Stopping", "stopping")):
            tx.execute(
                "UPDATE tasks SET status = ?, due_at = NULL, attempts = 1 WHERE id = ?",
                (status, ids[name]),
            )
        tx.execute(
            "UPDATE tasks SET status = 'Dequeued', due_at = NULL WHERE id = ?", (ids["taken"],)
        )

    world.change(leave_behind)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: answered()
        await until(lambda: world.task("taken").status.value == "Succeeded")
        assert world.task("stopping").status.value == "Stopped"
        assert world.task("running").status.value == "Retrying"
        world.now += 500
        dispatcher.wake("job")
        await until(lambda: world.task("running").status.value == "Succeeded")

    world.run(scenario)
    lost = world.task("running")
    assert (lost.attempts, lost.function_errors, lost.system_errors) == (2, 0, 1)
    assert len(world.messages()) == 4


def test_tasks_of_a_deleted_function_end_and_are_told_where_it_said(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(3):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        (request,) = await pool.running(1)

        def delete(tx: Transaction) -> None:
            deletion.function_deleted(tx, "job", world.now)
            function_store.delete_function(tx, "job")

        world.change(delete)
        dispatcher.wake("job")
        await until(lambda: world.task("t2").status.value == "Invalid")
        pool.answer(request, failed())  # no retry: there is no function any more
        await until(lambda: world.task("t0").ended_at)

    world.run(scenario, instances=1)
    assert [world.task(f"t{n}").status.value for n in range(3)] == ["Failed", "Invalid", "Invalid"]
    conditions = sorted(message["requestContext"]["condition"] for message in world.messages())
    assert conditions == ["Invalid", "Invalid", "InvocationError"]


def test_a_function_made_again_does_not_run_the_tasks_of_the_old_one(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.submit("old")

        def replace(tx: Transaction) -> None:
            deletion.function_deleted(tx, "job", world.now)
            function_store.delete_function(tx, "job")
            world.function(tx, "job")

        world.change(replace)
        world.submit("new")
        pool.at_once = lambda _: answered()
        dispatcher.wake("job")
        await until(lambda: world.task("new").ended_at and world.task("old").ended_at)
        assert len(pool.started) == 1

    world.run(scenario)
    assert world.task("old").status.value == "Invalid"
    assert world.task("new").status.value == "Succeeded"


def test_a_pool_that_breaks_is_a_system_error_and_not_the_end(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        def broken(_: Invocation) -> Outcome:
            raise RuntimeError("a mistake in localcloud")

        pool.at_once = broken
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().status.value == "Retrying")

    world.run(scenario)
    assert world.task().system_errors == 1


def test_the_handler_gets_credentials_that_sign_as_the_role(world: World) -> None:
    seen: list[Invocation] = []

    def keep(invocation: Invocation) -> Outcome:
        seen.append(invocation)
        return answered()

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = keep
        for number in range(3):
            world.submit(f"t{number}")
        dispatcher.wake("job")
        await until(lambda: world.task("t2").ended_at)

    world.run(scenario)
    keys = {invocation.credentials for invocation in seen}
    assert len(keys) == 1  # one session for all, until it is near its end
    (key,) = keys
    assert key is not None
    stored = world.connection.execute(
        "SELECT access_key_secret FROM temporary_credentials WHERE access_key_id = ?",
        (key.access_key_id,),
    ).fetchone()
    assert stored[0] == key.access_key_secret


def test_a_synchronous_call_beyond_the_reserved_concurrency_is_throttled(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        first = asyncio.create_task(dispatcher.call("job", "", b"1", "r1"))
        await pool.running(1)
        with pytest.raises(Refusal, match="ResourceThrottled") as refused:
            await dispatcher.call("job", "", b"2", "r2")
        assert refused.value.status == 429
        world.submit()  # an asynchronous one waits for the slot instead
        dispatcher.wake("job")
        await asyncio.sleep(0.05)
        assert pool.started == ["r1"]
        pool.answer("r1", answered(b"one"))
        assert (await first).outcome.payload == b"one"
        await until(lambda: len(pool.started) == 2)

    world.run(scenario)


def test_a_synchronous_call_goes_on_when_its_caller_has_gone(world: World) -> None:
    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: function_store.set_reserved_concurrency(tx, "job", 1))
        call = asyncio.create_task(dispatcher.call("job", "", b"1", "r1"))
        await pool.running(1)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        assert list(pool.under_way) == ["r1"]
        pool.answer("r1", answered())
        await until(lambda: not pool.under_way)
        second = asyncio.create_task(dispatcher.call("job", "", b"2", "r2"))
        await pool.running(1)
        pool.answer("r2", answered())
        await second

    world.run(scenario)


def test_a_database_that_refuses_for_a_while_loses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "AFTER_A_FAILED_WRITE", 0.01)
    write = ledger.write
    refusals = [True] * 3

    def full(*arguments: Any) -> ledger.Done:
        if refusals and arguments[1].ends:
            refusals.pop()
            raise sqlite3.OperationalError("database or disk is full")
        return write(*arguments)

    monkeypatch.setattr(ledger, "write", full)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        pool.at_once = lambda _: answered()
        world.submit()
        dispatcher.submitted("job")
        await until(lambda: world.task().ended_at)

    world.run(scenario)
    assert refusals == []
    assert world.task().status.value == "Succeeded"
    assert len(world.messages()) == 1


def test_one_end_that_cannot_be_written_does_not_take_the_others_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finish = tasks.finish

    def broken(*arguments: Any) -> Any:
        if arguments[1].row.task_id == "t1":
            raise RuntimeError("a mistake in localcloud")
        return finish(*arguments)

    monkeypatch.setattr(tasks, "finish", broken)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        for number in range(3):
            world.submit(f"t{number}", payload=b"secret payload")
        dispatcher.submitted("job")
        for request in list(await pool.running(3)):
            pool.answer(request, answered())
        await until(lambda: world.task("t0").ended_at and world.task("t2").ended_at)

    world.run(scenario)
    assert world.task("t1").status.value == "Running"  # the next start makes it again
    told = [record for record in caplog.records if "given up" in record.getMessage()]
    assert [world.task("t1").request_id in record.getMessage() for record in told] == [True]
    assert "secret payload" not in caplog.text


def test_what_an_attempt_leaves_and_no_database_holds_still_ends_its_task(world: World) -> None:
    """Half of a surrogate pair: JSON can say it, UTF-8 cannot."""

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        broken = Outcome(Ending.RAISED, b'{"errorMessage": "a\\ud800b"}', 3, 20.5, "c-1")
        pool.at_once = lambda _: broken
        world.submit()
        dispatcher.wake("job")
        await until(lambda: world.task().ended_at)

    world.run(scenario)
    assert world.task().status.value == "Failed"
    assert json.loads(world.task().events[-1].detail)["ErrorMessage"] == "a?b"


def test_an_end_that_cannot_be_written_is_an_error_of_its_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = tasks.finish

    def breaks(desk: Any, end: Any, *more: Any) -> Any:
        if end.outcome.payload == b"poison":
            raise ValueError("not of this world")
        return finish(desk, end, *more)

    monkeypatch.setattr(tasks, "finish", breaks)

    async def scenario(dispatcher: Dispatcher, pool: FakePool) -> None:
        world.change(lambda tx: world.configure(tx, "job", retries=0))
        payloads = [b"poison", b"good"]
        pool.at_once = lambda _: answered(payloads.pop(0))
        for name in ("bad", "fine"):
            world.submit(name)
        dispatcher.wake("job")
        await until(lambda: world.task("bad").ended_at and world.task("fine").ended_at)

    world.run(scenario, instances=1)
    assert [world.task(name).status.value for name in ("bad", "fine")] == ["Failed", "Succeeded"]
    assert "ValueError" in json.loads(world.task("bad").events[-1].detail)["ErrorMessage"]


def test_a_long_attempt_lost_with_its_localcloud_is_made_again_however_long_ago_the_first_was(
    world: World,
) -> None:
    world.change(lambda tx: world.configure(tx, "job", age=100_000))

    async def lose_one(dispatcher: Dispatcher, pool: FakePool) -> None:
        dispatcher.wake("job")
        await pool.running(1)
        await until(lambda: world.task().status.value == "Running")
        world.now += 6 * 3_600_000

    async def nothing(dispatcher: Dispatcher, pool: FakePool) -> None:
        del dispatcher, pool

    world.submit()
    for lost in (1, 2):
        world.run(lose_one)
        world.run(nothing)  # the start that finds it
        assert (world.task().status.value, world.task().system_errors) == ("Retrying", lost)
        world.now += 1000


def test_a_function_whose_runtime_does_not_run_here_can_be_deleted(world: World) -> None:
    world.submit()
    world.change(
        lambda tx: tx.execute(
            "UPDATE functions SET config = json_set(config, '$.runtime', 'java11')"
        )
    )
    world.change(lambda tx: deletion.function_deleted(tx, "job", world.now))
    (row,) = world.change(lambda tx: queue.waiting_of(tx, "job", 10))
    assert row.deleted_function is not None
