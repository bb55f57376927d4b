"""A stack that an earlier version of the package made previews here with nothing replaced but the
role's policy, where that had no hash of its content in its name.

Such a policy is replaced once, the new one attached before the old one is detached: from then on a
renamed queue is allowed before the former one no longer is, which a policy that is changed in place
cannot do (see test_replacements). Neither holds any data.

The states are made by `python -m tests.e2e.record_state VERSION`, at each release.
"""

import json
from pathlib import Path

import pytest

from tests.e2e.record_state import STATES
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

REPLACED_ONCE = {
    "alicloud:ram/policy:Policy",
    "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment",
}
"""By type, what a stack of before 0.2.0 has replaced."""
HARMLESS = {"same", "update"}
"""Steps that leave every resource in its place: `update` is a new argument or a better text."""


@pytest.mark.parametrize("state", sorted(STATES.glob("*.json")), ids=lambda path: path.stem)
def test_a_stack_of_an_earlier_version_keeps_every_resource(
    state: Path, cloud: RunningCloud, program: Path
) -> None:
    stack = Stack(program, cloud.port)
    resources = json.loads(state.read_text())["deployment"]["resources"]
    assert len(resources) >= 15
    imported = stack.pulumi("stack", "import", "--file", str(state))
    assert imported.exit_code == 0, imported.text
    ran = stack.pulumi("preview", "--json")
    assert ran.exit_code == 0, ran.text
    told = json.loads(ran.stdout)
    steps = {(type_of(step["urn"]), step["op"]) for step in told["steps"]}
    assert {kind for kind, op in steps if op not in HARMLESS} <= REPLACED_ONCE, steps
    assert set(told["changeSummary"]) <= {*HARMLESS, "replace"}
    # all but the provider's own entry
    assert sum(told["changeSummary"].values()) >= len(resources) - 1


def type_of(urn: str) -> str:
    """The type token in a URN, without those of the parents."""
    return urn.split("::")[2].rpartition("$")[2]
