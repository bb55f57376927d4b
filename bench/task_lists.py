"""How long lists of tasks take, with many of them stored."""

import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop
from alibabacloud_fc20230330.client import Client

from bench.signed_requests import send_all, signed
from bench.task_cloud import EVENT, FUNCTIONS, cloud, make, row
from localcloud.server.folder import DATABASE


@dataclass(frozen=True)
class Stored:
    """A data folder with so many tasks of one function, a millisecond apart."""

    count: int
    first: int

    def fill(self, data: Path) -> None:
        """Straight into the store: what is measured is how long lists take, not submissions."""
        connection = sqlite3.connect(data / DATABASE)
        connection.execute("PRAGMA synchronous=OFF")
        statuses = ("Succeeded", "Failed", "Stopped")
        events = ["Enqueued", "Dequeued", "Running", "Succeeded"]

        def tasks() -> Iterator[tuple[Any, ...]]:
            for number in range(self.count):
                at = self.first + number
                # one in a hundred did not succeed
                status = statuses[0 if number % 100 else 1 + number // 100 % 2]
                told = ",".join(json.dumps([event, at, ""]) for event in events)
                yield f"t{number:07}", f"1-{number:08x}", status, at, at, at + 5, told

        connection.executemany(
            "INSERT INTO tasks (function, task_id, qualifier, request_id, status, enqueued_at,"
            " expires_at, ended_at, attempts, duration, events)"
            " VALUES ('noop', ?, 'LATEST', ?, ?, ?, ?, ?, 1, 3, ?)",
            tasks(),
        )
        connection.execute("INSERT INTO task_payloads SELECT id, ? FROM tasks", (EVENT,))
        connection.commit()
        connection.close()


def listing(counts: Sequence[int]) -> None:
    """Pages of 100 of a function with so many tasks, first and last ones, with each filter."""
    for count in counts:
        with cloud() as running:
            fc: Any = Client(running.config())
            make(fc, "noop")
            running.stop()
            stored = Stored(count, int(time.time() * 1000) - 24 * 3_600_000)
            stored.fill(running.data)
            running.restart()
            middle = stored.first + count // 2
            deep = f"startedTimeEnd={stored.first + 150}"
            for name, query in (
                ("first page", ""),
                ("with payloads", "includePayload=true"),
                ("oldest first", "sortOrderByTime=asc"),
                ("the last page but one", deep),
                ("Failed", "status=Failed"),
                ("Running (none)", "status=Running"),
                ("between two times", f"startedTimeBegin={middle}&startedTimeEnd={middle + 500}"),
                ("a prefix of 100", f"prefix=t{count // 200:05}"),
                ("a prefix of all", "prefix=t"),
                ("a qualifier without any", "qualifier=7"),
            ):
                target = f"{FUNCTIONS}/noop/async-tasks?limit=100" + (f"&{query}" if query else "")
                requests = [signed("GET", target) for _ in range(40)]
                _, taken = uvloop.run(send_all(running.port, requests, 1, b"200"))
                row(f"{count:>9,} tasks: {name}", taken)
