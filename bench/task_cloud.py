"""What the benchmarks of tasks share: a localcloud, functions on it, and lines of figures."""

import statistics
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.contract.function_packages import code_of, create_request, models
from tests.running_cloud import RunningCloud, running_cloud

NOOP = "def handler(event, context):\n    return None\n"
EVENT = b'{"key": "' + b"v" * 188 + b'"}'  # 200 bytes
FUNCTIONS = "/2023-03-30/functions"


@contextmanager
def cloud() -> Generator[RunningCloud]:
    with tempfile.TemporaryDirectory() as folder, running_cloud(Path(folder)) as running:
        yield running


def row(name: str, seconds: Sequence[float]) -> None:
    """Minimum, median, 99th percentile in ms."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    low, middle = ordered[0] * 1000, statistics.median(ordered) * 1000
    print(f"{name:<52} {low:9.2f} {middle:9.2f} {p99 * 1000:9.2f}   n={len(ordered)}", flush=True)


def figure(name: str, value: float, unit: str) -> None:
    print(f"{name:<52} {value:9.0f} {unit}", flush=True)


def make(fc: Any, name: str, source: str = NOOP, **config: Any) -> None:
    """A function whose asynchronous calls are tasks."""
    fc.create_function(
        create_request(
            name,
            code=code_of(source),
            runtime="python3",
            memory_size=128,
            **{key: config.pop(key) for key in ("role",) if key in config},
        )
    )
    body = models.PutAsyncInvokeConfigInput(async_task=True, max_async_retry_attempts=0, **config)
    fc.put_async_invoke_config(name, models.PutAsyncInvokeConfigRequest(body=body))


def reserve(fc: Any, name: str, count: int) -> None:
    body = models.PutConcurrencyInput(reserved_concurrency=count)
    fc.put_concurrency_config(name, models.PutConcurrencyConfigRequest(body=body))
