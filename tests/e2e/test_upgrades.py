"""A stack that an earlier version of the package made previews here with nothing replaced.

The states are made by `python -m tests.e2e.record_state VERSION`, at each release.
"""

import json
from pathlib import Path

import pytest

from tests.e2e.record_state import STATES
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

HARMLESS = {"same", "update", "read"}
"""Steps that leave a resource in its place: `update` is a new argument or a better text."""

RENAMED = {
    "alicloud:ram/policy:Policy",
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment",
}
"""Since 0.1.0-alpha a policy's name has the hash of its document, so that another document is
attached before the former one goes. The new one is made first, and nothing is kept in either."""


@pytest.mark.parametrize("state", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_stack_of_an_earlier_version_keeps_every_resource(
    state: Path, cloud: RunningCloud, program: Path
) -> None:
    stack = Stack(program, cloud.port)
    resources = json.loads(state.read_text())["deployment"]["resources"]
    assert len(resources) >= 15
    imported = stack.pulumi("stack", "import", "--file", str(state))
    assert imported.exit_code == 0, imported.text
    previewed = stack.pulumi("preview", "--json")
    assert previewed.exit_code == 0, previewed.text
    plan = json.loads(previewed.stdout)
    moved = {
        step["urn"].split("$")[-1].split("::")[0]
        for step in plan["steps"]
        if step["op"] not in HARMLESS
    }
    assert moved <= RENAMED, moved
    kept = sum(count for step, count in plan["changeSummary"].items() if step in HARMLESS)
    assert kept >= len(resources) - 1 - len(RENAMED)  # the provider's own entry has no step
