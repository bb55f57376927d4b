"""Recovery beside other updates: what they hold is waited for, what they wrote stays."""

import os
import socket
from collections.abc import Callable

import pytest
from fc_async_tasks.provider_ids import LOG_PROJECT, QUEUE
from fc_async_tasks.recovery import StillUpdating, lock
from fc_async_tasks.recovery.processes import Process
from fc_async_tasks.recovery.pulumi_stack import StateChanged
from fc_async_tasks.recovery.recover import recover
from fc_async_tasks.recovery.state_edits import Deployment

from tests.unit.components.recovery_double import (
    DoubledStack,
    never,
    project,
    queue,
    recovered,
    stands,
    yes,
)

LOCKED = "the stack is currently locked by 1 lock(s).\n x: created by me@{} (pid {}) at 2026"
OF_A_PROCESS_HERE = LOCKED.format(socket.gethostname(), 77)
OF_ANOTHER_MACHINE = LOCKED.format("build-7.example", 77)


def test_an_update_that_begins_after_the_lock_was_taken_away_is_not_disturbed(
    stack: DoubledStack,
) -> None:
    stack.locked.append(OF_A_PROCESS_HERE)
    stack.begin(pending=[queue("q")])
    stack.at["export"] = lambda: stack.locked.append(OF_A_PROCESS_HERE)
    with pytest.raises(StillUpdating, match="another update of dev began meanwhile"):
        recovered(stack)
    assert stack.has(QUEUE) == []


def test_a_state_that_another_update_wrote_is_not_overwritten(stack: DoubledStack) -> None:
    stack.plan.append(queue("q"))
    stack.there.add("q")
    stack.at["preview"] = stack.written
    with pytest.raises(StillUpdating, match="was written meanwhile"):
        recovered(stack, yes)
    assert "import" not in stack.asked


def after_export(stack: DoubledStack, number: int, act: Callable[[], None]) -> None:
    """Have something happen right after the export of this number."""

    def exported() -> None:
        if stack.asked.count("export") == number:
            act()

    stack.after["export"] = exported


def test_an_edit_overwrites_nothing_that_was_written_since_its_export(stack: DoubledStack) -> None:
    def another_update() -> None:
        stack.deployment["resources"].append(stands(queue("theirs"), "theirs"))
        stack.written()

    def edit(deployment: Deployment) -> None:
        deployment["resources"].append(stands(project("ours"), "ours"))

    after_export(stack, 1, another_update)
    with pytest.raises(StateChanged, match="the state of dev was written meanwhile"):
        stack.edit(edit)
    assert [one["id"] for one in stack.has(QUEUE)] == ["theirs"]
    assert stack.has(LOG_PROJECT) == []
    stack.edit(edit)
    assert [one["id"] for one in stack.has(LOG_PROJECT)] == ["ours"]


def test_an_edit_that_changes_nothing_writes_nothing(stack: DoubledStack) -> None:
    assert stack.edit(lambda deployment: len(deployment["resources"])) == 2
    assert stack.asked == ["export"]


def test_what_an_update_made_while_recovery_took_out_its_own_stays(stack: DoubledStack) -> None:
    """An update that ends between looking and taking out: its state is the one that counts."""
    stack.plan.append(queue("q"))
    stack.there.add("q")

    def another_update() -> None:
        (entry,) = stack.has(QUEUE)
        entry.pop("importID", None)
        stack.written()

    def looked() -> None:
        if "import" in stack.asked:
            after_export(stack, stack.asked.count("export") + 1, another_update)

    stack.after["refresh"] = looked
    with pytest.raises(StillUpdating, match="was written meanwhile"):
        recovered(stack)
    assert [one["id"] for one in stack.has(QUEUE)] == ["q"]


def test_the_lock_is_looked_at_before_anything_is_ended(
    stack: DoubledStack, orphans_ended: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.locked.append(OF_A_PROCESS_HERE)
    runs = {77: Process(77, 1, 0, "pulumi")}
    monkeypatch.setattr(lock, "running", lambda: runs)
    with pytest.raises(StillUpdating, match="is being updated by process 77 of me since 2026"):
        recover(stack, ask=never, say=lambda _: None, unlock=True)
    assert orphans_ended == []
    assert stack.asked == ["refresh"]


def test_a_number_that_another_program_has_by_now_is_no_owner(
    stack: DoubledStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "running", lambda: {77: Process(77, 1, os.getuid(), "vim")})
    stack.locked.append(OF_A_PROCESS_HERE)
    assert recovered(stack).unlocked is True


def test_a_lock_of_another_machine_is_taken_away_only_if_said(stack: DoubledStack) -> None:
    stack.locked.append(OF_ANOTHER_MACHINE)
    with pytest.raises(StillUpdating, match=r"on build-7\.example.*say --unlock"):
        recovered(stack)
    assert stack.asked == ["refresh"]
    assert recover(stack, ask=never, say=lambda _: None, unlock=True).unlocked is True
