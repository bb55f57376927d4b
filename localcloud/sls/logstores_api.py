"""The routes of logstores, their shards and their index."""

from collections.abc import Callable
from typing import Any

from localcloud.fidelity.log_service import BODIES
from localcloud.refusal import Refusal
from localcloud.sls import index, logstores
from localcloud.sls.calls import (
    Door,
    arn,
    body_text,
    json_object,
    logstore_arn,
    page_of,
    refuse_unknown,
    text_of,
)
from localcloud.sls.recorded_settings import Warnings
from localcloud.store.database import Transaction
from localcloud.store.logstores import LogstoreRow
from localcloud.wire.exchange import Answer, Call, Route, json_answer

# What clients send back of what they were shown: it is not theirs to change.
_ONLY_SHOWN = ("createTime", "lastModifyTime", "resourceQuota")

PutIndex = Callable[[Transaction, str, str, str, int], None]
"""A rule that puts an index: project, logstore, configuration (JSON), and the time in ms."""


class LogstoresApi:
    """Answers what is asked of logstores and indexes."""

    def __init__(self, door: Door, warnings: Warnings) -> None:
        self._door = door
        self._warnings = warnings
        one, its_index = "/logstores/{logstore}", "/logstores/{logstore}/index"
        metering = f"{one}/meteringmode"
        self.routes = [
            Route("POST", "/logstores", "CreateLogStore", self._create_logstore),
            Route("GET", "/logstores", "ListLogStores", self._list_logstores),
            Route("PUT", one, "UpdateLogStore", self._update_logstore),
            Route("DELETE", one, "DeleteLogStore", self._delete_logstore),
            Route("GET", f"{one}/shards", "ListShards", self._list_shards),
            Route("GET", metering, "GetLogStoreMeteringMode", self._get_metering_mode),
            Route("PUT", metering, "UpdateLogStoreMeteringMode", self._set_metering_mode),
            Route("POST", its_index, "CreateIndex", self._create_index),
            Route("GET", its_index, "GetIndex", self._get_index),
            Route("PUT", its_index, "UpdateIndex", self._update_index),
            Route("DELETE", its_index, "DeleteIndex", self._delete_index),
        ]

    async def _create_logstore(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        name, ttl = text_of(body, "logstoreName"), body.get("ttl", 30)
        settings = _without(body, "logstoreName", "ttl")

        def work(tx: Transaction) -> None:
            now = self._door.now()
            logstores.create_logstore(tx, call.project, name, ttl, settings, now)

        answer = await self._door.write(call, "CreateLogStore", arn(call.project, name), work)
        self._warnings.of_logstore(f"{call.project}/{name}", settings)
        return answer

    async def _list_logstores(self, call: Call) -> Answer:
        query = call.query
        found = self._door.read(
            call,
            "ListLogStores",
            arn(call.project, "*"),
            lambda tx: logstores.list_logstores(
                tx,
                call.project,
                query.get("logstoreName", ""),
                query.get("telemetryType") or None,
                query.get("mode") or None,
            ),
        )
        page = page_of(found, query)
        return json_answer({"count": len(page), "total": len(found), "logstores": page})

    async def get_logstore(self, call: Call) -> Answer:
        """GetLogStore; the same path with a `type` in its query searches the logstore."""
        row = self._find(call, "GetLogStore")
        return json_answer(
            {
                "logstoreName": row.name,
                "ttl": row.ttl,
                "createTime": row.created // 1000,
                "lastModifyTime": row.modified // 1000,
                **_without(logstores.settings_of(row), "meteringMode"),
            }
        )

    async def _update_logstore(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        body = json_object(body_text(call))
        if text_of(body, "logstoreName", name) != name:
            raise Refusal(
                "LogStoreInfoInvalid",
                f"logstoreName is {body['logstoreName']!r}: logstore {name} cannot be renamed",
            )
        settings = _without(body, "logstoreName", *_ONLY_SHOWN)

        def work(tx: Transaction) -> None:
            logstores.update_logstore(tx, call.project, name, settings, self._door.now())

        answer = await self._door.write(call, "UpdateLogStore", logstore_arn(call), work)
        self._warnings.of_logstore(f"{call.project}/{name}", settings)
        return answer

    async def _delete_logstore(self, call: Call) -> Answer:
        def work(tx: Transaction) -> None:
            logstores.delete_logstore(tx, call.project, call.variables["logstore"])

        return await self._door.write(call, "DeleteLogStore", logstore_arn(call), work)

    async def _list_shards(self, call: Call) -> Answer:
        row = self._find(call, "ListShards")
        return json_answer(
            [
                {
                    "shardID": number,
                    "status": "readwrite",
                    "inclusiveBeginKey": first,
                    "exclusiveEndKey": end,
                    "createTime": row.created // 1000,
                }
                for number, first, end in logstores.shards_of(row)
            ]
        )

    async def _get_metering_mode(self, call: Call) -> Answer:
        mode = self._door.read(
            call,
            "GetLogStoreMeteringMode",
            logstore_arn(call),
            lambda tx: logstores.metering_mode(tx, call.project, call.variables["logstore"]),
        )
        return json_answer({"meteringMode": mode})

    async def _set_metering_mode(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        body = json_object(body_text(call))
        refuse_unknown(body, BODIES["UpdateLogStoreMeteringMode"])
        mode = text_of(body, "meteringMode")

        def work(tx: Transaction) -> None:
            logstores.set_metering_mode(tx, call.project, name, mode, self._door.now())

        answer = await self._door.write(
            call, "UpdateLogStoreMeteringMode", logstore_arn(call), work
        )
        self._warnings.of_call(f"logstore {call.project}/{name}", "UpdateLogStoreMeteringMode")
        return answer

    # ------------------------------------------------------------------ index

    async def _create_index(self, call: Call) -> Answer:
        return await self._put_index(call, "CreateIndex", index.create_index)

    async def _get_index(self, call: Call) -> Answer:
        config = self._door.read(
            call,
            "GetIndex",
            logstore_arn(call),
            lambda tx: index.get_index(tx, call.project, call.variables["logstore"]),
        )
        return Answer(200, config.encode())

    async def _update_index(self, call: Call) -> Answer:
        return await self._put_index(call, "UpdateIndex", index.update_index)

    async def _delete_index(self, call: Call) -> Answer:
        def work(tx: Transaction) -> None:
            now = self._door.now()
            index.delete_index(tx, call.project, call.variables["logstore"], now)

        return await self._door.write(call, "DeleteIndex", logstore_arn(call), work)

    async def _put_index(self, call: Call, action: str, put: PutIndex) -> Answer:
        name, config = call.variables["logstore"], body_text(call)

        def work(tx: Transaction) -> None:
            put(tx, call.project, name, config, self._door.now())

        answer = await self._door.write(call, action, logstore_arn(call), work)
        self._warnings.of_index(f"{call.project}/{name}", json_object(config))
        return answer

    def _find(self, call: Call, action: str) -> LogstoreRow:
        return self._door.read(
            call,
            action,
            logstore_arn(call),
            lambda tx: logstores.find(tx, call.project, call.variables["logstore"]),
        )


def _without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}
