"""Tasks from submission to their end: `python -m bench.tasks [PART ...] [--stored 1000 100000]`.

Parts: ready, submit, work, starts, listing; all of them without one. Every part runs a localcloud
of its own on an empty data folder, and speaks to it over HTTP as clients do. The client shares the
machine with the server, and the figures with whatever else runs on it.
"""

import argparse
import json
import os
import select
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from mns.account import Account
from mns.queue import QueueMeta

from bench.signed_requests import send_all, signed
from bench.task_cloud import EVENT, FUNCTIONS, cloud, figure, make, reserve, row
from bench.task_lists import listing
from localcloud.server.folder import DATABASE
from tests.contract.function_packages import models
from tests.running_cloud import ACCOUNT_ID, KEY, REGION, RunningCloud

CONNECTIONS = 16
INSTANCES = 2


# --- ready and idle ------------------------------------------------------------------------------


def ready() -> None:
    """From the start of the process to the line that says it serves, and what it then holds.

    With Python's bytecode cache, as wherever nobody has turned it off.
    """
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    taken: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"
        data = Path(folder) / "data"
        for number in range(11):
            began = time.perf_counter()
            process = subprocess.Popen(
                [sys.executable, "-m", "localcloud", "serve", "--port", "0", "--data", data],
                stdout=subprocess.PIPE,
                env=environment,
            )
            assert process.stdout
            select.select([process.stdout], [], [], 20)
            assert process.stdout.readline().startswith(b"localcloud serves")
            if number:  # the first one made folder and bytecode
                taken.append(time.perf_counter() - began)
            process.terminate()
            process.wait()
            process.stdout.close()
    row("ready, a data folder used before", taken)
    with cloud() as running:
        time.sleep(1)
        figure("idle memory (resident)", resident(running.process.pid), "MB")


def resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


# --- submitting ----------------------------------------------------------------------------------


def submissions(name: str, count: int) -> list[bytes]:
    headers = {"x-fc-invocation-type": "Async"}
    return [signed("POST", f"{FUNCTIONS}/{name}/invocations", EVENT, headers) for _ in range(count)]


def submit(count: int) -> None:
    """Durable submissions while nothing runs: their function has no place to run in."""
    with cloud() as running:
        fc: Any = Client(running.config())
        make(fc, "held")
        reserve(fc, "held", 0)
        uvloop.run(send_all(running.port, submissions("held", 500), CONNECTIONS))
        rates: list[float] = []
        taken: list[float] = []
        for _ in range(3):
            seconds, each = uvloop.run(
                send_all(running.port, submissions("held", count), CONNECTIONS)
            )
            rates.append(count / seconds)
            taken += each
        row(f"submit, durable, {CONNECTIONS} connections", taken)
        figure("  rate (median of 3)", statistics.median(rates), "tasks/s")
        _, one = uvloop.run(send_all(running.port, submissions("held", 500), 1))
        row("submit, durable, 1 connection", one)
        figure("  server memory then", resident(running.process.pid), "MB")


# --- from a backlog to the end -------------------------------------------------------------------


def role_of(running: RunningCloud) -> str:
    ram: Any = RamClient(running.config())
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    trust["Principal"] = {"Service": ["fc.aliyuncs.com"]}  # type: ignore[assignment]
    allow = {"Effect": "Allow", "Action": "mns:SendMessage", "Resource": "*"}

    def document(statement: Any) -> str:
        return json.dumps({"Version": "1", "Statement": [statement]})

    role = ram_models.CreateRoleRequest(
        role_name="bench", assume_role_policy_document=document(trust)
    )
    arn: str = ram.create_role(role).body.role.arn
    policy = ram_models.CreatePolicyRequest(policy_name="bench", policy_document=document(allow))
    ram.create_policy(policy)
    ram.attach_policy_to_role(
        ram_models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="bench", role_name="bench"
        )
    )
    return arn


def work(backlog: int) -> None:
    """A backlog is there before anything may run; the time is until the last task's end."""
    for destination in (False, True):
        rates: list[float] = []
        for _ in range(3):
            with cloud() as running:
                rates.append(_drain(running, backlog, destination=destination))
        name = "with results to a queue" if destination else "no destination"
        figure(
            f"no-op tasks, {INSTANCES} instances, {name} (median of 3)",
            statistics.median(rates),
            f"tasks/s   of {', '.join(f'{rate:.0f}' for rate in rates)}; backlog {backlog}",
        )


def _drain(running: RunningCloud, backlog: int, *, destination: bool) -> float:
    fc: Any = Client(running.config())
    more: dict[str, Any] = {}
    if destination:
        Account(running.url, KEY, KEY).get_queue("results").create(QueueMeta())
        arn = f"acs:mns:{REGION}:{ACCOUNT_ID}:/queues/results/messages"
        side = models.Destination(destination=arn)
        more["role"] = role_of(running)
        more["destination_config"] = models.DestinationConfig(on_success=side, on_failure=side)
    make(fc, "noop", **more)
    reserve(fc, "noop", 0)
    uvloop.run(send_all(running.port, submissions("noop", backlog), CONNECTIONS))
    began = int(time.time() * 1000)
    reserve(fc, "noop", INSTANCES)
    while any(_tasks(fc, status=status) for status in ("Enqueued", "Dequeued", "Running")):
        time.sleep(0.1)  # three looks at an index: 0.1 % of what is measured
    found = sqlite3.connect(f"file:{running.data / DATABASE}?mode=ro", uri=True)
    ended, last, failed = found.execute(
        "SELECT count(*), max(ended_at), sum(status <> 'Succeeded') FROM tasks"
    ).fetchone()
    sent = found.execute("SELECT count(*) FROM messages").fetchone()[0]
    found.close()
    assert (ended, failed, sent) == (backlog, 0, backlog if destination else 0)
    return backlog / (last - began) * 1000


def _tasks(fc: Any, **filters: Any) -> list[Any]:
    request = models.ListAsyncTasksRequest(limit=1, **filters)
    return fc.list_async_tasks("noop", request).body.tasks


# --- cold and warm -------------------------------------------------------------------------------


def starts(cold: int, warm: int) -> None:
    """Synchronous invocations over HTTP. The runtime's template runs, as after any first call."""
    with cloud() as running:
        fc: Any = Client(running.config())
        for number in range(cold + 1):
            make(fc, f"f{number}")

        def calls(names: Sequence[str]) -> list[bytes]:
            return [signed("POST", f"{FUNCTIONS}/{name}/invocations", EVENT) for name in names]

        uvloop.run(send_all(running.port, calls(["f0"]), 1, b"200"))
        firsts = calls([f"f{number}" for number in range(1, cold + 1)])
        row(
            "cold: first call of a new instance",
            uvloop.run(send_all(running.port, firsts, 1, b"200"))[1],
        )
        again = calls([f"f{cold}"] * warm)
        row("warm", uvloop.run(send_all(running.port, again, 1, b"200"))[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--backlog", type=int, default=5_000)
    parser.add_argument("--cold", type=int, default=40)
    parser.add_argument("--warm", type=int, default=2_000)
    parser.add_argument("--stored", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    given = parser.parse_args()
    parts = {
        "ready": ready,
        "submit": lambda: submit(given.submissions),
        "work": lambda: work(given.backlog),
        "starts": lambda: starts(given.cold, given.warm),
        "listing": lambda: listing(given.stored),
    }
    for name in given.parts or parts:
        if name not in parts:
            parser.error(f"{name!r} is no part; there are {', '.join(parts)}")
    print(f"{'ms':<52} {'minimum':>9} {'median':>9} {'p99':>9}")
    for name in given.parts or parts:
        parts[name]()


if __name__ == "__main__":
    main()
