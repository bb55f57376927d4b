"""How much is measured: enough to compare, or just enough to see that every part runs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Counts and seconds of the parts."""

    rounds: int  # turns of ours and theirs
    backlog: int  # tasks
    submissions: int
    sdk_submissions: int
    cycle_seconds: float
    warm_up_seconds: float  # of each queue server, before the first turn
    cold: int  # first calls of new instances in a turn
    warm: int
    starts: int  # of each server
    stacks: int  # turns of up, preview, destroy
    stored: tuple[int, ...]  # tasks, the first one is what the others are compared with
    queued: int  # tasks that wait
    tasks_in_a_program: tuple[int, ...]
    whole: bool  # all unit tests and the demo again and again, or some of them and one demo


FULL = Scale(
    rounds=5,
    backlog=5_000,
    submissions=5_000,
    sdk_submissions=2_000,
    cycle_seconds=6,
    warm_up_seconds=45,
    cold=20,
    warm=1_000,
    starts=5,
    stacks=7,
    stored=(1_000, 100_000, 1_000_000),
    queued=100_000,
    tasks_in_a_program=(1, 10, 50),
    whole=True,
)

QUICK = Scale(
    rounds=1,
    backlog=200,
    submissions=200,
    sdk_submissions=64,
    cycle_seconds=0.5,
    warm_up_seconds=0.5,
    cold=2,
    warm=20,
    starts=1,
    stacks=1,
    stored=(100, 1_000),
    queued=500,
    tasks_in_a_program=(1, 2),
    whole=False,
)
