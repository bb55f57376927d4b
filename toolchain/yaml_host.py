"""Pulumi's own language host for YAML, for programs in YAML: `python -m toolchain yaml`.

What Pulumi installs has it. Where the engine was built, it is built beside it when somebody wants
it: its module is there already, and all but two of its packages are compiled.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from toolchain import go_command, process, sources
from toolchain.cache import alone, cache_folder
from toolchain.record import Toolchain, ToolchainError

PACKAGE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
NAME = "pulumi-language-yaml"


def ensure_yaml_host(toolchain: Toolchain) -> Path:
    """The host's executable, which lies beside the engine; built if need be, in seconds.

    Raises ToolchainError where Pulumi was installed without it, or it cannot be built.
    """
    host = toolchain.pulumi.with_name(NAME)
    if host.is_file():
        return host
    if toolchain.origin["engine"] != "built":
        raise ToolchainError(
            f"The Pulumi of {toolchain.pulumi} has no {NAME} beside it, as the official one has: "
            "install Pulumi again, whole."
        )
    log = cache_folder() / "yaml.log"
    with alone(cache_folder() / "lock", lambda: None):
        if not host.is_file():
            try:
                _build(host, log)
            except process.StepFailed as failed:
                lines = "\n".join(failed.tail)
                raise ToolchainError(
                    f"{NAME} could not be built: {failed}.\n{lines}\nAll that was printed is in "
                    f"{log}. Check that the Go module proxy can be reached, then run it again."
                ) from failed
    return host


def _build(host: Path, log: Path) -> None:
    go = go_command.go_on_path() or go_command.go_in_cache() or go_command.install_go(log)
    with tempfile.TemporaryDirectory(prefix=f".{NAME}-", dir=cache_folder()) as folder:
        process.run(
            [str(go.command), "build", *sources.COMPILER_FLAGS, sources.linker_flags()]
            + ["-o", f"{folder}/", PACKAGE],
            log=log,
            env=go.environment(),
            cwd=sources.GO_FOLDER,
        )
        (Path(folder) / NAME).replace(host)
