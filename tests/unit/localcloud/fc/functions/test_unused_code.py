"""The code of a function goes when nothing needs it any more, and not before."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from localcloud.account import ROOT
from localcloud.clock import system_clock
from localcloud.fc.api import FunctionApi
from localcloud.fc.engine import TaskEngine
from localcloud.wire.exchange import Call

from .conftest import Store, body, encoded, package


class Instances:
    """A pool without processes: which folders it holds is what a test says."""

    def __init__(self) -> None:
        self.held: set[Path] = set()
        self.retired: list[str] = []
        self.ended: list[str] = []

    async def retire(self, function_name: str) -> None:
        self.retired.append(function_name)

    async def end_function(self, function_name: str) -> None:
        self.ended.append(function_name)

    def code_folders(self) -> set[Path]:
        return self.held

    def supports(self, runtime: str) -> str | None:
        del runtime
        return None

    async def prepare(self, runtime: str) -> None:
        del runtime


class Service:
    """The FC service on a store, called without HTTP."""

    def __init__(self, store: Store) -> None:
        self.instances = Instances()
        self.folder = store.folder / "code"
        engine = TaskEngine(store.database, system_clock, cast(Any, self.instances))
        self.api = FunctionApi(
            store.database, system_clock, engine, self.instances, store.folder, code_grace=0
        )

    async def call(self, operation: str, document: Any = None, **variables: str) -> Any:
        """Call an operation; its answer's JSON."""
        (route,) = [route for route in self.api.routes if route.operation == operation]
        sent = b"" if document is None else json.dumps(document).encode()
        path = route.template.format(**variables)
        call = Call(operation, ROOT, "r", route.method, "h", path, {}, {}, sent, variables)
        answer = await route.answer(call)
        return json.loads(answer.body) if answer.body else None

    def code(self) -> set[str]:
        """The names of the unpacked packages."""
        return {path.name for path in self.folder.iterdir() if path.is_dir()}

    async def until(self, wanted: set[str]) -> None:
        """Wait until exactly these packages are there."""

        async def poll() -> None:
            while self.code() != wanted:
                await asyncio.sleep(0.005)

        await asyncio.wait_for(poll(), 10)


Story = Callable[[Service], Awaitable[None]]


@pytest.fixture
def run(store: Store) -> Callable[[Story], None]:
    """Runs a story with a started service."""

    def run(story: Story) -> None:
        async def whole() -> None:
            service = Service(store)
            await service.api.start()
            try:
                await story(service)
            finally:
                await service.api.stop()

        asyncio.run(whole())

    return run


def zip_of(content: str) -> dict[str, str]:
    return {"zipFile": encoded(package({"index.py": content}))}


def test_old_code_goes_after_an_update_and_all_of_it_after_a_delete(
    run: Callable[[Story], None],
) -> None:
    async def story(service: Service) -> None:
        await service.call("CreateFunction", body("job", code=zip_of("1")))
        (old,) = service.code()
        await service.call("UpdateFunction", {"code": zip_of("2")}, functionName="job")
        (new,) = service.code() - {old}
        await service.until({new})
        assert service.instances.retired == ["job"]
        await service.call("DeleteFunction", functionName="job")
        await service.until(set())
        assert service.instances.ended == ["job"]

    run(story)


def test_code_stays_while_a_version_or_an_instance_needs_it(run: Callable[[Story], None]) -> None:
    async def story(service: Service) -> None:
        await service.call("CreateFunction", body("job", code=zip_of("1")))
        (published,) = service.code()
        await service.call("PublishFunctionVersion", {}, functionName="job")
        await service.call("UpdateFunction", {"code": zip_of("2")}, functionName="job")
        (running,) = service.code() - {published}
        service.instances.held = {service.folder / running}
        await service.call("UpdateFunction", {"code": zip_of("3")}, functionName="job")
        (newest,) = service.code() - {published, running}
        await service.call("CreateFunction", body("other", code=zip_of("4")))
        (other,) = service.code() - {published, running, newest}
        await service.call("DeleteFunction", functionName="other")
        assert other
        await service.until({published, running, newest})
        service.instances.held = set()
        await service.call("DeleteFunctionVersion", functionName="job", versionId="1")
        await service.until({newest})

    run(story)


def test_the_code_of_a_refused_create_goes(
    run: Callable[[Story], None],
) -> None:
    async def story(service: Service) -> None:
        await service.call("CreateFunction", body("job", code=zip_of("1")))
        (kept,) = service.code()
        with pytest.raises(Exception, match="already exists"):
            await service.call("CreateFunction", body("job", code=zip_of("2")))
        await service.until({kept})

    run(story)
