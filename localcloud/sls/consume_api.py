"""The routes that read a logstore as it was written: GetCursor, GetCursorTime and PullLogs."""

from localcloud.refusal import Refusal
from localcloud.sls import consume
from localcloud.sls.calls import Door, logstore_arn, whole_of
from localcloud.sls.compression import compressed
from localcloud.sls.log_group import encode
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

BY_TYPE = {"cursor": "GetCursor", "cursor_time": "GetCursorTime", "log": "PullLogs"}
"""What GET of a shard is with this `type` in its query."""

_ACTION = "GetCursorOrData"  # what policies call all three


class ConsumeApi:
    """Answers what consumers ask of a shard."""

    def __init__(self, door: Door) -> None:
        self._door = door
        shard = "/logstores/{logstore}/shards/{shard}"
        self.routes = [Route("GET", shard, "PullLogs", self._get_by_type)]

    async def _get_by_type(self, call: Call) -> Answer:
        kind = call.query.get("type", "")
        if kind == "cursor":
            return await self._get_cursor(call)
        if kind == "cursor_time":
            return await self._get_cursor_time(call)
        if kind == "log":
            return await self._pull_logs(call)
        raise Refusal(
            "NotSupported",
            f"type {kind!r} is not implemented by localcloud; it knows {', '.join(BY_TYPE)}",
        )

    async def _get_cursor(self, call: Call) -> Answer:
        project, logstore, shard = _where(call)
        start = call.query.get("from", "")
        cursor = await self._door.read_aside(
            call,
            _ACTION,
            logstore_arn(call),
            lambda tx: consume.get_cursor(tx, project, logstore, shard, start),
        )
        return json_answer({"cursor": cursor})

    async def _get_cursor_time(self, call: Call) -> Answer:
        project, logstore, shard = _where(call)
        cursor = call.query.get("cursor", "")
        seconds = await self._door.read_aside(
            call,
            _ACTION,
            logstore_arn(call),
            lambda tx: consume.get_cursor_time(tx, project, logstore, shard, cursor),
        )
        return json_answer({"cursor_time": seconds})

    async def _pull_logs(self, call: Call) -> Answer:
        for name in ("query", "processor", "pullMode"):
            if call.query.get(name):
                raise Refusal(
                    "NotSupported", f"{name} (SPL) is not implemented by localcloud: leave it out"
                )
        project, logstore, shard = _where(call)
        cursor, end = call.query.get("cursor", ""), call.query.get("end_cursor")
        count = whole_of(call.query, "count", 1000)
        accepted = call.headers.get("accept-encoding", "")

        def work(tx: Transaction) -> tuple[consume.Pulled, bytes, bytes, str]:
            pulled = consume.pull_logs(tx, project, logstore, shard, cursor, count, end)
            raw = encode(pulled.groups)
            return pulled, raw, *compressed(raw, accepted)

        pulled, raw, body, way = await self._door.read_aside(
            call, _ACTION, logstore_arn(call), work
        )
        headers = {
            "x-log-cursor": pulled.next_cursor,
            "x-log-count": str(len(pulled.groups)),
            "x-log-bodyrawsize": str(len(raw)),
        }
        if way:
            headers["x-log-compresstype"] = way
        return Answer(200, body, "application/x-protobuf", headers)


def _where(call: Call) -> tuple[str, str, int]:
    return call.project, call.variables["logstore"], whole_of(call.variables, "shard")
