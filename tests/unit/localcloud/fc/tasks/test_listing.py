"""Pages of tasks, and how long tasks are kept."""

import asyncio
from typing import Any

import pytest

from localcloud.fc import retention, tasks
from localcloud.fc.life_cycle import Status
from localcloud.refusal import Refusal
from localcloud.store import task_records
from localcloud.store import tasks as store
from localcloud.store.database import Database
from localcloud.store.task_records import TaskRow
from localcloud.store.tasks import Event

from .conftest import World


def page(world: World, **filters: Any) -> list[str]:
    rows: list[TaskRow] = world.change(lambda tx: task_records.page(tx, "job", **filters))
    return [str(row.task_id) for row in rows]


def stop(world: World, task_id: str) -> None:
    world.change(lambda tx: tasks.stop(world.desk(tx), "job", task_id))


@pytest.fixture
def ten(world: World) -> World:
    """Tasks t0..t9, a second apart but for t4 and t5, the odd ones stopped."""
    for number in range(10):
        if number != 5:
            world.now += 1000
        world.submit(f"t{number}" if number < 8 else f"u{number}")
    for number in (1, 3, 5, 7):
        row = world.task(f"t{number}")
        steps = [Event(Status.STOPPED, world.now)]
        world.change(store.move, row.id, row.status, steps)
    return world


ALL = [f"t{n}" for n in range(8)] + ["u8", "u9"]


def test_by_time_both_ways(ten: World) -> None:
    assert page(ten) == ALL[::-1]
    assert page(ten, descending=False) == ALL


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("size", [1, 3, 4])
@pytest.mark.parametrize("filters", [{}, {"status": Status.STOPPED}, {"prefix": "t"}])
def test_pages_in_a_row_give_everything_once(
    ten: World, descending: bool, size: int, filters: dict[str, Any]
) -> None:
    whole = page(ten, descending=descending, limit=100, **filters)
    found: list[str] = []
    after = None
    while True:
        rows = ten.change(
            task_records.page, "job", descending=descending, limit=size, after=after, **filters
        )
        if not rows:
            break
        found += [str(row.task_id) for row in rows]
        after = (rows[-1].enqueued_at, rows[-1].id)
    assert found == whole
    assert len(set(whole)) == len(whole) > 0


def test_filters(ten: World) -> None:
    assert page(ten, status=Status.STOPPED) == ["t7", "t5", "t3", "t1"]
    assert page(ten, prefix="u") == ["u9", "u8"]
    assert page(ten, prefix="t", status=Status.ENQUEUED) == ["t6", "t4", "t2", "t0"]
    assert page(ten, prefix="nothing") == []
    assert page(ten, qualifier="LATEST", limit=2) == ["u9", "u8"]
    assert page(ten, qualifier="prod") == []
    begin, end = ten.task("t2").enqueued_at, ten.task("t5").enqueued_at
    assert page(ten, begin=begin, end=end) == ["t5", "t4", "t3", "t2"]
    assert page(ten, begin=begin, end=end, status=Status.STOPPED) == ["t5", "t3"]


def test_payloads_only_where_they_are_wanted(ten: World) -> None:
    without = ten.change(lambda tx: task_records.page(tx, "job", limit=1))
    with_payload = ten.change(
        lambda tx: task_records.page(tx, "job", limit=1, include_payload=True)
    )
    assert (without[0].payload, with_payload[0].payload) == (None, b"{}")


def test_a_used_id_is_refused_for_seven_days_and_then_free(world: World) -> None:
    world.submit()
    stop(world, "t")
    world.messages()

    def forget() -> None:
        async def round_of_forgetting() -> None:
            database = Database(world.folder / "test.db")
            await retention.forget_old_tasks(database, world.clock)
            database.close()

        asyncio.run(round_of_forgetting())

    world.now += retention.KEPT_FOR
    forget()
    with pytest.raises(Refusal, match="AsyncTaskAlreadyExists") as refused:
        world.submit()
    assert refused.value.status == 409
    world.now += 1
    forget()
    world.submit()
    payloads = world.connection.execute("SELECT count(*) FROM task_payloads").fetchone()[0]
    assert payloads == 1


def test_forgetting_goes_in_steps_and_spares_what_is_not_at_its_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 3)
    monkeypatch.setattr(retention, "BETWEEN_STEPS", 0)
    for number in range(10):
        world.submit(f"t{number}")
        if number != 4:
            stop(world, f"t{number}")
    world.now += retention.KEPT_FOR + 1
    world.submit("young")

    async def round_of_forgetting() -> None:
        database = Database(world.folder / "test.db")
        await retention.forget_old_tasks(database, world.clock)
        database.close()

    asyncio.run(round_of_forgetting())
    assert page(world) == ["young", "t4"]


def test_a_late_page_costs_what_the_first_does(world: World) -> None:
    def fill(tx: Any) -> None:
        tx.connection.executemany(
            "INSERT INTO tasks (function, task_id, qualifier, request_id, status, enqueued_at,"
            " expires_at, ended_at, events) VALUES ('job', ?, 'LATEST', 'r', ?, ?, 0, 0, ?)",
            (
                (f"t{n}", "Failed" if n % 100 == 0 else "Succeeded", n, f'["Enqueued", {n}, ""]')
                for n in range(20_000)
            ),
        )

    world.change(fill)

    def steps(**filters: Any) -> int:
        """How many of SQLite's own steps a page takes: the same on every machine."""
        count = 0

        def step() -> int:
            nonlocal count
            count += 1
            return 0

        world.connection.set_progress_handler(step, 10)
        page(world, limit=20, **filters)
        world.connection.set_progress_handler(None, 0)
        return count

    first, late = steps(), steps(after=(500, 501))
    assert late <= first * 2
    rare = steps(status=Status.FAILED)
    assert rare <= first * 2
