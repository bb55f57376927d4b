"""`pulumi up`, preview and destroy of an AsyncTask, against the same resources written by hand."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Aim, Comparison
from bench.pulumi_programs import Program
from bench.scale import Scale
from bench.task_cloud import cloud

AGAINST = "the same nine resources, written by hand"
COMMANDS = ("up", "preview", "destroy")


def measure(scale: Scale) -> Iterator[Comparison]:
    """Each command in turn for the one and the other, on one localcloud."""
    found: dict[str, dict[str, list[float]]] = {
        command: {"ours": [], "theirs": []} for command in COMMANDS
    }
    with tempfile.TemporaryDirectory() as folder, cloud() as running:
        programs = {
            "ours": Program("async_task", Path(folder) / "async_task", running.port),
            "theirs": Program("hand_written", Path(folder) / "hand_written", running.port),
        }
        for program in programs.values():  # stack, plugins and bytecode are there afterwards
            program.up()
            program.destroy()
        for _ in range(scale.stacks):
            for command in COMMANDS:
                for name, program in programs.items():
                    found[command][name].append(getattr(program, command)())
                if command == "up":
                    counts = {program.resources() for program in programs.values()}
                    assert counts == {9}, counts
    for command, of in found.items():
        what = "no-change preview" if command == "preview" else command
        yield Comparison(
            f"pulumi {what} of an AsyncTask",
            "s",
            of["ours"],
            AGAINST,
            of["theirs"],
            Aim(at_most=1.05),
        )
