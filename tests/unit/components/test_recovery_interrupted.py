"""Recovery that is interrupted, killed or fails leaves nothing that it only looked for."""

import pytest
from fc_async_tasks.provider_ids import QUEUE
from fc_async_tasks.recovery import PulumiFailed, Recovered
from fc_async_tasks.recovery.state_edits import look_for

from tests.unit.components.recovery_double import (
    DoubledStack,
    Entry,
    interrupted,
    queue,
    recovered,
    stands,
    without_roots,
    yes,
)


def test_an_interrupt_at_the_question_leaves_nothing_taken_in(stack: DoubledStack) -> None:
    stack.plan.append(queue("q"))
    stack.there.add("q")
    with pytest.raises(KeyboardInterrupt):
        recovered(stack, interrupted)
    assert stack.has(QUEUE) == []


def interrupt(stack: DoubledStack, heard_by: str, number: int = 1) -> None:
    """Have the command of this word and number be interrupted when its work is done already."""

    def heard() -> None:
        if stack.asked.count(heard_by) == number:
            del stack.after[heard_by]
            raise KeyboardInterrupt

    stack.after[heard_by] = heard


@pytest.mark.parametrize("heard_by", ["preview", "import"])
def test_an_interrupt_leaves_nothing_looked_for_in_the_state(
    stack: DoubledStack, heard_by: str
) -> None:
    stack.there.update({"old", "new", "oldest"})
    stack.begin(stands(queue("old"), "old"), stands(queue("oldest"), "oldest", delete=True))
    before = [dict(one) for one in stack.has(QUEUE)]
    stack.plan.append(queue("new"))
    interrupt(stack, heard_by)
    with pytest.raises(KeyboardInterrupt):
        recovered(stack)
    assert [without_what_was_read(one) for one in stack.has(QUEUE)] == before
    assert recovered(stack, yes).taken_in == ["ServiceQueue new"]


@pytest.mark.parametrize(
    ("heard_by", "number"), [("export", 1), ("export", 2), ("export", 3), ("import", 1)]
)
def test_an_interrupt_leaves_begun_what_was_begun(
    stack: DoubledStack, heard_by: str, number: int
) -> None:
    stack.there.update({"old", "new"})
    stack.begin(stands(queue("old"), "old"), pending=[queue("new")])
    before = list(stack.deployment["pending_operations"])
    interrupt(stack, heard_by, number)
    with pytest.raises(KeyboardInterrupt):
        recovered(stack)
    assert [(one["id"], one.get("delete")) for one in stack.has(QUEUE)] == [("old", None)]
    assert stack.deployment["pending_operations"] == before
    assert recovered(stack).taken_in == ["ServiceQueue new"]


@pytest.mark.parametrize("at_the_question", [True, False])
def test_an_interrupt_leaves_an_empty_stack_empty(
    stack: DoubledStack, at_the_question: bool
) -> None:
    without_roots(stack).plan.append(queue("q"))
    stack.there.add("q")
    if not at_the_question:
        interrupt(stack, "refresh", 2)  # which brings the program's components and provider
    with pytest.raises(KeyboardInterrupt):
        recovered(stack, interrupted)
    assert stack.deployment["resources"] == []


def without_what_was_read(entry: Entry) -> Entry:
    outputs = {name: value for name, value in entry["outputs"].items() if name != "read"}
    return {**entry, "outputs": outputs}


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


def test_an_interrupt_as_something_is_taken_in_leaves_it_what_it_hangs_on(
    stack: DoubledStack,
) -> None:
    without_roots(stack).plan.append(queue("q"))
    stack.there.add("q")
    interrupt(stack, "import", 3)  # put in to look for it, taken out, and taken in
    with pytest.raises(KeyboardInterrupt):
        recovered(stack, yes)
    assert [one["id"] for one in stack.has(QUEUE)] == ["q"]
    assert recovered(stack) == Recovered()


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
