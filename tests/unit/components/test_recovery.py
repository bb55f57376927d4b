"""What the recovery command does to a stack, on a double of `pulumi`."""

from collections.abc import Sequence

import pytest
from fc_async_tasks.provider_ids import FUNCTION, LOG_PROJECT, LOGSTORE, NOT_KNOWN_YET, QUEUE
from fc_async_tasks.recovery import Recovered

from tests.unit.components.recovery_double import (
    PROVIDER,
    DoubledStack,
    function,
    logstore,
    never,
    no,
    project,
    queue,
    recovered,
    stands,
    urn,
    without_roots,
    yes,
)


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


def test_what_was_taken_in_is_followed_however_far_it_leads(stack: DoubledStack) -> None:
    """Index, function, configuration: each one's name is known when the one before it is there."""
    ids = [f"q{number}" for number in range(9)]
    stack.there.update(ids)

    def plan() -> None:
        known = ids[: 1 + len(stack.has(QUEUE))]
        stack.plan[:] = [{**queue(each), "urn": f"{urn(QUEUE)}-{each}"} for each in known]

    stack.at["preview"] = plan
    assert recovered(stack, yes).taken_in == [f"ServiceQueue {each}" for each in ids]


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


def test_what_has_a_provider_that_needs_another_resource_is_found_from_an_empty_stack(
    stack: DoubledStack,
) -> None:
    """Its arguments are known, and it is in the state, once that resource is there."""
    explicit = {**stack.deployment["resources"][1], "urn": f"{PROVIDER}-explicit", "id": "2"}
    planned = {**queue("q"), "provider": f"{explicit['urn']}::{NOT_KNOWN_YET}"}
    without_roots(stack).plan.extend([project("p"), planned])
    stack.there.update({"p", "q"})

    def refresh() -> None:
        if stack.has(LOG_PROJECT) and explicit not in stack.roots:
            stack.roots.append(explicit)

    stack.at["refresh"] = refresh
    done = recovered(stack, yes)
    assert done.taken_in == ["Project p", "ServiceQueue q"]
    assert [one["provider"] for one in stack.has(QUEUE)] == [f"{explicit['urn']}::2"]
    assert recovered(stack, never) == Recovered()


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
