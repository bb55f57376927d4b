"""FC 2023-03-30: versions, aliases, concurrency and asynchronous configurations."""

from collections.abc import Callable
from typing import Any

from localcloud.fc import aliases, async_invoke_configs, concurrency, versions
from localcloud.fc.arns import function_arn
from localcloud.fc.calls import (
    ANY_FUNCTION,
    CREATED,
    NO_CONTENT,
    Operations,
    body_of,
    limit_of,
    page,
)
from localcloud.fc.checks import check_fields, check_names, invalid
from localcloud.fc.documents import (
    alias_document,
    async_config_document,
    concurrency_document,
    version_document,
)
from localcloud.fc.limits import description
from localcloud.fc.resources_api import FUNCTION, ROOT, Surroundings
from localcloud.fidelity.function_calls import BODIES
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

_VERSIONS = FUNCTION + "/versions"
_ALIASES = FUNCTION + "/aliases"
_ALIAS = _ALIASES + "/{aliasName}"
_CONCURRENCY = FUNCTION + "/concurrency"
_RESERVED = ROOT + "/concurrency-configs"
_ASYNC = FUNCTION + "/async-invoke-config"


class ConfigurationsApi:
    """The routes of what hangs on a function, but for its triggers."""

    def __init__(
        self,
        operations: Operations,
        surroundings: Surroundings,
        code_unused: Callable[[], None],
    ) -> None:
        self._operations = operations
        self._around = surroundings
        self._code_unused = code_unused
        self.routes = [
            Route("POST", _VERSIONS, "PublishFunctionVersion", self.publish),
            Route("GET", _VERSIONS, "ListFunctionVersions", self.list_versions),
            Route(
                "DELETE", _VERSIONS + "/{versionId}", "DeleteFunctionVersion", self.delete_version
            ),
            Route("POST", _ALIASES, "CreateAlias", self.create_alias),
            Route("GET", _ALIASES, "ListAliases", self.list_aliases),
            Route("GET", _ALIAS, "GetAlias", self.get_alias),
            Route("PUT", _ALIAS, "UpdateAlias", self.update_alias),
            Route("DELETE", _ALIAS, "DeleteAlias", self.delete_alias),
            Route("PUT", _CONCURRENCY, "PutConcurrencyConfig", self.put_concurrency),
            Route("GET", _CONCURRENCY, "GetConcurrencyConfig", self.get_concurrency),
            Route("DELETE", _CONCURRENCY, "DeleteConcurrencyConfig", self.delete_concurrency),
            Route("GET", _RESERVED, "ListConcurrencyConfigs", self.list_concurrency),
            Route("PUT", _ASYNC, "PutAsyncInvokeConfig", self.put_async),
            Route("GET", _ASYNC, "GetAsyncInvokeConfig", self.get_async),
            Route("DELETE", _ASYNC, "DeleteAsyncInvokeConfig", self.delete_async),
            Route("GET", ROOT + "/async-invoke-configs", "ListAsyncInvokeConfigs", self.list_async),
        ]

    async def publish(self, call: Call) -> Answer:
        """PublishFunctionVersion."""
        name = call.variables["functionName"]
        document = await body_of(call)
        check_fields(document, {"description": description})
        text = document.get("description") or ""
        row = await self._operations.write(
            call, function_arn(name), lambda tx, now: versions.publish_version(tx, name, text, now)
        )
        return json_answer(version_document(row), CREATED)

    async def list_versions(self, call: Call) -> Answer:
        """ListFunctionVersions, newest first unless direction=FORWARD."""
        name, query = call.variables["functionName"], call.query
        direction = query.get("direction", "BACKWARD").upper()
        if direction not in ("BACKWARD", "FORWARD"):
            raise invalid("direction", direction, "BACKWARD or FORWARD")
        limit = limit_of(query)
        rows, token = self._operations.read(
            call,
            function_arn(name),
            lambda tx: versions.list_versions(
                tx, name, query.get("nextToken", ""), limit, direction == "BACKWARD"
            ),
        )
        document: dict[str, Any] = {
            "versions": [version_document(row) for row in rows],
            "direction": direction,
        }
        if token:
            document["nextToken"] = token
        return json_answer(document)

    async def delete_version(self, call: Call) -> Answer:
        """DeleteFunctionVersion."""
        name, version = call.variables["functionName"], call.variables["versionId"]

        def rule(tx: Transaction, _now: int) -> None:
            versions.delete_version(tx, name, version)
            tx.after_commit(self._code_unused)

        return await self._delete(call, rule)

    async def _delete(self, call: Call, rule: Callable[[Transaction, int], None]) -> Answer:
        await self._operations.write(call, function_arn(call.variables["functionName"]), rule)
        return Answer(NO_CONTENT)

    async def create_alias(self, call: Call) -> Answer:
        """CreateAlias."""
        name, document = call.variables["functionName"], await body_of(call)
        row = await self._operations.write(
            call, function_arn(name), lambda tx, now: aliases.create_alias(tx, name, document, now)
        )
        return json_answer(alias_document(row), CREATED)

    async def update_alias(self, call: Call) -> Answer:
        """UpdateAlias."""
        name, alias = call.variables["functionName"], call.variables["aliasName"]
        document = await body_of(call)
        row = await self._operations.write(
            call,
            function_arn(name),
            lambda tx, now: aliases.update_alias(tx, name, alias, document, now),
        )
        return json_answer(alias_document(row))

    async def get_alias(self, call: Call) -> Answer:
        """GetAlias."""
        name, alias = call.variables["functionName"], call.variables["aliasName"]
        row = self._operations.read(
            call, function_arn(name), lambda tx: aliases.require_alias(tx, name, alias)
        )
        return json_answer(alias_document(row))

    async def delete_alias(self, call: Call) -> Answer:
        """DeleteAlias."""
        name, alias = call.variables["functionName"], call.variables["aliasName"]
        return await self._delete(call, lambda tx, _now: aliases.delete_alias(tx, name, alias))

    async def list_aliases(self, call: Call) -> Answer:
        """ListAliases."""
        name, query = call.variables["functionName"], call.query
        limit = limit_of(query)
        rows, token = self._operations.read(
            call,
            function_arn(name),
            lambda tx: aliases.list_aliases(
                tx, name, query.get("prefix", ""), query.get("nextToken", ""), limit
            ),
        )
        return page("aliases", [alias_document(row) for row in rows], token)

    async def put_concurrency(self, call: Call) -> Answer:
        """PutConcurrencyConfig."""
        name, document = call.variables["functionName"], await body_of(call)
        # the Terraform provider repeats the function's name in the body
        check_names(document, (*BODIES["PutConcurrencyConfig"], "functionName"))

        def rule(tx: Transaction, _now: int) -> int:
            tx.after_commit(lambda: self._around.wake(name))
            return concurrency.put_concurrency(tx, name, document.get("reservedConcurrency"))

        reserved = await self._operations.write(call, function_arn(name), rule)
        return json_answer(concurrency_document(name, reserved))

    async def get_concurrency(self, call: Call) -> Answer:
        """GetConcurrencyConfig."""
        name = call.variables["functionName"]
        reserved = self._operations.read(
            call, function_arn(name), lambda tx: concurrency.get_concurrency(tx, name)
        )
        return json_answer(concurrency_document(name, reserved))

    async def delete_concurrency(self, call: Call) -> Answer:
        """DeleteConcurrencyConfig."""
        name = call.variables["functionName"]

        def rule(tx: Transaction, _now: int) -> None:
            concurrency.delete_concurrency(tx, name)
            tx.after_commit(lambda: self._around.wake(name))

        return await self._delete(call, rule)

    async def list_concurrency(self, call: Call) -> Answer:
        """ListConcurrencyConfigs."""
        query, limit = call.query, limit_of(call.query)
        rows, token = self._operations.read(
            call,
            ANY_FUNCTION,
            lambda tx: concurrency.list_concurrency(
                tx, query.get("functionName", ""), query.get("nextToken", ""), limit
            ),
        )
        return page("configs", [concurrency_document(*row) for row in rows], token)

    async def put_async(self, call: Call) -> Answer:
        """PutAsyncInvokeConfig."""
        name, document = call.variables["functionName"], await body_of(call)
        qualifier = call.query.get("qualifier", "")
        agent = call.headers.get("user-agent", "")
        row = await self._operations.write(
            call,
            function_arn(name),
            lambda tx, now: async_invoke_configs.put(tx, name, qualifier, document, agent, now),
        )
        return json_answer(async_config_document(row))

    async def get_async(self, call: Call) -> Answer:
        """GetAsyncInvokeConfig."""
        name, qualifier = call.variables["functionName"], call.query.get("qualifier", "")
        row = self._operations.read(
            call, function_arn(name), lambda tx: async_invoke_configs.get(tx, name, qualifier)
        )
        return json_answer(async_config_document(row))

    async def delete_async(self, call: Call) -> Answer:
        """DeleteAsyncInvokeConfig."""
        name, qualifier = call.variables["functionName"], call.query.get("qualifier", "")
        return await self._delete(
            call, lambda tx, _now: async_invoke_configs.delete(tx, name, qualifier)
        )

    async def list_async(self, call: Call) -> Answer:
        """ListAsyncInvokeConfigs."""
        query, limit = call.query, limit_of(call.query)
        rows, token = self._operations.read(
            call,
            ANY_FUNCTION,
            lambda tx: async_invoke_configs.list_configs(
                tx, query.get("functionName", ""), query.get("nextToken", ""), limit
            ),
        )
        return page("configs", [async_config_document(row) for row in rows], token)
