"""The dispatcher with a pool whose attempts end when told."""

import asyncio
import json

from localcloud.fc.dispatcher import Dispatcher
from localcloud.fc.instances.invocation import Ending, Invocation, Outcome
from localcloud.store import functions as function_store

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
