"""1, 10 and 50 AsyncTasks in one program: whether one more costs more the more there are."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Aim, Comparison
from bench.provisioning import COMMANDS
from bench.pulumi_programs import Program
from bench.scale import Scale
from bench.task_cloud import cloud

BY_HAND = {
    "as many times the nine resources, written by hand": {},
    "the same in the same five components, which do nothing": {"components": True},
}


def measure(scale: Scale) -> Iterator[Comparison]:
    """Seconds for each task, against those of the program with one; and the largest by hand.

    By hand in components shows what those cost by themselves: the engine writes the whole state at
    the beginning and the end of each one's registration, and at that of its outputs.
    """
    per_task: dict[tuple[str, int], float] = {}
    first, *more = scale.tasks_in_a_program
    with tempfile.TemporaryDirectory() as folder, cloud() as running:

        def program(name: str, count: int, **settings: bool) -> Program:
            at = Path(folder) / "-".join((f"{name}{count}", *settings))
            return Program(name, at, running.port, {"tasks": count, **settings})

        for count in scale.tasks_in_a_program:
            many = program("many_tasks", count)
            if count == first:  # plugins and bytecode are there afterwards
                many.up()
                many.destroy()
            for command in COMMANDS:
                per_task[command, count] = getattr(many, command)() / count
        by_hand = {
            what: program("hand_written", more[-1], **settings).up() / more[-1]
            for what, settings in BY_HAND.items()
        }
    for command in COMMANDS:
        for count in more:
            yield Comparison(
                f"pulumi {command} of {count} AsyncTasks in one program, for each",
                "s",
                [per_task[command, count]],
                f"a program with {first}",
                [per_task[command, first]],
                Aim(at_most=1),
            )
    for what, seconds in by_hand.items():
        yield Comparison(
            f"pulumi up of {more[-1]} AsyncTasks in one program, for each",
            "s",
            [per_task["up", more[-1]]],
            what,
            [seconds],
            Aim(at_most=1.05),
        )
