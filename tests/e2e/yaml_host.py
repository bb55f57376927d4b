"""Pulumi's own language host for YAML, which the engine needs for programs in YAML."""

from pathlib import Path

import toolchain
from toolchain import go_command, process, sources
from toolchain.cache import alone, cache_folder, made_whole

PACKAGE = "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
NAME = "pulumi-language-yaml"


def yaml_host() -> Path:
    """The folder that has it: the engine's own, or one in the cache, where it is built once.

    It is part of what Pulumi installs. Where the engine was built, its module is there already, and
    all but two packages are compiled: that took 3 seconds.
    """
    tools = toolchain.find()
    assert tools is not None
    beside = tools.pulumi.parent
    if (beside / NAME).is_file():
        return beside
    target = cache_folder() / f"yaml-{beside.name}"
    with alone(cache_folder() / "yaml.lock", lambda: None):
        if not (target / NAME).is_file():
            _build(target)
    return target


def _build(target: Path) -> None:
    go = go_command.go_on_path() or go_command.go_in_cache()
    assert go is not None, "the engine was built with a Go that is no longer there"
    with made_whole(target) as folder:
        process.run(
            [str(go.command), "build", *sources.COMPILER_FLAGS, sources.linker_flags()]
            + ["-o", f"{folder}/", PACKAGE],
            log=cache_folder() / "yaml.log",
            env=go.environment(),
            cwd=sources.GO_FOLDER,
        )
