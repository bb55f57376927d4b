"""A stack that an earlier version of the package made previews here with nothing replaced.

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

HARMLESS = {"same", "update", "read"}
"""Steps that leave a resource in its place: `update` is a new argument or a better text."""

BEFORE_HASHES = "0.1.0-alpha"
"""The version in which a policy had its role's name alone, without a hash of its document."""


def resources_in(state: Path) -> list[dict[str, Any]]:
    """What a state has; the provider's own entry has no step in a plan."""
    resources = json.loads(state.read_text())["deployment"]["resources"]
    return [one for one in resources if not one["type"].startswith("pulumi:providers:")]


def policy_names(stack: Stack) -> list[str]:
    """The names of the stack's policies, as its state has them."""
    exported = json.loads(stack.pulumi("stack", "export").stdout)["deployment"]["resources"]
    return [
        one["outputs"]["policyName"] for one in exported if one["type"].endswith("policy:Policy")
    ]


def imported(version: str, program: Path, cloud: RunningCloud) -> Stack:
    """A stack whose state is the one that the version left."""
    stack = Stack(program, cloud.port)
    ran = stack.pulumi("stack", "import", "--file", str(STATES / f"{version}.json"))
    assert ran.exit_code == 0, ran.text
    return stack


def test_every_released_version_has_left_its_state() -> None:
    versions = {state.stem for state in STATES.glob("*.json")}
    assert versions >= {*released(CHANGELOG.read_text(encoding="utf-8")), BEFORE_HASHES}


@pytest.mark.parametrize("state", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_stack_of_an_earlier_version_keeps_every_resource(
    state: Path, cloud: RunningCloud, program: Path
) -> None:
    resources = resources_in(state)
    assert len(resources) >= 15
    stack = imported(state.stem, program, cloud)
    previewed = stack.pulumi("preview", "--json")
    assert previewed.exit_code == 0, previewed.text
    summary = json.loads(previewed.stdout)["changeSummary"]
    assert set(summary) <= HARMLESS
    assert sum(summary.values()) >= len(resources)


def test_a_policy_without_a_hash_stays_until_its_text_changes_and_then_goes_last(
    cloud: RunningCloud, program: Path
) -> None:
    stack = imported(BEFORE_HASHES, program, cloud)
    (former,) = policy_names(stack)
    upgraded = stack.pulumi("up", "--yes", "--skip-preview")
    assert upgraded.exit_code == 0, upgraded.text
    assert policy_names(stack) == [former]
    stack.set("queueName", "renamed")
    plan = json.loads(stack.pulumi("preview", "--json").stdout)
    replaced = [
        step["newState"]["inputs"]["policyName"]
        for step in plan["steps"]
        if step["op"] == "replace" and step["urn"].split("$")[-1].startswith("alicloud:ram/policy")
    ]
    assert [name.rpartition("-")[0] for name in replaced] == [former]
