"""A stack that an earlier version of the package made previews here with nothing replaced.

The states are made by `python -m tests.e2e.record_state VERSION`, at each release.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.record_state import STATES
from tests.e2e.stack import Stack
from tests.running_cloud import RunningCloud

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
    steps = Counter(stack.preview())
    assert set(steps) <= HARMLESS, steps
    assert sum(steps.values()) >= len(resources) - 1  # all but the provider's own entry
