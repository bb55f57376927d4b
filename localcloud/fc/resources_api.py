"""FC 2023-03-30: functions and their code, and whether they may be invoked.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-overview
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from localcloud.fc import functions
from localcloud.fc.arns import function_arn
from localcloud.fc.calls import (
    ANY_FUNCTION,
    CREATED,
    NO_CONTENT,
    Operations,
    body_of,
    json_list,
    limit_of,
    page,
    tags_in,
)
from localcloud.fc.checks import boolean, check_fields, text
from localcloud.fc.code import NO_CODE, CodeFolder, CodePackage
from localcloud.fc.documents import function_document
from localcloud.fc.functions import EndTasks, FunctionFilter
from localcloud.fc.recorded_settings import Warnings
from localcloud.fidelity import Fate
from localcloud.fidelity.function_compute import RUNTIMES
from localcloud.refusal import Refusal
from localcloud.store import function_tags, function_versions
from localcloud.store.database import Transaction
from localcloud.store.functions import LATEST
from localcloud.wire.exchange import Answer, Call, Route, json_answer

log = logging.getLogger(__name__)

ROOT = "/2023-03-30"
FUNCTION = ROOT + "/functions/{functionName}"

_DISABLE_FIELDS = {"reason": text(256), "abortOngoingRequest": boolean, "functionName": text(128)}


class Instances(Protocol):
    """What functions need of the pool of their instances."""

    async def retire(self, function_name: str) -> None:
        """End a function's idle instances; busy ones go when they have finished."""
        ...

    def code_folders(self) -> set[Path]:
        """The unpacked folders (code and layers) that a process may still read."""
        ...

    def supports(self, runtime: str) -> str | None:
        """None for a runtime that can run here, else the sentence why not."""
        ...

    async def end_function(self, function_name: str) -> None:
        """End all instances of a function that is deleted; what runs in them fails."""
        ...

    async def prepare(self, runtime: str) -> None:
        """Start what makes instances of a runtime, so that the first call need not wait for it."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What else a change of a function moves: its tasks, its instances, whoever waits for it.

    `wake` is told the name of a function that may run more calls than before.
    """

    end_tasks: EndTasks
    instances: Instances
    wake: Callable[[str], None]


class FunctionsApi:
    """The routes of functions as such."""

    def __init__(
        self,
        operations: Operations,
        code: CodeFolder,
        surroundings: Surroundings,
        warnings: Warnings,
        code_unused: Callable[[], None],
    ) -> None:
        self._operations = operations
        self._code = code
        self._around = surroundings
        self._warnings = warnings
        self._code_unused = code_unused
        self._aside: set[asyncio.Task[None]] = set()
        self.routes = [
            Route("POST", ROOT + "/functions", "CreateFunction", self.create),
            Route("GET", ROOT + "/functions", "ListFunctions", self.list),
            Route("GET", FUNCTION, "GetFunction", self.get),
            Route("PUT", FUNCTION, "UpdateFunction", self.update),
            Route("DELETE", FUNCTION, "DeleteFunction", self.delete),
            Route("GET", FUNCTION + "/code", "GetFunctionCode", self.get_code),
            Route("POST", FUNCTION + "/invoke/disable", "DisableFunctionInvocation", self.disable),
            Route("POST", FUNCTION + "/invoke/enable", "EnableFunctionInvocation", self.enable),
        ]

    async def create(self, call: Call) -> Answer:
        """CreateFunction."""
        document = await body_of(call)
        settings = functions.settings_of_create(document)
        name = settings["functionName"]
        async with self._arriving(settings) as code:

            def rule(tx: Transaction, now: int) -> dict[str, Any]:
                row = functions.create_function(tx, settings, code or NO_CODE, now)
                return function_document(row, function_tags.get_tags(tx, name))

            answer = await self._operations.write(call, function_arn(name), rule)
        self._warnings.of_function(name, settings)
        self._expect_calls(name, settings["runtime"])
        return json_answer(answer, CREATED)

    async def update(self, call: Call) -> Answer:
        """UpdateFunction: what the body leaves out stays."""
        name = call.variables["functionName"]
        changes = functions.settings_of_update(name, await body_of(call))
        async with self._arriving(changes) as code:

            def rule(tx: Transaction, now: int) -> tuple[dict[str, Any], dict[str, Any]]:
                row = functions.update_function(tx, name, changes, code, now)
                tx.after_commit(lambda: self._changed(name))
                return function_document(row, function_tags.get_tags(tx, name)), dict(row.config)

            answer, config = await self._operations.write(call, function_arn(name), rule)
        self._warnings.of_function(name, config)
        self._expect_calls(name, config["runtime"])
        return json_answer(answer)

    @asynccontextmanager
    async def _arriving(self, settings: dict[str, Any]) -> AsyncGenerator[CodePackage | None, None]:
        """The unpacked code of a request, if it has any; what is refused leaves none behind."""
        if not settings.get("code"):
            yield None
            return
        try:
            async with self._code.arriving(settings["code"]) as code:
                yield code
        except Refusal:
            self._code_unused()
            raise

    async def get(self, call: Call) -> Answer:
        """GetFunction, of LATEST, a version or an alias."""
        name = call.variables["functionName"]

        def rule(tx: Transaction) -> dict[str, Any]:
            row = functions.function_at(tx, name, call.query.get("qualifier"))
            version = (
                None
                if row.version == LATEST
                else function_versions.get_version(tx, name, int(row.version))
            )
            return function_document(row, function_tags.get_tags(tx, name), version)

        return json_answer(self._operations.read(call, function_arn(name), rule))

    async def delete(self, call: Call) -> Answer:
        """DeleteFunction."""
        name = call.variables["functionName"]

        def rule(tx: Transaction, now: int) -> None:
            functions.delete_function(tx, name, self._around.end_tasks, now)
            tx.after_commit(lambda: self._deleted(name))

        await self._operations.write(call, function_arn(name), rule)
        return Answer(NO_CONTENT)

    def _deleted(self, name: str) -> None:
        self._do_aside(self._around.instances.end_function(name))
        self._code_unused()

    def _changed(self, name: str) -> None:
        """Its old instances take no more calls, and their code may be nobody's when they end."""
        self._do_aside(self._around.instances.retire(name))
        self._around.wake(name)
        self._code_unused()

    def _expect_calls(self, name: str, runtime: str) -> None:
        """Get ready for the first call, or say now that this machine cannot run it."""
        if RUNTIMES[runtime].fate is not Fate.ACTS:
            return  # it is kept with a warning, and never called
        reason = self._around.instances.supports(runtime)
        if reason is None:
            self._do_aside(self._around.instances.prepare(runtime))
        else:
            log.warning("function %s cannot run here: %s", name, reason)

    def _do_aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    async def list(self, call: Call) -> Answer:
        """ListFunctions."""
        query = call.query
        limit = limit_of(query)
        if query.get("fcVersion", "v3") == "v2":
            return page("functions", [], "")
        which = FunctionFilter(
            prefix=query.get("prefix", ""),
            name=query.get("functionName", ""),
            runtime=query.get("runtime", ""),
            description=query.get("description", ""),
            resource_group=query.get("resourceGroupId", ""),
            gpu_type=query.get("gpuType", ""),
            tags=tags_in(json_list(query, "tags"), "tags"),
        )

        def rule(tx: Transaction) -> tuple[list[dict[str, Any]], str]:
            rows, token = functions.list_functions(tx, which, query.get("nextToken", ""), limit)
            return [
                function_document(row, function_tags.get_tags(tx, row.name)) for row in rows
            ], token

        return page("functions", *self._operations.read(call, ANY_FUNCTION, rule))

    async def get_code(self, call: Call) -> Answer:
        """GetFunctionCode: where the package is on this machine, and its checksum."""
        name = call.variables["functionName"]
        row = self._operations.read(
            call,
            function_arn(name),
            lambda tx: functions.function_at(tx, name, call.query.get("qualifier")),
        )
        if not row.code:
            raise Refusal("InvalidArgument", f"function '{name}' runs a container, not a package")
        url = self._code.package_path(row.code).as_uri()
        return json_answer({"url": url, "checksum": row.code_checksum})

    async def disable(self, call: Call) -> Answer:
        """DisableFunctionInvocation."""
        name = call.variables["functionName"]
        document = await body_of(call)
        check_fields(document, _DISABLE_FIELDS)
        if document.get("abortOngoingRequest"):
            raise Refusal(
                "NotImplemented",
                "abortOngoingRequest is true: localcloud lets running calls finish; stop tasks "
                "with StopAsyncTask",
            )
        reason = document.get("reason") or ""
        await self._operations.write(
            call,
            function_arn(name),
            lambda tx, now: functions.disable_invocation(tx, name, reason, now),
        )
        return json_answer({"success": True})

    async def enable(self, call: Call) -> Answer:
        """EnableFunctionInvocation."""
        name = call.variables["functionName"]

        def rule(tx: Transaction, now: int) -> None:
            functions.enable_invocation(tx, name, now)
            tx.after_commit(lambda: self._around.wake(name))

        await self._operations.write(call, function_arn(name), rule)
        return json_answer({"success": True})
