"""Mixed load for a while, with kills: does anything grow that should not?

    python -m bench.soak --minutes 20

Prints a line for every sample and a verdict for each figure; exit code 1 when one grew, when a call
was refused, or when so little was done that the figures say nothing. History is kept for seven
days, as Function Compute keeps it, so the database grows with it: what must stay the same is what
one stored task costs. Its write-ahead log, code packages and what instances leave do not grow.
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
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mns.mns_exception import MNSExceptionBase, MNSServerException

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
ALLOWED_STEP = {
    "memory, MB": 12.0,
    "open files": 12,
    "threads": 4,
    "processes": 6,
    "write-ahead log, MB": 8.0,
    "files of code and instances": 30,
    "code and instances, MB": 2.0,
}
"""What a figure may be larger by all the same: small numbers jump."""
ALLOWED_UNANSWERED = 0.5  # of all calls: while localcloud starts again the threads ask on
LEAST_A_MINUTE = {"submit": 60, "look": 5, "receive": 5, "call": 10, "messages": 30}
"""Of each action, on a machine that does much else; and the messages that were received."""


@dataclass(frozen=True)
class Sample:
    """What the server and its children take at a moment."""

    at: float
    memory: float
    files: int
    threads: int
    processes: int
    database: int  # bytes, without what only the write-ahead log has
    log: int  # bytes of the write-ahead log
    kept_files: int  # in the folders of code packages and instances
    kept: int  # their bytes
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
    failures: Counter[str] = field(default_factory=Counter[str])
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
            except Exception as error:  # noqa: BLE001 - the SDKs wrap what the connection raised
                self._trouble(action.__name__, error)

    def _trouble(self, action: str, error: Exception) -> None:
        """A refusal is a failure of the run; no answer at all is what a kill explains."""
        status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
        if isinstance(status, int) or isinstance(error, MNSServerException):
            self.failures[f"{action}: {type(error).__name__}: {error}"[:300]] += 1
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
        self.done["messages"] += len(received)
        try:
            handle.batch_delete_message([message.receipt_handle for message in received])
        except MNSExceptionBase as error:
            if getattr(error, "type", "") != "ReceiptHandleError":
                raise
            self.done["deleted before"] += 1

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
            _size(self.cloud.data / "localcloud.sqlite3"),
            _size(self.cloud.data / "localcloud.sqlite3-wal"),
            *_held_in(self.cloud.data / "code", self.cloud.data / "instances"),
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
        refused = [f"{times} times: {what}" for what, times in run.failures.most_common(5)]
        return [
            *refused,
            *deleted_before(run.done),
            *too_little(run.done, minutes),
            *_unfinished(run),
            *verdicts(run.samples, say),
        ]


def deleted_before(done: Mapping[str, int]) -> list[str]:
    """A sentence where more batches were deleted already than had their answer lost in a kill.

    SMQ's SDK asks again where a connection ends, and each thread has one request at a time.
    """
    explained = done.get("kills of localcloud", 0) * THREADS
    batches = done.get("deleted before", 0)
    if batches <= explained:
        return []
    return [f"{batches} batches were gone when they were deleted, kills explain {explained}"]


def too_little(done: Mapping[str, int], minutes: float) -> list[str]:
    """Sentences about what was not done, or was not answered, so often that nothing is shown."""
    wrong = [
        f"{what}: {done.get(what, 0)} in {minutes:g} minutes, at least {least * minutes:.0f} needed"
        for what, least in LEAST_A_MINUTE.items()
        if done.get(what, 0) < least * minutes
    ]
    unanswered = done.get("not answered", 0)
    calls = unanswered + sum(
        done.get(action, 0) for action in ("submit", "look", "receive", "call")
    )
    if unanswered > calls * ALLOWED_UNANSWERED:
        wrong.append(f"{unanswered} of {calls} calls were not answered")
    return wrong


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
            f"{taken.database / 1e6:8.1f} + {taken.log / 1e6:.1f} MB stored {taken.tasks:7d} tasks "
            f"{taken.kept_files:4d} files, {taken.kept / 1e6:.1f} MB of code and instances"
        )
        run.stopping.wait(interval)


def _kill(run: Soak, server: bool, say: Callable[[str], None]) -> None:
    if server:
        run.done["kills of localcloud"] += 1
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
        "write-ahead log, MB": lambda sample: sample.log / 1e6,
        "files of code and instances": lambda sample: sample.kept_files,
        "code and instances, MB": lambda sample: sample.kept / 1e6,
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


def _size(path: Path) -> int:
    with suppress(FileNotFoundError):  # without a connection there is no write-ahead log
        return path.stat().st_size
    return 0


def _held_in(*folders: Path) -> tuple[int, int]:
    """How many files are in some folders, and their bytes."""
    sizes = [
        _size(Path(at) / name)
        for folder in folders
        for at, _, names in os.walk(folder)
        for name in names
    ]
    return len(sizes), sum(sizes)


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
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20)
    wrong = soak(parser.parse_args().minutes, lambda line: print(line, flush=True))
    for sentence in wrong:
        print(f"soak: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
