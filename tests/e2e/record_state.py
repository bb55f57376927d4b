"""Record the state that a version of the package leaves, for later versions to be tried on.

    python -m tests.e2e.record_state VERSION [--from CHECKOUT]

Writes tests/e2e/states/VERSION.json: the dev stack of a checkout, as `pulumi stack export` gives
it, without what tells where it was made.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.e2e.stack import ROOT, Stack, copy_program
from tests.running_cloud import running_cloud

STATES = Path(__file__).parent / "states"
_PLACES = ("sourcePosition", "stackTrace")


def recorded(checkout: Path) -> dict[str, Any]:
    """The state of the dev stack that the program in `checkout` makes on a new localcloud."""
    with tempfile.TemporaryDirectory() as name, running_cloud(Path(name)) as cloud:
        program = copy_program(Path(name) / "program", checkout)
        stack = Stack(program, cloud.port, environment={"PYTHONPATH": str(program / "components")})
        stack.up()
        exported = stack.pulumi("stack", "export")
        assert exported.exit_code == 0, exported.text
        state: dict[str, Any] = json.loads(exported.stdout)
        for resource in state["deployment"]["resources"]:
            for place in _PLACES:
                resource.pop(place, None)
        return state


def main() -> None:
    """Record one."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.record_state")
    parser.add_argument("version")
    parser.add_argument("--from", dest="checkout", type=Path, default=ROOT)
    chosen = parser.parse_args()
    state = json.dumps(recorded(chosen.checkout.resolve()), indent=1, sort_keys=True)
    if "/" + ROOT.parts[1] + "/" in state:
        sys.exit("the state names a path of this machine")
    STATES.mkdir(exist_ok=True)
    (STATES / f"{chosen.version}.json").write_text(state + "\n")


if __name__ == "__main__":
    main()
