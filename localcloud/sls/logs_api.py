"""The routes that write logs and search them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.refusal import Refusal
from localcloud.sls import search
from localcloud.sls.calls import (
    Door,
    body_text,
    flag_of,
    json_object,
    logstore_arn,
    refuse_unknown,
    text_of,
    whole_of,
)
from localcloud.sls.compression import uncompressed
from localcloud.sls.log_group import LogGroup, decode
from localcloud.sls.logs import receive_logs
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

_COMPLETE = "Complete"  # every log is looked at before an answer: none is a part of the truth
_QUICK = 64 * 1024  # bytes of a body that are read without another thread

_IN_BODY = (
    "from", "to", "fromNs", "toNs", "query", "topic", "line", "offset", "reverse", "accurate",
    "powerSql", "forward", "session", "highlight",
)  # fmt: skip

BY_TYPE = {"log": "GetLogs", "histogram": "GetHistograms"}
"""What GET of a logstore is with this `type` in its query; without one it is GetLogStore."""


class LogsApi:
    """Answers PutLogs, GetLogs in both forms, and GetHistograms.

    `get_logstore` answers GetLogStore, which has its path in common with GetLogs.
    """

    def __init__(self, door: Door, get_logstore: Callable[[Call], Awaitable[Answer]]) -> None:
        self._door = door
        self._get_logstore = get_logstore
        one = "/logstores/{logstore}"
        self.routes = [
            Route("POST", one, "PutLogs", self._put_logs),
            Route("POST", f"{one}/shards/lb", "PutLogs", self._put_logs),
            Route("POST", f"{one}/shards/route", "PutLogs", self._put_logs_by_key),
            Route("POST", f"{one}/logs", "GetLogsV2", self._get_logs_v2),
            Route("GET", one, "GetLogStore", self._get_by_type),
        ]

    async def _put_logs_by_key(self, call: Call) -> Answer:
        key = call.query.get("key", "")
        if len(key) != 32 or not all(digit in "0123456789abcdef" for digit in key.lower()):
            raise Refusal(
                "ParameterInvalid", f"key is {key!r}, and should be 32 hexadecimal digits, an MD5"
            )
        return await self._put_logs(call)

    async def _put_logs(self, call: Call) -> Answer:
        if len(call.body) > _QUICK:
            group = await asyncio.to_thread(_group_in, call)
        else:
            group = _group_in(call)

        def work(tx: Transaction) -> None:
            receive_logs(
                tx,
                call.project,
                call.variables["logstore"],
                group.logs,
                group.topic,
                group.source,
                self._door.now(),
            )

        return await self._door.write(call, "PostLogStoreLogs", logstore_arn(call), work)

    async def _get_logs_v2(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, _IN_BODY)
        started = time.monotonic()
        found = await self._found(call, body)
        return json_answer(
            {
                "meta": {
                    "progress": _COMPLETE,
                    "count": len(found),
                    "processedRows": len(found),
                    "elapsedMillisecond": _ms_since(started),
                    "hasSQL": False,
                    "whereQuery": text_of(body, "query"),
                    "aggQuery": "",
                    "isAccurate": True,
                    "mode": 0,
                },
                "data": found,
            }
        )

    async def _get_by_type(self, call: Call) -> Answer:
        kind = call.query.get("type")
        if kind is None:
            return await self._get_logstore(call)
        if kind == "log":
            return await self._get_logs(call)
        if kind == "histogram":
            return await self._get_histograms(call)
        raise Refusal(
            "NotSupported",
            f"type {kind!r} is not implemented by localcloud; it knows {', '.join(BY_TYPE)}",
        )

    async def _get_logs(self, call: Call) -> Answer:
        started = time.monotonic()
        found = await self._found(call, call.query)
        headers = {
            "x-log-progress": _COMPLETE,
            "x-log-count": str(len(found)),
            "x-log-processed-rows": str(len(found)),
            "x-log-elapsed-millisecond": str(_ms_since(started)),
            "x-log-has-sql": "false",
        }
        return json_answer(found, headers=headers)

    async def _get_histograms(self, call: Call) -> Answer:
        asked = _search(call, call.query)
        columns = await self._door.read_aside(
            call,
            "GetLogStoreHistogram",
            logstore_arn(call),
            lambda tx: search.histogram(tx, asked),
        )
        return json_answer(
            [
                {
                    "from": column.from_s,
                    "to": column.to_s,
                    "count": column.count,
                    "progress": _COMPLETE,
                }
                for column in columns
            ],
            headers={
                "x-log-progress": _COMPLETE,
                "x-log-count": str(sum(column.count for column in columns)),
            },
        )

    async def _found(self, call: Call, asked: Mapping[str, Any]) -> list[dict[str, str]]:
        looked_for = _search(call, asked)
        line = whole_of(asked, "line", search.MOST_LINES)
        offset, reverse = whole_of(asked, "offset", 0), flag_of(asked, "reverse")
        return await self._door.read_aside(
            call,
            "GetLogStoreLogs",
            logstore_arn(call),
            lambda tx: search.find_logs(tx, looked_for, line=line, offset=offset, reverse=reverse),
        )


def _group_in(call: Call) -> LogGroup:
    headers = call.headers
    compression = headers.get("x-log-compresstype", "")
    return decode(uncompressed(call.body, compression, headers.get("x-log-bodyrawsize")))


def _search(call: Call, asked: Mapping[str, Any]) -> search.Search:
    for name, what in (
        ("session", "scan mode"),
        ("highlight", "highlighting"),
        ("shard", "searching one shard"),
    ):
        if asked.get(name) not in (None, "", False, "false"):
            raise Refusal(
                "NotSupported", f"{what} is not implemented by localcloud: leave out {name}"
            )
    return search.Search(
        project=call.project,
        logstore=call.variables["logstore"],
        from_s=whole_of(asked, "from"),
        to_s=whole_of(asked, "to"),
        statement=text_of(asked, "query"),
        topic=text_of(asked, "topic"),
        from_ns=_nanoseconds(asked, "fromNs"),
        to_ns=_nanoseconds(asked, "toNs"),
    )


def _nanoseconds(asked: Mapping[str, Any], name: str) -> int:
    value = whole_of(asked, name, 0)
    if not 0 <= value < 1_000_000_000:
        raise Refusal("ParameterInvalid", f"{name} is {value}, and can be 0 to 999999999")
    return value


def _ms_since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
