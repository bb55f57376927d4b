"""A pool in a temporary folder, functions deployed to it, and what is left of it afterwards."""

import asyncio
import dataclasses
import json
import os
import textwrap
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localcloud.fc.instances.invocation import InstanceSpec, Invocation, Outcome
from localcloud.fc.instances.pool import InstancePool
from localcloud.fc.instances.runtime.processes import children, descendants

LONGEST = 30  # seconds for one test's story

Story = Callable[[InstancePool], Awaitable[None]]


@dataclasses.dataclass
class Attempt:
    """What came of one invocation."""

    outcome: Outcome
    lines: list[str]

    @property
    def payload(self) -> Any:
        return json.loads(self.outcome.payload)

    @property
    def printed(self) -> list[str]:
        """The handler's own lines."""
        return [line for line in self.lines if not line.startswith(("localcloud: ", "FC "))]


class Workshop:
    """Deploys functions, and runs stories with a pool."""

    def __init__(self, folder: Path, shared: "SharedPool") -> None:
        self.folder = folder
        self._shared = shared
        self._deployed: list[InstanceSpec] = []
        self._invoked = 0

    def deploy(self, source: str, **settings: Any) -> InstanceSpec:
        """A function whose index.py is `source`; `settings` are fields of InstanceSpec."""
        code = self.folder / f"code{len(self._deployed)}"
        code.mkdir()
        (code / "index.py").write_text(textwrap.dedent(source))
        name = f"function{len(self._deployed)}"
        given: dict[str, Any] = {
            "function_name": name,
            "function_arn": f"acs:fc:cn-hangzhou:1234567890123456:functions/{name}",
            "version": "LATEST",
            "revision": 1,
            "runtime": "python3.10",
            "handler": "index.handler",
            "code": code,
            "memory_size": 128,
            "timeout": 10,
        }
        self._deployed.append(InstanceSpec(**(given | settings)))
        return self._deployed[-1]

    async def invoke(
        self,
        pool: InstancePool,
        spec: InstanceSpec,
        event: Any = None,
        lines: list[str] | None = None,
        **settings: Any,
    ) -> Attempt:
        """Invoke with a JSON event (bytes go as they are) and a request id of its own.

        `lines` is for who wants to see them while they are written.
        """
        self._invoked += 1
        lines = [] if lines is None else lines
        given: dict[str, Any] = {"request_id": f"request-{self._invoked}"} | settings
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        outcome = await pool.invoke(spec, Invocation(event=body, write_log=lines.append, **given))
        return Attempt(outcome, lines)

    def run(self, story: Story) -> None:
        """Run a story with the pool that all tests share.

        Afterwards its functions are retired: no process but the templates may be left then.
        """

        async def told() -> None:
            pool = await self._shared.pool()
            try:
                await asyncio.wait_for(story(pool), LONGEST)
            finally:
                for spec in self._deployed:
                    await pool.retire(spec.function_name)
            await until(lambda: not any(children(one) for one in children(os.getpid())), 1)
            assert list((self._shared.folder / "tmp").iterdir()) == []

        self._shared.loop.run_until_complete(told())

    def run_apart(self, story: Story, **settings: Any) -> None:
        """Run a story with a pool of its own, made with `settings`; no process may be left."""

        async def told() -> None:
            pool = InstancePool(self.folder / "pool", **settings)
            self._shared.remember_interpreters(self.folder / "pool")
            await pool.start()
            try:
                await asyncio.wait_for(story(pool), LONGEST)
            finally:
                await asyncio.wait_for(pool.stop(), LONGEST)
            assert set(descendants(os.getpid())) == self._shared.templates()
            assert list((self.folder / "pool" / "tmp").iterdir()) == []

        self._shared.loop.run_until_complete(told())


class SharedPool:
    """One event loop and one pool for all tests; the pool starts when a test first needs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self._pool: InstancePool | None = None

    async def pool(self) -> InstancePool:
        if self._pool is None:
            self._pool = InstancePool(self.folder)
            await self._pool.start()
        return self._pool

    def templates(self) -> set[int]:
        """The processes of the shared pool that stay from test to test."""
        return set() if self._pool is None else self._pool.template_processes()

    def remember_interpreters(self, folder: Path) -> None:
        """Spare another pool the search."""
        known = self.folder / "interpreters.json"
        if known.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / known.name).write_bytes(known.read_bytes())

    def close(self) -> None:
        if self._pool is not None:
            self.loop.run_until_complete(asyncio.wait_for(self._pool.stop(), LONGEST))
        self.loop.close()
        assert descendants(os.getpid()) == []


@pytest.fixture(scope="session")
def shared_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedPool]:
    shared = SharedPool(tmp_path_factory.mktemp("pool"))
    yield shared
    shared.close()


@pytest.fixture
def workshop(tmp_path: Path, shared_pool: SharedPool) -> Workshop:
    return Workshop(tmp_path, shared_pool)


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


async def until(happened: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for what no event tells (another process's doing)."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.005)
