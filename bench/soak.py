"""Mixed load for a while, with kills: does anything grow that should not?

    python -m bench.soak --minutes 20

Prints a line for every sample and a verdict for each figure; exit code 1 when one grew. History is
kept for seven days, as Function Compute keeps it, so the database grows with it: what must stay the
same is what one stored task costs.
"""

import argparse
import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mns.mns_exception import MNSExceptionBase

from tests.contract.task_stack import FINAL, GUIDE_POLICY, SWITCH, TaskStack, queue_arn
from tests.running_cloud import RunningCloud, running_cloud

THREADS = 4
EVENTS: Sequence[tuple[str, Any]] = (
    ("succeeds", {}),
    ("fails", {"raise": "on purpose"}),
    ("exits", {"exit": 3}),
    ("is stopped", {"sleep": 30}),
)
ALLOWED_GROWTH = 1.15  # of the last quarter over the third: the machine is shared
ALLOWED_STEP = {"memory, MB": 12.0, "open files": 12, "threads": 4, "processes": 6}
"""What a figure may be larger by all the same: small numbers jump."""


@dataclass(frozen=True)
class Sample:
    """What the server and its children take at a moment."""

    at: float
    memory: float
    files: int
    threads: int
    processes: int
    database: int
    tasks: int


@dataclass
class Soak:
    """One localcloud, one function, its queue, and what was done so far."""

    cloud: RunningCloud
    stack: TaskStack
    job: str
    queue: str
    done: Counter[str] = field(default_factory=Counter[str])
    accepted: set[str] = field(default_factory=set[str])
    failures: list[str] = field(default_factory=list[str])
    samples: list[Sample] = field(default_factory=list[Sample])
    stopping: threading.Event = field(default_factory=threading.Event)

    def work(self, seed: int) -> None:
        """One client, until it is told to stop. A localcloud that was killed is tried again."""
        chance = random.Random(seed)  # noqa: S311 - the same load every time
        actions = (self.submit, self.submit, self.submit, self.look, self.receive, self.call)
        while not self.stopping.is_set():
            action = chance.choice(actions)
            try:
                action(chance)
                self.done[action.__name__] += 1
            except (OSError, MNSExceptionBase) as error:
                self._trouble(error)
            except Exception as error:  # noqa: BLE001 - the SDK wraps what the connection raised
                self._trouble(error)

    def _trouble(self, error: Exception) -> None:
        status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
        if isinstance(status, int) and status >= 500:
            self.failures.append(f"{type(error).__name__}: {error}")
        self.done["not answered"] += 1
        self.stopping.wait(0.05)

    def submit(self, chance: random.Random) -> None:
        """One task; a long one is stopped, a failed one is submitted again by `look`."""
        kind, event = chance.choice(EVENTS)
        task_id = f"t-{uuid.uuid4().hex}"
        self.stack.submit(self.job, event, x_fc_async_task_id=task_id)
        self.accepted.add(task_id)
        if kind == "is stopped":
            self.stack.stop(self.job, task_id)

    def look(self, chance: random.Random) -> None:
        """A page of failed tasks, one of them with its payload, submitted again."""
        page = self.stack.tasks(self.job, status="Failed", limit=20).tasks or []
        if page:
            task = self.stack.task(self.job, chance.choice(page).task_id)
            task_id = f"r-{uuid.uuid4().hex}"
            self.stack.submit(
                self.job, json.loads(task.task_payload or "{}"), x_fc_async_task_id=task_id
            )
            self.accepted.add(task_id)

    def receive(self, _: random.Random) -> None:
        """A batch of messages, taken and deleted."""
        handle = self.stack.smq.get_queue(self.queue)
        try:
            received = handle.batch_receive_message(16, 1)
        except MNSExceptionBase as error:
            if getattr(error, "type", "") != "MessageNotExist":
                raise
            return
        handle.batch_delete_message([message.receipt_handle for message in received])
        self.done["messages"] += len(received)

    def call(self, _: random.Random) -> None:
        """A synchronous call."""
        self.stack.call(self.job, b"{}")

    def sample(self, began: float) -> Sample:
        """Measure now."""
        pid = self.cloud.process.pid
        status = Path(f"/proc/{pid}/status").read_text()
        taken = Sample(
            time.monotonic() - began,
            _number(status, "VmRSS:") / 1024,
            len(os.listdir(f"/proc/{pid}/fd")),  # noqa: PTH208 - a count of names
            _number(status, "Threads:"),
            len(descendants(pid)),
            sum(path.stat().st_size for path in self.cloud.data.glob("*.sqlite3")),
            len(self.accepted),
        )
        self.samples.append(taken)
        return taken


def soak(minutes: float, say: Callable[[str], None], *, kill_every: float = 60) -> list[str]:
    """Run the load for so many minutes; what went wrong, in sentences: nothing when all is well.

    Every `kill_every` seconds an instance of the function is killed, and in the first half, as a
    new process begins small, localcloud too, which is started again.
    """
    with tempfile.TemporaryDirectory() as folder, running_cloud(Path(folder)) as cloud:
        stack = TaskStack(cloud)
        queue = stack.queue()
        to = queue_arn(queue)
        job = stack.function(
            source=SWITCH, role=stack.role(GUIDE_POLICY), success=to, failure=to, timeout=60
        )
        run = Soak(cloud, stack, job, queue)
        threads = [threading.Thread(target=run.work, args=(seed,)) for seed in range(THREADS)]
        for thread in threads:
            thread.start()
        try:
            _drive(run, minutes * 60, kill_every, say)
        finally:
            run.stopping.set()
            for thread in threads:
                thread.join()
        say(json.dumps(dict(run.done)))
        return [*run.failures[:5], *_unfinished(run), *verdicts(run.samples, say)]


def _drive(run: Soak, seconds: float, kill_every: float, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    interval = max(2.0, seconds / 80)
    next_kill, kill_server = began + kill_every / 2, False
    while (now := time.monotonic()) < began + seconds:
        if now >= next_kill:
            next_kill, kill_server = now + kill_every / 2, not kill_server
            _kill(run, kill_server and now < began + seconds / 2, say)
        taken = run.sample(began)
        say(
            f"{taken.at:7.0f} s {taken.memory:7.1f} MB {taken.files:4d} files "
            f"{taken.threads:3d} threads {taken.processes:3d} processes "
            f"{taken.database / 1e6:8.1f} MB stored {taken.tasks:7d} tasks"
        )
        run.stopping.wait(interval)


def _kill(run: Soak, server: bool, say: Callable[[str], None]) -> None:
    if server:
        run.cloud.kill()
        run.cloud.restart()
        say("localcloud was killed and started again")
    elif children := descendants(run.cloud.process.pid):
        with suppress(ProcessLookupError):
            os.kill(children[-1], signal.SIGKILL)
        say("the process of an instance was killed")


def _unfinished(run: Soak) -> list[str]:
    """Accepted tasks that do not come to their end once the load is over."""
    left = set(run.accepted)
    deadline = time.monotonic() + 120
    while left and time.monotonic() < deadline:
        left = {task for task in left if run.stack.task(run.job, task).status not in FINAL}
    return [f"{len(left)} of {len(run.accepted)} accepted tasks did not end"] if left else []


def verdicts(samples: Sequence[Sample], say: Callable[[str], None]) -> list[str]:
    """Compare the last quarter of the samples with the third; sentences about what grew."""
    quarter = len(samples) // 4
    early, late = samples[-2 * quarter : -quarter], samples[-quarter:]
    if not quarter:
        return ["too few samples to tell anything"]
    grown: list[str] = []
    figures: dict[str, Callable[[Sample], float]] = {
        "memory, MB": lambda sample: sample.memory,
        "open files": lambda sample: sample.files,
        "threads": lambda sample: sample.threads,
        "processes": lambda sample: sample.processes,
    }
    for name, figure in figures.items():
        before = statistics.median(map(figure, early))
        after = statistics.median(map(figure, late))
        say(f"{name}: {before:.1f} in the third quarter, {after:.1f} in the last")
        if after > before * ALLOWED_GROWTH and after - before > ALLOWED_STEP[name]:
            grown.append(f"{name} grew from {before:.1f} to {after:.1f}")
    before, after = _bytes_a_task(samples[: 2 * quarter]), _bytes_a_task(samples[2 * quarter :])
    say(f"bytes stored for a task: {before:.0f} in the first half, {after:.0f} in the second")
    if after > before * 1.3:
        grown.append(f"what a task costs in the database grew from {before:.0f} to {after:.0f}")
    return grown


def _bytes_a_task(samples: Sequence[Sample]) -> float:
    tasks = samples[-1].tasks - samples[0].tasks
    return (samples[-1].database - samples[0].database) / max(tasks, 1)


def _number(status: str, name: str) -> int:
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name))


def descendants(pid: int) -> list[int]:
    """The processes below one, nearest first; one that ends meanwhile has none."""
    children: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += [int(child) for child in (task / "children").read_text().split()]
    return [found for child in children for found in (child, *descendants(child))]


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--minutes", type=float, default=20)
    wrong = soak(parser.parse_args().minutes, lambda line: print(line, flush=True))
    for sentence in wrong:
        print(f"soak: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
