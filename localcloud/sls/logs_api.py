"""The routes that write logs and search them."""

from collections.abc import Mapping
from typing import Any

from localcloud.clock import Clock
from localcloud.ram.access import require
from localcloud.refusal import Refusal
from localcloud.sls import search
from localcloud.sls.logs import put_logs
from localcloud.sls.packets import read_log_group
from localcloud.sls.resources_api import Resources, arn, json_body, text_of, whole_of
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

# localcloud reads every log before it answers, so no answer is ever a part of the truth
_COMPLETE = "Complete"


class Logs:
    """Answers PutLogs, GetLogs in its three forms, and GetHistograms."""

    def __init__(self, database: Database, clock: Clock, resources: Resources) -> None:
        self._database = database
        self._clock = clock
        self._resources = resources
        store = "/logstores/{logstore}"
        self.routes = [
            Route("POST", store, "PutLogs", self._put_logs),
            Route("POST", f"{store}/shards/lb", "PutLogs", self._put_logs),
            Route("POST", f"{store}/shards/route", "PutLogs", self._put_logs),
            Route("POST", f"{store}/logs", "GetLogsV2", self._get_logs_v2),
            Route("GET", store, "GetLogStore", self._get_logstore_or_logs),
        ]

    async def _put_logs(self, call: Call) -> Answer:
        logstore = call.variables["logstore"]
        group = read_log_group(call.headers, call.body)

        def work(tx: Transaction) -> None:
            require(tx, call.caller, "log:PostLogStoreLogs", self._arn(call))
            now = self._clock()
            put_logs(tx, call.project, logstore, group.logs, group.topic, group.source, now)

        await self._database.write(work)
        return Answer()

    async def _get_logs_v2(self, call: Call) -> Answer:
        body = json_body(call)
        found = await self._found(call, body)
        return json_answer(
            {
                "meta": {
                    "progress": _COMPLETE,
                    "count": len(found),
                    "processedRows": len(found),
                    "elapsedMillisecond": 0,
                    "hasSQL": False,
                    "whereQuery": text_of(body, "query"),
                    "aggQuery": "",
                },
                "data": found,
            }
        )

    async def _get_logstore_or_logs(self, call: Call) -> Answer:
        kind = call.query.get("type")
        if kind is None:
            return await self._resources.get_logstore(call)
        if kind == "log":
            found = await self._found(call, call.query)
            headers = {"x-log-progress": _COMPLETE, "x-log-count": str(len(found))}
            return json_answer(found, headers=headers)
        if kind == "histogram":
            return await self._histograms(call)
        raise Refusal("InvalidParameter", f"type is {kind!r}, and can be log or histogram")

    async def _histograms(self, call: Call) -> Answer:
        asked = self._search(call, call.query)

        def work(tx: Transaction) -> list[tuple[int, int, int]]:
            require(tx, call.caller, "log:GetLogStoreHistogram", self._arn(call))
            return search.histogram(tx, asked)

        parts = await self._database.read_aside(work)
        count = sum(number for _, _, number in parts)
        return json_answer(
            [
                {"from": first, "to": end, "count": number, "progress": _COMPLETE}
                for first, end, number in parts
            ],
            headers={"x-log-progress": _COMPLETE, "x-log-count": str(count)},
        )

    async def _found(self, call: Call, asked: Mapping[str, Any]) -> list[dict[str, str]]:
        looked_for = self._search(call, asked)
        line = whole_of(asked, "line", search.MOST_LINES)
        offset = whole_of(asked, "offset", 0)
        reverse = str(asked.get("reverse", "false")).lower() == "true"

        def work(tx: Transaction) -> list[dict[str, str]]:
            require(tx, call.caller, "log:GetLogStoreLogs", self._arn(call))
            return search.find_logs(tx, looked_for, line=line, offset=offset, reverse=reverse)

        return await self._database.read_aside(work)

    def _search(self, call: Call, asked: Mapping[str, Any]) -> search.Search:
        for name in ("from", "to"):
            if asked.get(name) in (None, ""):
                raise Refusal("ParameterInvalid", f"{name} is missing: a time in seconds")
        return search.Search(
            project=call.project,
            logstore=call.variables["logstore"],
            from_s=whole_of(asked, "from", 0),
            to_s=whole_of(asked, "to", 0),
            statement=text_of(asked, "query"),
            topic=text_of(asked, "topic"),
        )

    def _arn(self, call: Call) -> str:
        return arn(call.project, f"/logstore/{call.variables['logstore']}")
