"""Put pulumi, localcloud and fctask on the PATH of the steps that follow.

GITHUB_PATH and GITHUB_ENV name the files that GitHub reads after each step.
"""

import os
import sysconfig
from pathlib import Path

import toolchain


def main() -> None:
    """Raises SystemExit with a sentence where `make setup` has not run."""
    found = toolchain.find()
    if found is None:
        raise SystemExit("there is no Pulumi toolchain yet: run `make setup` before this.")
    with Path(os.environ["GITHUB_PATH"]).open("a") as path:
        for entry in (*found.path_entries, sysconfig.get_path("scripts")):
            path.write(f"{entry}\n")
    if found.home is not None:
        with Path(os.environ["GITHUB_ENV"]).open("a") as environment:
            environment.write(f"PULUMI_HOME={found.home}\n")


main()
