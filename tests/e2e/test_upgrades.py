"""A stack that a released version of the package made previews here with nothing replaced.

The states are made by `python -m tests.e2e.record_state VERSION`, at each release.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from release.changelog import CHANGELOG, released
from tests.e2e.record_state import STATES
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

RELEASED = sorted(released(CHANGELOG.read_text(encoding="utf-8")))
PRE_RELEASE = "0.1.0-alpha"
"""Its policies had their role's name alone, without the hash by which another document is another
policy, attached before the former one goes."""

HARMLESS = {"same", "update", "read"}
"""Steps that leave a resource in its place: `update` is a new argument or a better text."""


def resources_of(version: str) -> list[dict[str, Any]]:
    """What the version left in the state; the provider's own entry has no step in a plan."""
    state = json.loads((STATES / f"{version}.json").read_text())
    resources: list[dict[str, Any]] = state["deployment"]["resources"]
    return [one for one in resources if not one["type"].startswith("pulumi:providers:")]


def imported(version: str, program: Path, cloud: RunningCloud) -> Stack:
    """A stack whose state is the one that the version left."""
    stack = Stack(program, cloud.port)
    ran = stack.pulumi("stack", "import", "--file", str(STATES / f"{version}.json"))
    assert ran.exit_code == 0, ran.text
    return stack


def plan_of(stack: Stack) -> dict[str, Any]:
    """The plan of this version's program."""
    previewed = stack.pulumi("preview", "--json")
    assert previewed.exit_code == 0, previewed.text
    plan: dict[str, Any] = json.loads(previewed.stdout)
    return plan


def replaced_in(plan: dict[str, Any]) -> set[str]:
    """The types of what a plan replaces."""
    steps = [step for step in plan["steps"] if step["op"] == "replace"]
    return {step["urn"].split("$")[-1].partition("::")[0] for step in steps}


@pytest.mark.parametrize("version", RELEASED)
def test_a_stack_of_a_released_version_keeps_every_resource(
    version: str, cloud: RunningCloud, program: Path
) -> None:
    resources = resources_of(version)
    assert len(resources) >= 15
    summary = plan_of(imported(version, program, cloud))["changeSummary"]
    assert set(summary) <= HARMLESS
    assert sum(summary.values()) >= len(resources)


@pytest.mark.parametrize("version", RELEASED)
def test_its_first_update_may_rename_the_queue(
    version: str, cloud: RunningCloud, program: Path
) -> None:
    stack = imported(version, program, cloud)
    stack.set("queueName", "renamed-results")
    assert "alicloud:ram/policy:Policy" in replaced_in(plan_of(stack))  # not changed in place


def test_of_the_pre_release_the_policy_and_its_attachment_alone_are_replaced(
    cloud: RunningCloud, program: Path
) -> None:
    plan = plan_of(imported(PRE_RELEASE, program, cloud))
    assert replaced_in(plan) == {
        "alicloud:ram/policy:Policy",
        "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment",
    }
    assert set(plan["changeSummary"]) <= HARMLESS | {"replace"}
    assert plan["changeSummary"]["replace"] == 2
