"""The rules against the table of the life cycle, in whatever order things happen."""

import itertools
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localcloud.fc import claims, deletion, recovery, tasks
from localcloud.fc.claims import Taken
from localcloud.fc.desk import Desk
from localcloud.fc.instances.invocation import Ending, Outcome
from localcloud.fc.lanes import Look
from localcloud.fc.life_cycle import (
    FINAL,
    IN_HAND,
    TRANSITIONS,
    WAITING,
    ForbiddenTransition,
    Status,
    check,
)
from localcloud.fc.role_sessions import RoleSessions
from localcloud.fc.tasks import Finished, Started
from localcloud.refusal import Refusal
from localcloud.store import functions as function_store
from localcloud.store import task_queue
from localcloud.store import tasks as store
from localcloud.store.database import Transaction
from localcloud.store.tasks import Event
from tests.unit.localcloud.fc.tasks.conftest import World, answered, failed

RETRIES = 2


class TaskMachine(RuleBasedStateMachine):
    """Plays the dispatcher with the rules alone, crashes included, and looks at every task."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="life-cycle-"))
        self.world = World(self.folder / "data")
        self.world.connection.execute("PRAGMA synchronous=OFF")
        self.sessions = RoleSessions()
        self.ids: list[str] = []
        self.hand: dict[int, tuple[Taken, Status]] = {}
        self.stopping: set[int] = set()
        self.sent: dict[str, int] = {}
        self.world.change(self.make_function)

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.folder)

    def make_function(self, tx: Transaction) -> None:
        self.world.function(tx, "made", retries=RETRIES, age=100)

    def desk(self, tx: Transaction) -> Desk:
        return self.world.desk(tx)

    @rule(delay=st.sampled_from([0, 0, 5]), count=st.integers(1, 3))
    def submit(self, delay: int, count: int) -> None:
        for _ in range(count):
            task_id = f"t{len(self.ids)}"
            self.world.submit(task_id, "made", delay=delay)
            self.ids.append(task_id)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def submit_a_used_id(self, data: st.DataObject) -> None:
        with pytest.raises(Refusal, match="AsyncTaskAlreadyExists"):
            self.world.submit(data.draw(st.sampled_from(self.ids)), "made")

    @rule(seconds=st.sampled_from([0.4, 1, 2, 4, 4, 4, 30, 101]))
    def time_passes(self, seconds: float) -> None:
        self.world.now += int(seconds * 1000)
        self.world.change(lambda tx: tasks.expire(self.desk(tx), 100))

    @rule()
    def take(self) -> None:
        self.claim()

    def claim(self) -> None:
        claim = self.world.change(
            lambda tx: claims.claim(
                self.desk(tx), Look("made", len(self.hand), 1, 10), 2, self.sessions
            )
        )
        assert len(self.hand) + len(claim.taken) <= 3
        for taken in claim.taken:
            assert taken.row.expires_at > self.world.now
            self.hand[taken.row.id] = (taken, Status.DEQUEUED)

    @precondition(lambda self: self.hand)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.hand)))
        taken, recorded = self.hand[number]
        if recorded is Status.DEQUEUED:
            start = Started(number, taken.row.attempts + 1, self.world.now)
            self.world.change(lambda tx: tasks.started(self.desk(tx), start))
            self.hand[number] = (taken, Status.RUNNING)

    @precondition(lambda self: self.hand)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(
            [
                answered(),
                failed(),
                failed(Ending.TIMED_OUT),
                failed(Ending.NO_INSTANCE),
                failed(Ending.NO_RUNTIME),
            ]
        ),
    )
    def end(self, data: st.DataObject, outcome: Outcome) -> None:
        number = data.draw(st.sampled_from(sorted(self.hand)))
        taken, recorded = self.hand.pop(number)
        now = self.world.now
        end = Finished(taken.row, taken.function, recorded, now, now, outcome)

        def finish(tx: Transaction) -> Status | None:
            return tasks.finish(self.desk(tx), end, store.statuses(tx, [number]).get(number))

        status = self.world.change(finish)
        assert (status is None) == (number in self.stopping)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        task_id = data.draw(st.sampled_from(self.ids))
        before = self.world.task(task_id, "made").status

        def stop(tx: Transaction) -> tuple[int, Status]:
            return tasks.stop(self.desk(tx), "made", task_id)

        if before in FINAL:
            with pytest.raises(Refusal, match="AsyncTaskAlreadyEnded"):
                self.world.change(stop)
            return
        number, status = self.world.change(stop)
        assert status is (Status.STOPPED if before in WAITING else Status.STOPPING)
        if status is Status.STOPPING:
            self.stopping.add(number)

    @precondition(lambda self: self.stopping)
    @rule()
    def processes_are_gone(self) -> None:
        number = min(self.stopping)
        self.stopping.remove(number)
        self.hand.pop(number, None)
        self.world.change(lambda tx: tasks.stopped(self.desk(tx), number))

    @rule(often=st.integers(0, 3))
    def localcloud_is_killed_and_started(self, often: int) -> None:
        if often:
            return
        self.hand.clear()
        self.stopping.clear()
        self.world.change(lambda tx: recovery.recover(self.desk(tx), 0, 1000))
        assert not self.world.change(lambda tx: task_queue.in_hand(tx, 0, 10))

    @rule(again=st.booleans(), often=st.integers(0, 3))
    def the_function_is_deleted(self, again: bool, often: int) -> None:
        if often:
            return

        def delete(tx: Transaction) -> None:
            deletion.function_deleted(tx, "made", self.world.now)
            function_store.delete_function(tx, "made")
            if again:
                self.make_function(tx)

        self.world.change(delete)
        self.claim()
        if not again:
            assert not self.world.change(lambda tx: task_queue.waiting_of(tx, "made", 10))
            self.world.change(self.make_function)

    @invariant()
    def every_task_is_in_order(self) -> None:
        for message in self.world.messages():
            request = message["requestContext"]["requestId"]
            self.sent[request] = self.sent.get(request, 0) + 1
        for task_id in self.ids:
            task = self.world.task(task_id, "made")
            trail = [event.status for event in task.events]
            for before, after in itertools.pairwise(trail):
                assert after in TRANSITIONS[before], trail
            assert trail[0] is Status.ENQUEUED
            assert trail[-1] is task.status
            assert (task.due_at is not None) == (task.status in WAITING)
            assert (task.ended_at is not None) == (task.status in FINAL)
            assert task.function_errors <= RETRIES + 1
            assert not {Status.STOPPED, Status.SUCCEEDED} <= set(trail)
            # delivered with the last step, once, and never before
            assert self.sent.get(task.request_id, 0) == (1 if task.status in FINAL else 0)


TestTaskMachine = TaskMachine.TestCase
TestTaskMachine.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_the_table_names_every_status_and_ends_where_nothing_follows() -> None:
    assert set(TRANSITIONS) == set(Status)
    assert set(Status) == FINAL | WAITING | IN_HAND
    assert {status.value for status in FINAL} == {
        "Succeeded",
        "Failed",
        "Stopped",
        "Expired",
        "Invalid",
    }


def test_a_step_outside_the_table_is_refused_before_anything_is_written(world: World) -> None:
    world.submit()
    task = world.task()
    with pytest.raises(ForbiddenTransition):
        world.change(
            lambda tx: store.move(
                tx, task.id, Status.ENQUEUED, [Event(Status.SUCCEEDED, world.now)]
            )
        )
    assert world.task() == task


@pytest.mark.parametrize("before", list(Status))
def test_check_allows_exactly_the_table(before: Status) -> None:
    def allowed(after: Status) -> bool:
        try:
            check(before, after)
        except ForbiddenTransition:
            return False
        return True

    assert {after for after in Status if allowed(after)} == TRANSITIONS[before]


def test_of_two_racing_writes_one_wins(world: World) -> None:
    world.submit()
    task = world.task()
    steps: list[Any] = [Event(Status.STOPPED, world.now)]
    first = world.change(lambda tx: store.move(tx, task.id, Status.ENQUEUED, steps))
    second = world.change(lambda tx: store.move(tx, task.id, Status.ENQUEUED, steps))
    assert (first, second) == (True, False)
    assert world.trail() == ["Enqueued", "Stopped"]
