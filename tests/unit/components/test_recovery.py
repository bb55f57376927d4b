"""What the recovery command does to a stack, on a double of `pulumi`."""

import importlib
import os
import socket
from collections.abc import Sequence

import pytest
from fc_async_tasks.provider_ids import FUNCTION, LOG_PROJECT, LOGSTORE, QUEUE
from fc_async_tasks.recovery import PulumiFailed, Recovered, StillUpdating, lock
from fc_async_tasks.recovery.processes import Process
from fc_async_tasks.recovery.recover import Ask, recover
from fc_async_tasks.recovery.state_edits import look_for

from tests.unit.components.recovery_double import (
    PROVIDER,
    DoubledStack,
    Entry,
    function,
    logstore,
    project,
    queue,
    stands,
)

LOCKED = "the stack is currently locked by 1 lock(s).\n x: created by me@{} (pid {}) at 2026"
OF_A_PROCESS_HERE = LOCKED.format(socket.gethostname(), 77)
OF_ANOTHER_MACHINE = LOCKED.format("build-7.example", 77)


@pytest.fixture
def orphans_ended(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Filled when recovery ends orphans; none run."""
    ended: list[str] = []

    def end(_: object) -> int:
        ended.append("looked")
        return 0

    # The package's own `recover` is the function.
    room = importlib.import_module("fc_async_tasks.recovery.recover")
    monkeypatch.setattr(room, "end_orphans", end)
    return ended


@pytest.fixture
def stack(orphans_ended: list[str], monkeypatch: pytest.MonkeyPatch) -> DoubledStack:
    """A stack with a provider and nothing else, on a machine where nothing runs."""
    assert orphans_ended == []
    monkeypatch.setattr(lock, "running", dict[int, Process])
    return DoubledStack().begin()


def yes(_: Sequence[str]) -> bool:
    return True


def no(_: Sequence[str]) -> bool:
    return False


def never(labels: Sequence[str]) -> bool:
    raise AssertionError(f"asked for {labels}")


def recovered(stack: DoubledStack, ask: Ask = never) -> Recovered:
    return recover(stack, ask=ask, say=lambda _: None)


def test_a_create_that_was_begun_is_taken_in_if_it_is_there(stack: DoubledStack) -> None:
    stack.begin(pending=[queue("q"), project("p")])
    stack.there.add("q")
    done = recovered(stack)
    assert (done.taken_in, done.given_up) == (["ServiceQueue q"], ["Project p"])
    assert [one["id"] for one in stack.has(QUEUE)] == ["q"]
    assert stack.has(LOG_PROJECT) == []
    assert stack.deployment["pending_operations"] == []


def test_what_was_taken_in_makes_the_next_ones_known(stack: DoubledStack) -> None:
    stack.plan.extend([project("p"), logstore("p", "s"), function("f", LOGSTORE)])
    stack.there.update({"p", "p:s"})
    done = recovered(stack, yes)
    assert done.taken_in == ["Project p", "Store p:s"]
    assert stack.has(LOGSTORE)[0]["outputs"]["read"] is True


def test_nothing_is_in_the_state_while_it_is_asked_for(stack: DoubledStack) -> None:
    stack.plan.append(queue("q"))
    stack.there.add("q")
    seen: list[int] = []

    def ask(labels: Sequence[str]) -> bool:
        assert labels == ["ServiceQueue q"]
        seen.append(len(stack.has(QUEUE)))
        return False

    assert recovered(stack, ask).left_alone == ["ServiceQueue q"]
    assert seen == [0]
    assert stack.has(QUEUE) == []


def test_an_interrupt_at_the_question_leaves_nothing_taken_in(stack: DoubledStack) -> None:
    stack.plan.append(queue("q"))
    stack.there.add("q")

    def interrupted(_: Sequence[str]) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recovered(stack, interrupted)
    assert stack.has(QUEUE) == []


def failing(stack: DoubledStack, number: int) -> None:
    """Have the refresh of this number fail."""

    def fail() -> None:
        if stack.asked.count("refresh") == number:
            raise PulumiFailed("no network")

    stack.at["refresh"] = fail


def test_a_refresh_that_fails_leaves_the_plan_out_of_the_state(stack: DoubledStack) -> None:
    stack.plan.append(queue("q"))
    stack.there.add("q")
    failing(stack, 2)
    with pytest.raises(PulumiFailed, match="no network"):
        recovered(stack)
    assert stack.has(QUEUE) == []


def test_a_refresh_that_fails_leaves_begun_what_was_begun(stack: DoubledStack) -> None:
    stack.there.update({"old", "new"})
    stack.begin(stands(queue("old"), "old"), pending=[queue("new")])
    before = list(stack.deployment["pending_operations"])
    failing(stack, 2)
    with pytest.raises(PulumiFailed, match="no network"):
        recovered(stack)
    assert [(one["id"], one.get("delete")) for one in stack.has(QUEUE)] == [("old", None)]
    assert stack.deployment["pending_operations"] == before
    del stack.at["refresh"]
    assert recovered(stack).taken_in == ["ServiceQueue new"]


def without_roots(stack: DoubledStack, *pending: Entry) -> DoubledStack:
    """The stack as a destroy leaves it, with creates of an earlier update recorded as begun."""
    stack.begin(pending=[{**one, "provider": f"{PROVIDER}::earlier"} for one in pending])
    stack.roots.extend(stack.deployment["resources"])
    stack.deployment["resources"] = []
    return stack


def test_a_create_begun_with_an_earlier_provider_is_looked_for_with_the_present_one(
    stack: DoubledStack,
) -> None:
    stack.begin(pending=[{**queue("q"), "provider": f"{PROVIDER}::earlier"}] * 2)
    stack.there.add("q")
    assert recovered(stack).taken_in == ["ServiceQueue q"]
    assert [(one["provider"], one.get("delete")) for one in stack.has(QUEUE)] == [
        (f"{PROVIDER}::1", None)
    ]


def test_a_create_whose_provider_is_gone_is_looked_for_through_the_program(
    stack: DoubledStack,
) -> None:
    without_roots(stack, queue("q"), project("p"), function("former"))
    stack.plan.extend([queue("q"), project("p")])
    stack.there.add("q")
    done = recovered(stack)
    assert (done.taken_in, done.given_up) == (["ServiceQueue q"], ["Project p"])
    assert done.unknown == ["V3Function former"]
    assert stack.deployment["pending_operations"] == []
    assert [one["id"] for one in stack.has(QUEUE)] == ["q"]


def test_what_is_there_is_found_from_an_empty_stack(stack: DoubledStack) -> None:
    without_roots(stack).plan.append(queue("q"))
    stack.there.add("q")
    assert recovered(stack, no).left_alone == ["ServiceQueue q"]
    assert stack.deployment["resources"] == []
    assert recovered(stack, yes).taken_in == ["ServiceQueue q"]
    assert [one["type"] for one in stack.deployment["resources"]] == [
        "pulumi:pulumi:Stack",
        "pulumi:providers:alicloud",
        QUEUE,
    ]


def test_what_a_killed_recovery_was_looking_for_is_taken_out(stack: DoubledStack) -> None:
    stack.there.update({"old", "new"})
    before = [stands(queue("old"), "old"), stands(queue("oldest"), "oldest", delete=True)]
    stack.there.add("oldest")
    stack.begin(*(dict(one) for one in before))
    look_for(stack.deployment, [stands(queue("new"), "new")])
    assert len(stack.has(QUEUE)) == 3
    recovered(stack)
    found = {one["id"]: one for one in stack.has(QUEUE)}
    assert {id_: one.get("delete") for id_, one in found.items()} == {"old": None, "oldest": True}
    assert not any("importID" in one for one in found.values())


def test_what_is_taken_in_bears_no_mark_of_the_search(stack: DoubledStack) -> None:
    stack.there.update({"old", "new"})
    stack.begin(stands(queue("old"), "old"))
    stack.plan.append(queue("new"))
    assert recovered(stack, yes).taken_in == ["ServiceQueue new"]
    assert not any({"importID", "retainOnDelete"} & one.keys() for one in stack.has(QUEUE))


def test_a_replacement_that_was_begun_leaves_the_former_one_to_be_deleted(
    stack: DoubledStack,
) -> None:
    stack.there.update({"old", "new", "f"})
    stack.begin(
        stands(queue("old"), "old"), stands(function("f", QUEUE), "f"), pending=[queue("new")]
    )
    recovered(stack)
    found = [(one["id"], one.get("delete")) for one in stack.has(QUEUE)]
    assert found == [("new", None), ("old", True)]


def test_a_replacement_that_is_not_there_leaves_the_former_one_in_force(
    stack: DoubledStack,
) -> None:
    stack.there.update({"old", "f"})
    stack.begin(
        stands(queue("old"), "old"), stands(function("f", QUEUE), "f"), pending=[queue("new")]
    )
    assert recovered(stack).given_up == ["ServiceQueue new"]
    assert [(one["id"], one.get("delete")) for one in stack.has(QUEUE)] == [("old", None)]


@pytest.mark.parametrize(("is_there", "left"), [(True, [("f", None)]), (False, [("f", True)])])
def test_what_was_deleted_to_be_made_anew_under_its_id_is_never_deleted_again(
    stack: DoubledStack, is_there: bool, left: list[tuple[str, bool]]
) -> None:
    stack.there.update({"f"} if is_there else set())
    stack.begin(stands(function("f"), "f", pendingReplacement=True), pending=[function("f")])
    recovered(stack)
    assert [(one["id"], one.get("pendingReplacement")) for one in stack.has(FUNCTION)] == left
    assert not any(one.get("delete") for one in stack.has(FUNCTION))


def test_a_replacement_whose_answer_was_lost_is_asked_for(stack: DoubledStack) -> None:
    stack.there.update({"old", "new"})
    stack.begin(stands(queue("old"), "old"))
    stack.plan.append(queue("new"))
    assert recovered(stack, no).left_alone == ["ServiceQueue new"]
    assert [(one["id"], one.get("delete")) for one in stack.has(QUEUE)] == [("old", None)]
    assert recovered(stack, yes).taken_in == ["ServiceQueue new"]
    found = [(one["id"], one.get("delete")) for one in stack.has(QUEUE)]
    assert found == [("new", None), ("old", True)]


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
