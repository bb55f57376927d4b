"""`go vet` and `go test` of our Go sources, with the build's own flags.

Other flags would have the engine's and provider's two thousand packages compiled a second time.
"""

from __future__ import annotations

import subprocess

from toolchain import go_command, sources
from toolchain.cache import alone, cache_folder

PACKAGES = ("./pulumi-language-python", "./pulumi-resource-alicloud")


def check() -> int:
    """Run both over our packages; gives the exit code of the first that fails."""
    go = go_command.go_on_path() or go_command.go_in_cache()
    if go is None:
        with alone(cache_folder() / "lock", lambda: print("Waiting for another set-up.")):
            go = go_command.install_go(cache_folder() / "set-up.log")
    for task in ("vet", "test"):
        command = [str(go.command), task, *sources.COMPILER_FLAGS, *PACKAGES]
        done = subprocess.run(command, cwd=sources.GO_FOLDER, env=go.environment(), check=False)
        if done.returncode != 0:
            return done.returncode
    return 0
