"""FC 2023-03-30: layers."""

from collections.abc import Callable
from typing import Any

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc import layers
from localcloud.fc.calls import (
    ANY_LAYER,
    CREATED,
    NO_CONTENT,
    Operations,
    body_of,
    limit_of,
    page,
)
from localcloud.fc.checks import invalid
from localcloud.fc.code import CodeFolder
from localcloud.fc.documents import layer_document
from localcloud.fc.resources_api import ROOT
from localcloud.store import layers as store
from localcloud.store.database import Transaction
from localcloud.store.layers import LayerRow
from localcloud.whole_number import whole_number
from localcloud.wire.exchange import Answer, Call, Route, json_answer

_VERSIONS = ROOT + "/layers/{layerName}/versions"
_VERSION = _VERSIONS + "/{version}"


class LayersApi:
    """The routes of layers."""

    def __init__(
        self, operations: Operations, code: CodeFolder, code_unused: Callable[[], None]
    ) -> None:
        self._operations = operations
        self._code = code
        self._code_unused = code_unused
        self.routes = [
            Route("POST", _VERSIONS, "CreateLayerVersion", self.create),
            Route("GET", _VERSIONS, "ListLayerVersions", self.list_versions),
            Route("GET", _VERSION, "GetLayerVersion", self.get),
            Route("DELETE", _VERSION, "DeleteLayerVersion", self.delete),
            Route("GET", ROOT + "/layers", "ListLayers", self.list),
            Route("GET", ROOT + "/layerarn/{arn}", "GetLayerVersionByArn", self.get_by_arn),
        ]

    async def create(self, call: Call) -> Answer:
        """CreateLayerVersion."""
        name = call.variables["layerName"]
        settings = layers.settings_of_layer(name, await body_of(call))
        async with self._code.arriving(settings["code"]) as code:
            row = await self._operations.write(
                call,
                _arn(name, "*"),
                lambda tx, now: layers.create_layer_version(tx, name, settings, code, now),
            )
        return json_answer(self._document(row), CREATED)

    async def get(self, call: Call) -> Answer:
        """GetLayerVersion."""
        name, version = call.variables["layerName"], call.variables["version"]
        row = self._operations.read(
            call, _arn(name, version), lambda tx: layers.get_layer_version(tx, name, version)
        )
        return json_answer(self._document(row))

    async def get_by_arn(self, call: Call) -> Answer:
        """GetLayerVersionByArn."""
        arn = call.variables["arn"]
        row = self._operations.read(call, arn, lambda tx: layers.get_by_arn(tx, arn))
        return json_answer(self._document(row))

    async def delete(self, call: Call) -> Answer:
        """DeleteLayerVersion."""
        name, version = call.variables["layerName"], call.variables["version"]

        def rule(tx: Transaction, _now: int) -> None:
            layers.delete_layer_version(tx, name, version)
            tx.after_commit(self._code_unused)

        await self._operations.write(call, _arn(name, version), rule)
        return Answer(NO_CONTENT)

    async def list_versions(self, call: Call) -> Answer:
        """ListLayerVersions, newest first."""
        name, limit = call.variables["layerName"], limit_of(call.query)
        start = call.query.get("startVersion", "0")
        first = whole_number(start)
        if first is None:
            raise invalid("startVersion", start, "a whole number")
        rows = self._operations.read(
            call,
            _arn(name, "*"),
            lambda tx: store.list_layer_versions(tx, name, first, limit + 1),
        )
        document: dict[str, Any] = {"layers": [self._document(row) for row in rows[:limit]]}
        if len(rows) > limit:
            document["nextVersion"] = rows[limit].version
        return json_answer(document)

    async def list(self, call: Call) -> Answer:
        """ListLayers: the newest version of each; none are official or public."""
        query, limit = call.query, limit_of(call.query)
        if "true" in (query.get("official", "").lower(), query.get("public", "").lower()):
            return page("layers", [], "")
        rows = self._operations.read(
            call,
            ANY_LAYER,
            lambda tx: store.list_layers(
                tx, query.get("prefix", ""), query.get("nextToken", ""), limit + 1
            ),
        )
        token = rows[limit - 1].layer if len(rows) > limit else ""
        return page("layers", [self._document(row) for row in rows[:limit]], token)

    def _document(self, row: LayerRow) -> dict[str, Any]:
        return layer_document(row, self._code.package_path(row.code).as_uri())


def _arn(layer: str, version: str) -> str:
    return f"acs:fc:{REGION}:{ACCOUNT_ID}:layers/{layer}/versions/{version}"
