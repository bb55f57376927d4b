"""Cold and warm invocations of a no-op handler: `python bench/instances.py [--runtime python3]`.

Prints minimum / median / p99 in ms for: a bare start of Python with json and logging, a round trip
over a socket pair between two processes, the first invocation of a new instance (its template
running, as in a localcloud that has run this runtime before), and a warm invocation; then how many
warm invocations a second one instance and two instances take.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from localcloud.fc.instances.invocation import InstanceSpec, Invocation
from localcloud.fc.instances.pool import InstancePool

HANDLER = "def handler(event, context):\n    return event\n"
NODE_HANDLER = "exports.handler = async (event, context) => event;\n"
EVENT = b'{"key": "value"}'


def row(name: str, seconds: Sequence[float]) -> None:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    low, middle = ordered[0] * 1000, statistics.median(ordered) * 1000
    print(f"{name:<44} {low:9.3f} {middle:9.3f} {p99 * 1000:9.3f}   n={len(ordered)}")


def bare_start(python: str, times: int) -> list[float]:
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([python, "-c", "import json, logging"], check=True)
        taken.append(time.perf_counter() - began)
    return taken


def round_trips(times: int) -> list[float]:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        while data := theirs.recv(4096):
            theirs.sendall(data)
        os._exit(0)
    theirs.close()
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        ours.sendall(EVENT)
        ours.recv(4096)
        taken.append(time.perf_counter() - began)
    ours.close()
    os.waitpid(child, 0)
    return taken


async def measure(runtime: str, cold: int, warm: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "code").mkdir()
        (folder / "code/index.py").write_text(HANDLER)
        (folder / "code/index.js").write_text(NODE_HANDLER)
        pool = InstancePool(folder / "pool")
        await pool.start()
        sentences = pool.interpreters()
        print(f"runtime {runtime}: {sentences.get(runtime) or sentences['nodejs']}")
        await pool.prepare(runtime)
        spec = InstanceSpec(
            "noop", "arn", "LATEST", 1, runtime, "index.handler", folder / "code", 128, 10
        )
        number = 0

        async def invoke() -> float:
            nonlocal number
            number += 1
            lines: list[str] = []
            began = time.perf_counter()
            outcome = await pool.invoke(spec, Invocation(f"1-{number}", EVENT, lines.append))
            taken = time.perf_counter() - began
            assert outcome.payload == EVENT, outcome
            return taken

        await invoke()
        firsts: list[float] = []
        for _ in range(cold):
            await pool.retire("noop")
            firsts.append(await invoke())
        row("first invocation of a new instance", firsts)
        row("warm invocation", [await invoke() for _ in range(warm)])
        for width in (1, 2):
            began = time.perf_counter()

            async def many(count: int) -> None:
                for _ in range(count):
                    await invoke()

            await asyncio.gather(*(many(warm // width) for _ in range(width)))
            rate = warm / (time.perf_counter() - began)
            print(f"warm invocations a second, {width} at a time {rate:16.0f}")
        await pool.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", default="python3")
    parser.add_argument("--cold", type=int, default=100)
    parser.add_argument("--warm", type=int, default=3000)
    given = parser.parse_args()
    print(f"{'ms':<44} {'minimum':>9} {'median':>9} {'p99':>9}")
    row("bare start of Python, json and logging", bare_start(sys.executable, 10))
    row("round trip over a socket pair", round_trips(given.warm))
    import uvloop

    uvloop.run(measure(given.runtime, given.cold, given.warm))


if __name__ == "__main__":
    main()
